"""Items within and between persons, brands or groups: intraclass correlations and factors on each level; no models."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers
from analysis.measurement.exploration import FactorSection, describe_factors, solve
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.tables import SHAPE, LabelledMatrix, Number, frame_of, known, matrix, numbers
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.moments import Moments
from analysis.numeric.nesting import NestedMoments, as_correlation, crossed_covariances


@dataclass(frozen=True, config=SHAPE)
class ItemAcross:
    """One item: ``icc``, share of its variance between clusters (negative where there is none)."""

    item: str
    icc: Number


@dataclass(frozen=True, config=SHAPE)
class Level:
    """Covariances and correlations of one level, and the factors in them where they can be had."""

    n: int
    covariance: LabelledMatrix
    correlation: LabelledMatrix
    efa: FactorSection | None
    without_efa: str


@dataclass(frozen=True, config=SHAPE)
class LevelSection:
    """Rows within and between the clusters of a column (persons, or groups such as brands).

    ``rows_per_cluster`` is the mean number of rows of a cluster; ``without_efa`` says why a level has no factors.
    """

    column: str
    clusters: int
    rows_per_cluster: float
    items: tuple[ItemAcross, ...]
    within: Level
    between: Level

    def to_frame(self) -> pd.DataFrame:
        """Intraclass correlation of each item.

        Returns
        -------
        DataFrame
        """
        return pd.DataFrame({"icc": [item.icc for item in self.items]}, index=[item.item for item in self.items])


@dataclass(frozen=True, config=SHAPE)
class ItemOnThreeLevels:
    """One item: shares of its variance within ratings, between persons and between brands; they add up to 1."""

    item: str
    within: Number
    person: Number
    brand: Number


@dataclass(frozen=True, config=SHAPE)
class ThreeLevelSection:
    """Ratings of brands by persons: what the rating, its person and its brand bring to the items' covariances.

    Shares can come out negative where there is nothing; ``without_efa`` says why a level has no factors.
    """

    person_column: str
    brand_column: str
    persons: int
    brands: int
    items: tuple[ItemOnThreeLevels, ...]
    within: Level
    person: Level
    brand: Level

    def to_frame(self) -> pd.DataFrame:
        """Shares of each item's variance.

        Returns
        -------
        DataFrame
        """
        return frame_of(self.items).set_index("item")


def split_three_levels(
    answers: Answers, person: Integers, brand: Integers, plan: MeasurementPlan, k: int
) -> ThreeLevelSection:
    """Split the items' covariances into those of ratings, of persons and of brands.

    Parameters
    ----------
    answers : Answers
    person, brand : (n,) arrays of int
        From 0; rows of a brand of -1 are left out.
    plan : MeasurementPlan
    k : int
        Number of factors on each level.

    Returns
    -------
    ThreeLevelSection

    Raises
    ------
    AnalysisError
        As ``nesting.crossed_covariances`` and ``Moments.correlation``.
    """
    kept = brand >= 0
    x, person, brand = answers.x[kept], person[kept], brand[kept]
    Moments.of(x).correlation()  # refuses by name what does not vary
    found = crossed_covariances(x, person, brand)
    persons, brands = len(np.unique(person)), len(np.unique(brand))
    shares = zip(answers.items, *found.intraclass, strict=True)
    return ThreeLevelSection(
        person_column=plan.person or "",
        brand_column=plan.brand or "",
        persons=persons,
        brands=brands,
        items=tuple(ItemOnThreeLevels(item, *numbers(own)) for item, *own in shares),
        within=_level(answers.items, found.within, len(x) - persons - brands + 1, plan, k),
        person=_level(answers.items, found.person, persons, plan, k),
        brand=_level(answers.items, found.brand, brands, plan, k),
    )


def split_levels(answers: Answers, cluster: Integers, column: str, plan: MeasurementPlan, k: int) -> LevelSection:
    """Split the items' covariances into those within and those between clusters.

    Parameters
    ----------
    answers : Answers
    cluster : (n,) array of int
        From 0; -1 where it is not known, such rows are left out.
    column : str
        Where clusters come from.
    plan : MeasurementPlan
    k : int
        Number of factors on either level.

    Returns
    -------
    LevelSection

    Raises
    ------
    AnalysisError
        ``single_ratings``, ``single_group``; as ``Moments.correlation``.
    """
    kept = cluster >= 0
    moments = NestedMoments.of(answers.x[kept], cluster[kept])
    moments.moments.correlation()  # refuses by name what does not vary
    clusters = len(np.unique(cluster[kept]))
    within = _level(answers.items, moments.within_covariance, int(kept.sum()) - clusters, plan, k)
    between = _level(answers.items, moments.between_covariance, clusters, plan, k)
    shares = zip(answers.items, moments.intraclass, strict=True)
    return LevelSection(
        column=column,
        clusters=clusters,
        rows_per_cluster=float(kept.sum() / clusters),
        items=tuple(ItemAcross(item, known(icc)) for item, icc in shares),
        within=within,
        between=between,
    )


def _level(items: tuple[str, ...], covariance: Floats, n: int, plan: MeasurementPlan, k: int) -> Level:
    """One level, with its factors where its correlations have any."""
    correlation = as_correlation(covariance)
    efa, reason = None, ""
    try:
        _require_usable(correlation, n)
        efa = describe_factors(n, items, correlation, solve(correlation, k, plan), plan)
    except AnalysisError as error:
        reason = error.naming(items).message
    return Level(n, matrix(covariance, items), matrix(correlation, items), efa, reason)


def _require_usable(correlation: Floats, n: int) -> None:
    """Refuse levels without variance or with too little behind them."""
    p = len(correlation)
    if np.isnan(correlation).any():
        raise AnalysisError("no_variance", "Some item does not vary on this level, so there are no correlations.")
    if n <= p:
        raise AnalysisError("too_few_rows", f"{n} independent observations stand behind {p} items on this level.")
