"""Which rules matter more in one archetype than elsewhere, and which nearly everywhere; it looks at no outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import Estimate, Norm, Reversal, UniversalRule
from analysis.grouped import Grouped, archetype_key, brand_numbers, country_numbers, indicators
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.incomplete import present_means
from analysis.numeric.regression import Contrasts, clustered_contrasts, false_discovery_rates, minimum_effect_p
from analysis.plan import AnalysisPlan


def find_norms(dataset: Dataset, grouped: Grouped, *, plan: AnalysisPlan) -> tuple[Norm, ...]:
    """Compare each rule's importance in each archetype with that elsewhere, on the test half.

    From an importance are taken the rule's mean and the person's own mean of what is left, so that neither
    rules that matter to everyone nor people to whom everything matters make a norm; brands and countries are
    held equal.

    Parameters
    ----------
    dataset : Dataset
    grouped : Grouped
    plan : AnalysisPlan
        A norm differs by more than its ``least_norm``; false-discovery rates are over all of them.

    Returns
    -------
    tuple of Norm
        What too few were asked is left out. None without archetypes.
    """
    compared = list(_comparisons(dataset, grouped, plan))
    if not compared:
        return ()
    p = np.concatenate([minimum_effect_p(contrasts, least=plan.least_norm) for *_, contrasts in compared])
    rates = iter(zip(p.tolist(), false_discovery_rates(p).tolist(), strict=True))
    return tuple(
        Norm(
            rule=dataset.measures.rules[r].key,
            archetype=archetype_key(int(kind)),
            difference=Estimate(float(found.value[i]), float(found.low[i]), float(found.high[i]), int(n)),
            p=p_value,
            q=q,
            holds=q <= plan.alpha,
            least=plan.least_norm,
        )
        for r, kinds, counts, found in compared
        for i, (kind, n) in enumerate(zip(kinds, counts, strict=True))
        for p_value, q in [next(rates)]
        if not np.isnan(q)
    )


def find_universal(dataset: Dataset, grouped: Grouped, *, plan: AnalysisPlan) -> tuple[UniversalRule, ...]:
    """Find rules that matter nearly everywhere, on the test half.

    A rule matters in an archetype where the lower bound of its mean importance lies as far up the scale as the plan
    says; it is near-universal where it does in as large a share of the archetypes as the plan says.

    Parameters
    ----------
    dataset : Dataset
    grouped : Grouped
    plan : AnalysisPlan

    Returns
    -------
    tuple of UniversalRule
        None where fewer than two archetypes can be compared.
    """
    if dataset.measures.importance_range is None:
        return ()
    low, high = dataset.measures.importance_range
    needed = low + plan.universal_importance * (high - low)
    found = []
    for r, rule in enumerate(dataset.measures.rules):
        bounds = dict(_lower_bounds(dataset, grouped, r, plan))
        matters = tuple(key for key, bound in bounds.items() if bound >= needed)
        if len(bounds) > 1 and len(matters) >= plan.universal_share * len(bounds):
            found.append(UniversalRule(rule.key, plan.universal_importance, matters, len(bounds)))
    return tuple(found)


def reversed_norms(norms: Iterable[Norm]) -> tuple[Reversal, ...]:
    """Find rules that hold to matter more in one archetype and less in another.

    Parameters
    ----------
    norms : iterable of Norm

    Returns
    -------
    tuple of Reversal
    """
    held = [norm for norm in norms if norm.holds and norm.difference.value is not None]
    found = []
    for rule in dict.fromkeys(norm.rule for norm in held):
        more, less = (
            tuple(n.archetype for n in held if n.rule == rule and ((n.difference.value or 0.0) > 0) is above)
            for above in (True, False)
        )
        if more and less:
            found.append(Reversal("norm", rule, more, less))
    return tuple(found)


def _comparisons(
    dataset: Dataset, grouped: Grouped, plan: AnalysisPlan
) -> Iterator[tuple[int, Integers, Integers, Contrasts]]:
    """For each rule the archetypes with enough ratings here and elsewhere, how many, and how they differ."""
    if grouped.archetype is None:
        return
    adjusted = _person_adjusted(dataset.importances)
    context = np.column_stack([indicators(brand_numbers(dataset)), indicators(country_numbers(dataset))])
    for r in range(adjusted.shape[1]):
        asked = grouped.testing & ~np.isnan(adjusted[:, r])
        archetype, person = grouped.archetype[asked], dataset.person_numbers[asked]
        kinds, counts = _comparable(archetype, plan)
        if kinds.size:
            values = adjusted[asked, r] / _spread_within(dataset.importances[asked, r], archetype)
            inside = (archetype[:, None] == kinds).astype(float)
            yield r, kinds, counts, clustered_contrasts(values, inside, context[asked], person)


def _comparable(archetype: Integers, plan: AnalysisPlan) -> tuple[Integers, Integers]:
    """Archetypes with enough ratings here and elsewhere, and how many they have."""
    kinds, counts = np.unique(archetype, return_counts=True)
    enough = np.minimum(counts, len(archetype) - counts) >= plan.least_cell
    return kinds[enough], counts[enough]


def _person_adjusted(importances: Floats) -> Floats:
    """Take each rule's mean from the importances, then each rating's own mean."""
    centred = importances - present_means(importances, axis=0)
    return np.asarray(centred - present_means(centred, axis=1)[:, None])


def _spread_within(values: Floats, archetype: Integers) -> float:
    """Standard deviation within archetypes; 1 where nothing varies, so that a difference of 0 stays 0."""
    number = np.unique(archetype, return_inverse=True)[1]
    means = np.bincount(number, weights=values) / np.bincount(number)
    squares = float(((values - means[number]) ** 2).sum())
    return float(np.sqrt(squares / max(len(values) - len(means), 1))) if squares > 0 else 1.0


def _lower_bounds(dataset: Dataset, grouped: Grouped, rule: int, plan: AnalysisPlan) -> Iterator[tuple[str, float]]:
    """Lower bound of a rule's mean importance in each archetype with enough ratings."""
    asked = grouped.testing & ~np.isnan(dataset.importances[:, rule])
    for key, members in grouped.members():
        rows = asked & members
        if rows.sum() >= plan.least_cell:
            yield key, _lower_bound(dataset.importances[rows, rule], dataset.person_numbers[rows])


def _lower_bound(values: Floats, person: Integers) -> float:
    """Lower end of a mean's interval, persons as clusters."""
    everyone, nothing = np.ones((len(values), 1)), np.empty((len(values), 0))
    low = float(clustered_contrasts(values, everyone, nothing, person, intercept=False).low[0])
    return float(values.mean()) if np.isnan(low) else low
