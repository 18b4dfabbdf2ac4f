"""Partial invariance of ordinal items: which items must differ in which groups for a level to hold; a description."""

from collections.abc import Sequence

import numpy as np

from analysis.numeric.covariance import CovarianceModel, Kind
from analysis.numeric.covariance_ordinal import OrdinalSample, Parameterisation
from analysis.numeric.covariance_score import cell_tests
from analysis.numeric.invariance import Rung
from analysis.numeric.invariance_ordinal import ORDINAL_LEVELS, OrdinalLevel, Place, ordinal_rung
from analysis.numeric.invariance_partial import Release

_KINDS: dict[OrdinalLevel, Kind] = {
    "thresholds": Kind.THRESHOLD,
    "loadings": Kind.PATH,
    "intercepts": Kind.MEAN,
    "uniquenesses": Kind.COVARIANCE,
}


def ordinal_partial_invariance(
    one_group: CovarianceModel,
    samples: Sequence[OrdinalSample],
    *,
    level: OrdinalLevel,
    parameterisation: Parameterisation = "delta",
    significance: float = 0.05,
    fewest_equal: int = 2,
) -> tuple[Rung, tuple[Release, ...]]:
    """Let items differ in single groups until the scaled difference test no longer rejects a level.

    At each step the item and group with the largest score test is released, as long as ``fewest_equal`` items of each
    factor and group stay equal. What comes out is a description to be tried on other data.

    Parameters
    ----------
    one_group : CovarianceModel
        Without means, scaled by unit variances.
    samples : sequence of G OrdinalSample
    level : {"thresholds", "loadings", "intercepts", "uniquenesses"}
    parameterisation : {"delta", "theta"}
    significance : float
        0 to 1.
    fewest_equal : int
        At least 1.

    Returns
    -------
    rung : Rung
        The level, compared with the one before that has the same thresholds and loadings released.
    releases : tuple of Release
        In order; of thresholds, all of an item at once.

    Raises
    ------
    AnalysisError
        As ``fit_wls``.

    Notes
    -----
    R has no function that searches; checked by planted differences in simulated groups. Each fit equals lavaan's.

    References
    ----------
    Byrne, Shavelson & Muthén (1989), doi:10.1037/0033-2909.105.3.456; Wu & Estabrook (2016),
    doi:10.1007/s11336-016-9506-0
    """
    below = ORDINAL_LEVELS[ORDINAL_LEVELS.index(level) - 1]
    releases: list[Release] = []
    while True:
        free = [release.place for release in releases]
        wide = ordinal_rung(one_group, samples, below, None, parameterisation=parameterisation, free=free)
        rung = ordinal_rung(one_group, samples, level, wide, parameterisation=parameterisation, free=free)
        if releases:
            releases[-1] = releases[-1].after(rung)
        holds = rung.difference is None or rung.difference.p_value >= significance
        release = None if holds else _next(rung, level, free, fewest_equal)
        if release is None:
            return rung, tuple(releases)
        releases.append(release)


def _next(rung: Rung, level: OrdinalLevel, free: Sequence[Place], fewest_equal: int) -> Release | None:
    """The item and group whose equality costs most, if any may be released."""
    model, kind = rung.estimate.model, _KINDS[level]
    candidates = np.asarray((model.kind == kind) & (model.group > 0) & (model.left < model.items))
    if kind == Kind.COVARIANCE:
        candidates &= model.left == model.right
    best: Release | None = None
    tests = cell_tests(rung.estimate, candidates)
    for cell, statistic in zip(tests.cell.tolist(), tests.statistic.tolist(), strict=True):
        right = 0 if kind == Kind.THRESHOLD else int(model.right[cell])
        place = (kind, int(model.group[cell]), int(model.left[cell]), right)
        better = np.isfinite(statistic) and (best is None or statistic > best.statistic)
        if better and place not in free and _may_be_released(model, place, free, fewest_equal):
            best = Release(*place, float(statistic))
    return best


def _may_be_released(model: CovarianceModel, place: Place, free: Sequence[Place], fewest_equal: int) -> bool:
    """Whether enough items of the same factors stay equal in the group without this one."""
    kind, group, item, _ = place
    if kind == Kind.COVARIANCE:
        return True
    here = model.loading_cells & (model.group == group)
    released = {left for of_kind, of_group, left, _ in free if of_kind == kind and of_group == group}
    for factor in model.right[here & (model.left == item)]:
        equal = set(model.left[here & (model.right == factor)].tolist()) - released
        if len(equal) - 1 < fewest_equal:
            return False
    return True
