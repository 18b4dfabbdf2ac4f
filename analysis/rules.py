"""The rules of a study: how much they matter, to whom more than to others, and what goes with breaking them."""

from __future__ import annotations

from analysis.dataset import Dataset
from analysis.dealbreakers import find_dealbreakers, reversed_dealbreakers
from analysis.findings import Caveat, RuleOverview, Rules
from analysis.grouped import Grouped
from analysis.intervals import mean_estimates
from analysis.norms import find_norms, find_universal, reversed_norms
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan


def find_rules(
    dataset: Dataset, grouped: Grouped, *, plan: AnalysisPlan, resamples: PersonResamples
) -> tuple[Rules | None, tuple[Caveat, ...]]:
    """Describe the rules of a study, its norms and its deal-breakers.

    Parameters
    ----------
    dataset : Dataset
    grouped : Grouped
    plan : AnalysisPlan
    resamples : PersonResamples

    Returns
    -------
    rules : Rules or None
        None when no rule was asked about.
    caveats : tuple of Caveat
    """
    if not dataset.measures.rules:
        return None, ()
    norms = find_norms(dataset, grouped, plan=plan)
    overall, here, untested, caveats = find_dealbreakers(dataset, grouped, plan=plan)
    found = Rules(
        importance_range=dataset.measures.importance_range,
        rules=overview(dataset, resamples=resamples),
        norms=norms,
        dealbreakers=overall,
        archetype_dealbreakers=here,
        untested=untested,
        universal=find_universal(dataset, grouped, plan=plan),
        reversals=(*reversed_norms(norms), *reversed_dealbreakers(here)),
    )
    return found, caveats


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
        mean_estimates(dataset, values, resamples) for values in (dataset.importances, dataset.broken)
    )
    return tuple(
        RuleOverview(rule.key, rule.label, rule.short, rule.family, importance[i], broken[i])
        for i, rule in enumerate(dataset.measures.rules)
    )
