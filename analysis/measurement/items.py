"""What the answers to each item look like, before anything is made of them; it drops no item."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.measurement.answers import Answers, scale_ends
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.pool import Pool
from analysis.measurement.remarks import Remarks
from analysis.measurement.tables import SHAPE, Number, frame_of, known, same_fields
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.contingency import Contingency
from analysis.numeric.items import (
    ItemStatistics,
    MomentType,
    item_statistics,
    item_statistics_of_counts,
    multivariate_normality,
)
from analysis.numeric.moments import Moments

MOST_COUNTED_ANSWERS = 25
MOMENT_TYPE: MomentType = 3


@dataclass(frozen=True, config=SHAPE)
class ItemDescription:
    """One item. ``counts`` says how often each answer was given (empty for more than 25 different answers).

    ``skew`` and excess ``kurtosis`` are of the section's ``moment_type``; ``error`` is that of the mean of
    unrelated rows; ``floor`` and ``ceiling`` are shares of answers at the ends of the response scale;
    ``weighted_mean`` and ``weighted_sd`` are there where rows have weights. ``floor`` and ``ceiling``, ``median`` and
    shape are null where a table was read in blocks and an item's answers are not few whole numbers.
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
        """One row per item.

        Returns
        -------
        DataFrame
        """
        return frame_of(self.items).set_index("item")


def describe_items(pool: Pool, answers: Answers | None, plan: MeasurementPlan, remarks: Remarks) -> ItemSection:
    """Describe each item.

    Parameters
    ----------
    pool : Pool
    answers : Answers or None
        The rows, where they are there.
    plan : MeasurementPlan
    remarks : Remarks
        Told what cannot be said without rows.

    Returns
    -------
    ItemSection

    Raises
    ------
    AnalysisError
        ``too_few_rows``.
    """
    lowest, highest = scale_ends(pool, plan)
    ends = {"lowest": lowest, "highest": highest}
    if answers is not None:
        found = item_statistics(answers.x, **ends, moment_type=MOMENT_TYPE)
        counts = [_counts(column) for column in answers.x.T]
    elif isinstance(pool.tables, Contingency):
        own = _own_counts(pool.tables)
        found = item_statistics_of_counts(pool.tables.observed, own, pool.used, **ends, moment_type=MOMENT_TYPE)
        counts = [_named(*given) for given in zip(pool.tables.observed, own, strict=True)]
    else:
        message = "Medians, shape and shares at the ends of answers that cannot be counted look at every row."
        remarks.add("items", "rows_needed", f"{message} Measure the table as a whole.")
        found, counts = _of_moments(pool), [{} for _ in pool.items]
    weighted = pool.spreads() if pool.weighted else np.full((2, len(pool.items)), np.nan)
    columns = {name: values for name, values in vars(found).items() if name not in ("n", "missing")}
    rows = [
        ItemDescription(
            item=item,
            n=int(found.n[i]),
            missing=int(found.missing[i]),
            weighted_mean=known(weighted[0][i]),
            weighted_sd=known(weighted[1][i]),
            counts=counts[i],
            **{name: known(values[i]) for name, values in columns.items()},
        )
        for i, item in enumerate(pool.items)
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


def _of_moments(pool: Pool) -> ItemStatistics:
    """What sums alone tell of each item."""
    nothing = np.full(len(pool.items), np.nan)
    n = np.diag(pool.moments.n_pairwise)
    means, deviations = pool.spreads()
    values = dict.fromkeys(
        ("median", "median_deviation", "trimmed_mean", "skew", "kurtosis", "floor", "ceiling"), nothing
    )
    return ItemStatistics(
        n=n,
        missing=pool.used - n,
        mean=means,
        sd=deviations,
        low=pool.lowest,
        high=pool.highest,
        error=deviations / np.sqrt(np.maximum(n, 1)),
        **values,
    )


def _own_counts(tables: Contingency) -> list[Integers]:
    """How often each answer was given that was given to each item."""
    ends = np.cumsum(tables.categories)
    counts = np.diag(tables.counts)
    spans = [counts[end - number : end] for end, number in zip(ends, tables.categories, strict=True)]
    return [span[span > 0] for span in spans]


def _counts(column: Floats) -> dict[str, int]:
    """How often each answer was given."""
    return _named(*np.unique(column[~np.isnan(column)], return_counts=True))


def _named(answers: Floats | Integers, counts: Integers) -> dict[str, int]:
    """Counts by answer; none of many different answers."""
    if len(answers) > MOST_COUNTED_ANSWERS:
        return {}
    return {f"{answer:g}": int(n) for answer, n in zip(answers, counts, strict=True)}
