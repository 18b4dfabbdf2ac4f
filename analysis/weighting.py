"""Weights of the persons analysed, raked to the population that the plan states; it invents no target."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.findings import Caveat
from analysis.measurement.raking import WeightSection, describe_weights, raked
from analysis.plan import AnalysisPlan


def weight_persons(dataset: Dataset, *, plan: AnalysisPlan) -> tuple[Dataset, WeightSection, tuple[Caveat, ...]]:
    """Rake the persons' weights to the margins of the plan's population.

    Parameters
    ----------
    dataset : Dataset
        Of the persons that are analysed; their weights are what raking starts from.
    plan : AnalysisPlan
        Without a population the weights stay as they are.

    Returns
    -------
    dataset : Dataset
        A rating's weight has changed by as much as its person's.
    weighting : WeightSection
        Of persons, with mean 1.
    caveats : tuple of Caveat

    Raises
    ------
    AnalysisError
        ``unknown_margin``, ``unknown_category``, ``unusable_weight``, ``impossible_targets``, ``impossible_caps``.

    References
    ----------
    Deming & Stephan (1940), doi:10.1214/aoms/1177731829; Kish (1965), Survey Sampling

    Notes
    -----
    Without caps the weights of ``survey::rake`` of R to 1e-6.
    """
    weights = dataset.persons["weight"].to_numpy(dtype=float)
    if plan.population is None:
        weighting = describe_weights(weights, None, rows=False)
        return dataset, weighting, _caveats(weighting, plan)
    facts = _facts(dataset, plan.population.columns)
    raking = raked(facts, plan.population, weights)
    weighting = describe_weights(raking.found.weights, raking, rows=False)
    change = pd.Series(raking.found.weights / weights, index=dataset.persons.index)
    persons = dataset.persons.assign(weight=raking.found.weights)
    by_rating = change.loc[dataset.ratings["person"]].to_numpy()
    ratings = dataset.ratings.assign(weight=dataset.ratings["weight"].to_numpy(dtype=float) * by_rating)
    return dataclasses.replace(dataset, persons=persons, ratings=ratings), weighting, _caveats(weighting, plan)


def _facts(dataset: Dataset, columns: tuple[str, ...]) -> pd.DataFrame:
    """What margins speak of, by person; NaN where it is not known."""
    told = {"country": dataset.persons["country"], "language": dataset.persons["language"]}
    by_person = dataset.ratings.groupby("person")
    for names in dataset.measures.background.values():
        told |= {name: by_person[name].first().reindex(dataset.persons.index) for name in names}
    if unknown := [name for name in columns if name not in told]:
        raise AnalysisError(
            "unknown_margin",
            f"The population has shares of {', '.join(unknown)}, and nothing is known of it about persons. "
            f"Margins may be of {', '.join(told)}: name other columns under background in the study file.",
        )
    facts = pd.DataFrame({name: told[name] for name in columns}, index=dataset.persons.index)
    return facts.replace("", np.nan)


def _caveats(weighting: WeightSection, plan: AnalysisPlan) -> tuple[Caveat, ...]:
    """What a reader must know of the weights."""
    caveats = []
    if weighting.design_effect > plan.design_effect_most:
        numbers = {"persons": weighting.rows, "effective": weighting.effective_n}
        caveats.append(Caveat("costly_weights", "study", {"effect": weighting.design_effect, **numbers}))
    if weighting.met is False:
        caveats.append(Caveat("population_missed", "study", {"points": 100 * (weighting.largest_miss or 0.0)}))
    if weighting.empty_categories:
        caveats.append(Caveat("empty_categories", "study", {"categories": weighting.empty_categories}))
    if weighting.empty_combinations:
        caveats.append(Caveat("empty_combinations", "study", {"combinations": weighting.empty_combinations}))
    return tuple(caveats)
