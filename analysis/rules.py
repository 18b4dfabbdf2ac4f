"""Which rules matter to whom, and what goes with breaking one; it claims no causes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.dataset import Dataset
from analysis.findings import Dealbreaker, Estimate, Norm, RuleOverview, Rules
from analysis.intervals import bases, estimates, resampled_means
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.incomplete import present_means
from analysis.numeric.regression import Coefficient, clustered_coefficient, false_discovery_rates
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan

# Fewer ratings on either side of a comparison than this, and it is not made.
FEWEST_COMPARED = 10


@dataclass(frozen=True, eq=False)
class Grouped:
    """What rules are compared over: which ratings are for testing (n,), and the archetype of each rating (n,).

    There is no ``archetype`` where the data hold no archetypes.
    """

    testing: Booleans
    archetype: Integers | None

    def members(self) -> Iterator[tuple[str, Booleans]]:
        """Each archetype's key and which ratings (n,) belong to it."""
        if self.archetype is not None:
            yield from ((f"A{i + 1}", self.archetype == i) for i in range(int(self.archetype.max()) + 1))


def find_rules(dataset: Dataset, grouped: Grouped, *, plan: AnalysisPlan, resamples: PersonResamples) -> Rules | None:
    """Describe the rules of a study, its norms and its deal-breakers.

    Parameters
    ----------
    dataset : Dataset
    grouped : Grouped
    plan : AnalysisPlan
    resamples : PersonResamples

    Returns
    -------
    Rules or None
        None when no rule was asked about.
    """
    if not dataset.measures.rules:
        return None
    return Rules(
        importance_range=dataset.measures.importance_range,
        rules=overview(dataset, resamples=resamples),
        norms=find_norms(dataset, grouped, plan=plan),
        dealbreakers=find_dealbreakers(dataset, grouped, plan=plan),
    )


def overview(dataset: Dataset, *, resamples: PersonResamples) -> tuple[RuleOverview, ...]:
    """Mean importance of each rule over the sample, and how often it was broken where it arose.

    Parameters
    ----------
    dataset : Dataset
    resamples : PersonResamples

    Returns
    -------
    tuple of RuleOverview
    """
    importance, broken = (
        estimates(resampled_means(dataset, values, resamples), bases(values))
        for values in (dataset.importances, dataset.broken)
    )
    return tuple(
        RuleOverview(rule.key, rule.label, rule.short, rule.family, importance[i], broken[i])
        for i, rule in enumerate(dataset.measures.rules)
    )


def find_norms(dataset: Dataset, grouped: Grouped, *, plan: AnalysisPlan) -> tuple[Norm, ...]:
    """Compare each rule's importance in each archetype with that elsewhere, on the test half.

    From an importance are taken the rule's mean and the person's own mean of what is left, so that neither
    rules that matter to everyone nor people to whom everything matters make a norm.

    Parameters
    ----------
    dataset : Dataset
    grouped : Grouped
    plan : AnalysisPlan

    Returns
    -------
    tuple of Norm
        False-discovery rates are over all of them; what too few were asked is left out. None without archetypes.
    """
    adjusted = _person_adjusted(dataset.importances)
    spread = _deviations(dataset.importances)
    found = []
    for r, rule in enumerate(dataset.measures.rules):
        asked = grouped.testing & ~np.isnan(adjusted[:, r])
        for archetype, members in grouped.members():
            inside = members[asked]
            difference = _contrast(adjusted[asked, r] / spread[r], inside, dataset.person_numbers[asked])
            if difference is not None:
                found.append((rule.key, archetype, difference, int(inside.sum())))
    rates = false_discovery_rates(np.array([difference.p_value for _, _, difference, _ in found]))
    return tuple(
        Norm(rule, archetype, _estimate(d, n), d.p_value, float(q), bool(q <= plan.alpha))
        for (rule, archetype, d, n), q in zip(found, rates, strict=True)
    )


def find_dealbreakers(dataset: Dataset, grouped: Grouped, *, plan: AnalysisPlan) -> tuple[Dealbreaker, ...]:
    """Compare outcomes where a rule was broken with those where it was kept, on the test half.

    The comparison holds the number of other broken rules constant, and the archetype where there are archetypes.

    Parameters
    ----------
    dataset : Dataset
    grouped : Grouped
    plan : AnalysisPlan

    Returns
    -------
    tuple of Dealbreaker
        Outcomes in standard deviations, turned so that less is worse; false-discovery rates over all of them.
    """
    outcomes = _oriented(dataset)
    broken = dataset.broken
    n_broken = np.nansum(broken, axis=1)
    found = []
    for r, rule in enumerate(dataset.measures.rules):
        for o, outcome in enumerate(dataset.measures.outcomes):
            rows = grouped.testing & ~np.isnan(broken[:, r]) & ~np.isnan(outcomes[:, o])
            inside = broken[rows, r] == 1
            covariates = np.column_stack([n_broken[rows] - broken[rows, r], *_indicators(grouped, rows)])
            difference = _contrast(outcomes[rows, o], inside, dataset.person_numbers[rows], covariates)
            if difference is not None:
                found.append((rule.key, outcome.key, difference, int(inside.sum()), int(rows.sum())))
    rates = false_discovery_rates(np.array([difference.p_value for _, _, difference, _, _ in found]))
    return tuple(
        Dealbreaker(rule, outcome, _estimate(d, n), n_inside, d.p_value, float(q), bool(q <= plan.alpha))
        for (rule, outcome, d, n_inside, n), q in zip(found, rates, strict=True)
    )


def _person_adjusted(importances: Floats) -> Floats:
    """Take each rule's mean from the importances, then each rating's own mean."""
    centred = importances - present_means(importances, axis=0)
    return np.asarray(centred - present_means(centred, axis=1)[:, None])


def _deviations(values: Floats) -> Floats:
    """Standard deviation of each column; 1 where nothing varies, so that a difference of 0 stays 0."""
    spread = np.sqrt(present_means((values - present_means(values, axis=0)) ** 2, axis=0))
    return np.asarray(np.where(spread > 0, spread, 1.0))


def _oriented(dataset: Dataset) -> Floats:
    """Outcomes in standard deviations, more being better."""
    sign = np.array([1.0 if outcome.better == "high" else -1.0 for outcome in dataset.measures.outcomes])
    return np.asarray(
        sign * (dataset.outcomes - present_means(dataset.outcomes, axis=0)) / _deviations(dataset.outcomes)
    )


def _indicators(grouped: Grouped, rows: Booleans) -> list[Floats]:
    """A column of 0 and 1 for each archetype among these ratings but the first that occurs."""
    among = [members[rows].astype(float) for _, members in grouped.members()]
    return [column for column in among if column.any()][1:]


def _contrast(
    values: Floats, inside: Booleans, person: Integers, covariates: Floats | None = None
) -> Coefficient | None:
    """Difference of the mean inside from that outside, other things equal; nothing when either side is small."""
    if min(int(inside.sum()), int((~inside).sum())) < FEWEST_COMPARED:
        return None
    columns = [np.ones(len(values)), inside.astype(float)]
    predictors = np.column_stack(columns if covariates is None else [*columns, covariates])
    return clustered_coefficient(values, predictors, person, column=1)


def _estimate(difference: Coefficient, n: int) -> Estimate:
    """A difference with its interval and base."""
    return Estimate(difference.value, difference.low, difference.high, n)
