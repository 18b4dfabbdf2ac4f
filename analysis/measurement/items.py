"""What the answers to each item look like, before anything is made of them; it drops no item."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers
from analysis.measurement.tables import SHAPE, Number, frame_of, known, same_fields
from analysis.numeric.arrays import Floats
from analysis.numeric.items import MomentType, item_statistics, multivariate_normality
from analysis.numeric.moments import Moments

MOST_COUNTED_ANSWERS = 25
MOMENT_TYPE: MomentType = 3


@dataclass(frozen=True, config=SHAPE)
class ItemDescription:
    """One item. ``counts`` says how often each answer was given (empty for more than 25 different answers).

    ``skew`` and excess ``kurtosis`` are of the section's ``moment_type``; ``error`` is that of the mean of
    unrelated rows; ``floor`` and ``ceiling`` are shares of answers at the ends of the response scale;
    ``weighted_mean`` and ``weighted_sd`` are there where rows have weights.
    """

    item: str
    n: int
    missing: int
    mean: Number
    sd: Number
    median: Number
    median_deviation: Number
    trimmed_mean: Number
    low: Number
    high: Number
    skew: Number
    kurtosis: Number
    error: Number
    floor: Number
    ceiling: Number
    weighted_mean: Number
    weighted_sd: Number
    counts: dict[str, int]


@dataclass(frozen=True, config=SHAPE)
class Normality:
    """Mardia's tests that complete rows are multivariate normal (``psych::mardia``)."""

    n: int
    skewness: Number
    skewness_chi2: Number
    skewness_chi2_small: Number
    skewness_p: Number
    kurtosis: Number
    kurtosis_z: Number
    kurtosis_p: Number


@dataclass(frozen=True, config=SHAPE)
class ItemSection:
    """All items; ``lowest`` and ``highest`` are the ends of the response scale. Equals ``psych::describe``."""

    moment_type: Literal[1, 2, 3]
    lowest: float
    highest: float
    items: tuple[ItemDescription, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per item."""
        return frame_of(self.items).set_index("item")


def describe_items(answers: Answers) -> ItemSection:
    """Describe each item.

    Parameters
    ----------
    answers : Answers

    Returns
    -------
    ItemSection

    Raises
    ------
    AnalysisError
        As ``items.item_statistics``.
    """
    lowest, highest = answers.lowest, answers.highest
    found = item_statistics(answers.x, lowest=lowest, highest=highest, moment_type=MOMENT_TYPE)
    means, deviations = _weighted(answers)
    columns = {name: values for name, values in vars(found).items() if name not in ("n", "missing")}
    rows = [
        ItemDescription(
            item=item,
            n=int(found.n[i]),
            missing=int(found.missing[i]),
            weighted_mean=known(means[i]),
            weighted_sd=known(deviations[i]),
            counts=_counts(answers.x[:, i]),
            **{name: known(values[i]) for name, values in columns.items()},
        )
        for i, item in enumerate(answers.items)
    ]
    return ItemSection(MOMENT_TYPE, lowest, highest, tuple(rows))


def check_normality(answers: Answers) -> Normality:
    """Test whether complete rows are multivariate normal.

    Parameters
    ----------
    answers : Answers

    Returns
    -------
    Normality

    Raises
    ------
    AnalysisError
        As ``Moments.correlation`` and ``items.multivariate_normality``.
    """
    Moments.of(answers.x[answers.complete]).correlation()  # refuses by name what does not vary
    return Normality(**same_fields(multivariate_normality(answers.x)))


def _weighted(answers: Answers) -> tuple[Floats, Floats]:
    """Weighted means and standard deviations, NaN without weights or with too few answers."""
    nothing = np.full(len(answers.items), np.nan)
    if answers.weights is None:
        return nothing, nothing
    moments = [Moments.of(column[:, None], answers.weights) for column in answers.x.T]
    try:
        means = np.array([float(moment.means[0]) for moment in moments])
        return means, np.array([float(np.sqrt(moment.covariance()[0, 0])) for moment in moments])
    except AnalysisError:
        return nothing, nothing


def _counts(column: Floats) -> dict[str, int]:
    """How often each answer was given."""
    answers, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    if len(answers) > MOST_COUNTED_ANSWERS:
        return {}
    return {f"{answer:g}": int(n) for answer, n in zip(answers, counts, strict=True)}
