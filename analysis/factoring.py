"""How factors are found: which correlations, which extraction, rotation and engine; it names and describes none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from analysis.engines import second_solution
from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats
from analysis.numeric.contingency import Contingency
from analysis.numeric.correlations import SMALLEST_EIGENVALUE, smoothed
from analysis.numeric.extraction import SMALLEST_UNIQUENESS, Extraction, Method, extract
from analysis.numeric.incomplete import NormalEstimate, normal_estimate
from analysis.numeric.polychoric import polychoric
from analysis.numeric.rotation import Criterion, Rotation, rotate, rotate_to_target
from analysis.plan import AnalysisPlan, Engine
from analysis.plan import Extraction as ExtractionName
from analysis.plan import Rotation as RotationName

# Answers on so few points, or so skewed, are far from a continuous normal variable.
FEW_CATEGORIES = 5
MUCH_SKEW = 1.0
MOST_CATEGORIES = 11
# With more missing than this, pairs of items rest on different people.
MUCH_MISSING = 0.05

_METHODS: dict[ExtractionName, Method] = {"minres": "minres", "ml": "ml", "paf": "principal_axis"}
_CRITERIA: dict[RotationName, Criterion] = {
    "varimax": "varimax",
    "promax": "promax",
    "oblimin": "oblimin",
    "quartimin": "oblimin",  # oblimin with gamma 0
    "geomin": "geomin",
}


@dataclass(frozen=True, eq=False)
class Factoring:
    """The plan's choices, decided for these answers.

    ``reason`` says why this matrix; ``target`` (p, k) are the loadings expected by a rotation to a target, NaN where
    nothing is.
    """

    matrix: Literal["pearson", "polychoric"] = "pearson"
    reason: str = "asked"
    extraction: ExtractionName = "minres"
    rotation: RotationName = "oblimin"
    engine: Engine = "ours"
    target: Floats | None = None

    @property
    def method(self) -> Method:
        """Name of the extraction in `numeric`."""
        return _METHODS[self.extraction]

    @property
    def by_ours(self) -> Factoring:
        """The same by our own engine, which is quick."""
        return replace(self, engine="ours")

    def turned(self, loadings: Floats, *, rng: np.random.Generator, starts: int) -> Rotation:
        """Rotate unrotated loadings (p, k).

        Parameters
        ----------
        loadings : (p, k) array
        rng : numpy Generator
        starts : int
            At least 1.

        Returns
        -------
        Rotation
        """
        if self.target is not None:
            return rotate_to_target(loadings, self.target, rng=rng, starts=starts)
        if self.rotation == "none":
            one = np.eye(loadings.shape[1])
            return Rotation("varimax", loadings, one, one, np.nan, 0.0, 1, 1.0)
        return rotate(loadings, _CRITERIA[self.rotation], rng=rng, starts=starts)


@dataclass(frozen=True, eq=False)
class Correlated:
    """Items standardised and correlated: ``means``, ``deviations`` (p,), ``correlation`` (p, p).

    ``estimate`` is there for maximum-likelihood estimates; ``repaired`` says that correlations contradicted each other.
    """

    means: Floats
    deviations: Floats
    correlation: Floats
    estimate: NormalEstimate | None
    repaired: bool


@dataclass(frozen=True, eq=False)
class Found:
    """Factors before and after rotation."""

    extracted: Extraction
    rotated: Rotation

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors."""
        return tuple(f"F{i + 1}" for i in range(self.rotated.pattern.shape[1]))


def decide_factoring(items: Floats, item_scales: tuple[str, ...], plan: AnalysisPlan) -> Factoring:
    """Decide which correlations to take, and what a rotation to a target expects.

    Parameters
    ----------
    items : (n, p) array
        NaN where missing.
    item_scales : tuple of str
    plan : AnalysisPlan

    Returns
    -------
    Factoring
    """
    matrix, reason = _decided_matrix(items, plan)
    scales = np.array(list(dict.fromkeys(item_scales)))
    target = np.where(np.array(item_scales)[:, None] == scales, np.nan, 0.0) if plan.rotation == "target" else None
    return Factoring(matrix, reason, plan.extraction, plan.rotation, plan.engine, target)


def _decided_matrix(items: Floats, plan: AnalysisPlan) -> tuple[Literal["pearson", "polychoric"], str]:
    """Kind of correlation, and why."""
    if plan.matrix != "auto":
        return plan.matrix, "asked"
    there = items[~np.isnan(items)]
    if (there != np.rint(there)).any():
        return "pearson", "not_whole"
    if float(np.isnan(items).mean()) > MUCH_MISSING:
        return "pearson", "incomplete"
    categories = max(len(np.unique(column[~np.isnan(column)])) for column in items.T)
    if categories <= FEW_CATEGORIES:
        return "polychoric", "few_categories"
    skew = np.abs(np.ma.filled(stats.skew(items, axis=0, nan_policy="omit"), np.nan))
    if categories <= MOST_CATEGORIES and float(np.nanmax(skew)) > MUCH_SKEW:
        return "polychoric", "skewed"
    return "pearson", "many_categories"


def correlate(
    items: Floats,
    how: Factoring,
    *,
    weights: Floats | None = None,
    start: NormalEstimate | None = None,
    tolerance: float = 1e-4,
) -> Correlated:
    """Correlate items: by maximum likelihood of normal answers, or polychorically pair by pair.

    Parameters
    ----------
    items : (n, p) array
        NaN where missing.
    how : Factoring
    weights : (n,) array, optional
        How often each row counts.
    start, tolerance
        As ``normal_estimate``.

    Returns
    -------
    Correlated

    Raises
    ------
    AnalysisError
        ``constant_item``; as ``Contingency.of`` and ``polychoric``.
    """
    _require_varying(~constant_items(items))
    if how.matrix == "polychoric":
        raw = polychoric(Contingency.of(items, weights)).correlation
        broken = float(np.linalg.eigvalsh(raw)[0]) < SMALLEST_EIGENVALUE
        whole = smoothed(raw, tolerance=SMALLEST_EIGENVALUE) if broken else raw
        return Correlated(np.nanmean(items, axis=0), np.nanstd(items, axis=0), whole, None, broken)
    estimate = normal_estimate(items, weights=weights, start=start, tolerance=tolerance)
    deviations = np.sqrt(np.diag(estimate.covariance))
    _require_varying(deviations > 0)
    correlation = estimate.covariance / np.outer(deviations, deviations)
    return Correlated(estimate.means, deviations, correlation, estimate, repaired=False)


def constant_items(items: Floats) -> Booleans:
    """Which items have one answer throughout, or none.

    Parameters
    ----------
    items : (n, p) array
        NaN where missing.

    Returns
    -------
    (p,) array of bool
    """
    return np.array([len(np.unique(answers[~np.isnan(answers)])) < 2 for answers in items.T])  # noqa: PLR2004


def _require_varying(varies: Booleans) -> None:
    """Refuse items without correlations, as a resample of rare answers may have them."""
    if not varies.all():
        message = "All answers to an item are the same or missing. Leave the item out of the study file."
        raise AnalysisError("constant_item", message, column=int(np.flatnonzero(~varies)[0]))


def find_factors(correlation: Floats, k: int, how: Factoring, *, rng: np.random.Generator, starts: int) -> Found:
    """Extract and rotate by the engine asked for.

    Parameters
    ----------
    correlation : (p, p) array
        Positive definite.
    k : int
    how : Factoring
    rng : numpy Generator
    starts : int
        Of the rotation.

    Returns
    -------
    Found

    Raises
    ------
    AnalysisError
        ``too_many_factors``, ``collinear_items``, ``not_positive_definite``, ``engine_absent``,
        ``target_without_scales``.
    """
    if how.target is not None and how.target.shape[1] != k:
        message = f"A rotation to the scales needs as many factors as scales: {how.target.shape[1]}, not {k}"
        raise AnalysisError("target_without_scales", f"{message}. Change n_factors or the rotation.", factors=k)
    if how.engine == "ours":
        extracted = extract(correlation, k, method=how.method)
        return Found(extracted, how.turned(extracted.loadings, rng=rng, starts=starts))
    found = second_solution(correlation, k, extraction=how.extraction, rotation=how.rotation)
    root = np.linalg.cholesky(found.phi)
    heywood = found.uniquenesses <= SMALLEST_UNIQUENESS
    unrotated = Extraction(how.method, found.pattern @ root, found.uniquenesses, np.nan, 0.0, heywood, 1.0)
    rotated = Rotation("oblimin", found.pattern, found.phi, np.linalg.inv(root).T, np.nan, 0.0, 1, 1.0)
    return Found(unrotated, rotated)
