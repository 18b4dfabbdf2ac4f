"""Indices of careless answering and of response style, summed up over rows and groups; it leaves nobody out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.tables import SHAPE, Number, frame_of, known, numbers
from analysis.numeric import carelessness
from analysis.numeric.arrays import Floats
from analysis.numeric.moments import Moments
from analysis.numeric.reliability import alpha

_QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)


@dataclass(frozen=True, config=SHAPE)
class IndexSummary:
    """One index over the rows where it exists; ``rows`` are its values where they were asked for."""

    index: str
    n: int
    mean: Number
    sd: Number
    low: Number
    quantile05: Number
    median: Number
    quantile95: Number
    high: Number
    rows: tuple[Number, ...] | None


@dataclass(frozen=True, config=SHAPE)
class CarelessnessSection:
    """Indices of careless answering, in the order and direction of the items as they were given.

    Even-odd consistency needs the scales of a model. Synonyms and antonyms are pairs of items whose correlation
    is beyond the plan's ``synonyms_above``. Nobody is flagged or left out here: cut-offs are a study's business.
    """

    indices: tuple[IndexSummary, ...]
    synonyms: int
    antonyms: int
    duplicate_rows: int

    def to_frame(self) -> pd.DataFrame:
        """One row per index."""
        return frame_of(self.indices).set_index("index").drop(columns="rows")


@dataclass(frozen=True, config=SHAPE)
class GroupDescription:
    """One group: rows, persons, alpha of all items, and how its answers lie on the response scale.

    ``acquiescence``, share of answers above the middle less the share below it; ``extreme``, share at the ends;
    ``midpoint``, share exactly in the middle (0 where the scale has no middle answer).
    """

    group: str
    rows: int
    persons: int
    alpha: Number
    acquiescence: Number
    extreme: Number
    midpoint: Number


def index_carelessness(answers: Answers, plan: MeasurementPlan) -> CarelessnessSection:
    """Compute the indices of careless answering that these answers allow.

    Parameters
    ----------
    answers : Answers
    plan : MeasurementPlan

    Returns
    -------
    CarelessnessSection

    Raises
    ------
    AnalysisError
        As ``Moments.correlation``.
    """
    given = _as_given(answers, plan)
    runs = carelessness.runs(given)
    found = {
        "longest_run": runs.longest,
        "mean_run": runs.mean,
        "variability": carelessness.variability(given),
        "person_total": carelessness.person_total_correlations(given),
    }
    pairs = {}
    correlation = Moments.of(given).correlation()
    for name, signed in (("synonyms", correlation), ("antonyms", -correlation)):
        pairs[name] = carelessness.alike_pairs(signed, above=plan.synonyms_above)
        found[name] = carelessness.pair_consistency(given, pairs[name])
    found |= _distances(given, answers) | _even_odd(answers, plan)
    return CarelessnessSection(
        indices=tuple(_summary(name, values, plan) for name, values in found.items()),
        synonyms=len(pairs["synonyms"][0]),
        antonyms=len(pairs["antonyms"][0]),
        duplicate_rows=int(pd.DataFrame(given).duplicated().sum()),
    )


def describe_groups(answers: Answers) -> tuple[GroupDescription, ...]:
    """Describe how each group answers.

    Parameters
    ----------
    answers : Answers
        With groups.

    Returns
    -------
    tuple of GroupDescription
    """
    return tuple(
        _group(name, answers.x[answers.group == i], answers.persons[answers.group == i], answers)
        for i, name in enumerate(answers.groups)
    )


def _group(name: str, x: Floats, persons: Floats, answers: Answers) -> GroupDescription:
    """Describe one group."""
    given = x[~np.isnan(x)]
    middle = (answers.lowest + answers.highest) / 2
    shares = (
        [
            np.mean(given > middle) - np.mean(given < middle),
            np.mean((given == answers.lowest) | (given == answers.highest)),
            np.mean(given == middle),
        ]
        if len(given)
        else [None] * 3
    )
    try:
        value = alpha(Moments.of(x).covariance())
    except AnalysisError:
        value = np.nan
    return GroupDescription(name, len(x), len(np.unique(persons)), known(value), *numbers(shares))


def _as_given(answers: Answers, plan: MeasurementPlan) -> Floats:
    """Answers as they were given: reversed items turned back."""
    turned = np.isin(answers.items, plan.reverse)
    return np.where(turned, answers.lowest + answers.highest - answers.x, answers.x)


def _distances(given: Floats, answers: Answers) -> dict[str, Floats]:
    """Mahalanobis distances by the moments of the complete rows; none where these have no inverse."""
    complete = given[answers.complete]
    try:
        moments = Moments.of(complete)
        found = carelessness.distances(given, moments.means, moments.covariance())
    except AnalysisError:
        return {}
    return {"mahalanobis": found.squared, "mahalanobis_p": found.p_values}


def _even_odd(answers: Answers, plan: MeasurementPlan) -> dict[str, Floats]:
    """Consistency of even and odd items over the model's factors; none without two of them."""
    scales = [] if plan.model is None else list(plan.model.factors.values())
    if len(scales) < len(("one", "other")):
        return {}
    x = np.column_stack([answers.columns(items) for items in scales])
    scale_of = np.repeat(np.arange(len(scales)), [len(items) for items in scales])
    r = carelessness.even_odd_consistency(x, scale_of)
    return {"even_odd": r, "even_odd_stepped_up": carelessness.stepped_up(r)}


def _summary(name: str, values: Floats, plan: MeasurementPlan) -> IndexSummary:
    """Sum up one index."""
    there = values[~np.isnan(values)]
    rows = numbers(values) if plan.rows else None
    low, q05, median, q95, high = np.quantile(there, _QUANTILES) if len(there) else [None] * len(_QUANTILES)
    return IndexSummary(
        index=name,
        n=len(there),
        mean=known(there.mean()) if len(there) else None,
        sd=known(there.std(ddof=1)) if len(there) > 1 else None,
        low=known(low),
        quantile05=known(q05),
        median=known(median),
        quantile95=known(q95),
        high=known(high),
        rows=rows,
    )
