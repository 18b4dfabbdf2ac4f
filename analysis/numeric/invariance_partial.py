"""Partial invariance: which cells of which groups must differ for a level to hold; a description, not a test."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.numeric.arrays import Booleans
from analysis.numeric.covariance import CovarianceModel, Kind
from analysis.numeric.covariance_ml import MaximumLikelihood
from analysis.numeric.covariance_robust import Unrestricted
from analysis.numeric.covariance_score import equality_tests
from analysis.numeric.invariance import LEVELS, Level, Rung, fitted_rung, level_model


@dataclass(frozen=True)
class Release:
    """A cell that partial invariance lets differ in one group: where it stands, and what the change did.

    ``statistic`` is its score test before; the changes of the indices, and ``p_value`` of the difference test, are the
    level's against the one before, afterwards.
    """

    kind: Kind
    group: int
    left: int
    right: int
    statistic: float
    cfi_change: float = np.nan
    rmsea_change: float = np.nan
    srmr_change: float = np.nan
    p_value: float = np.nan

    @property
    def place(self) -> tuple[Kind, int, int, int]:
        """Kind, group, left and right."""
        return self.kind, self.group, self.left, self.right

    def after(self, rung: Rung) -> "Release":
        """Add what the level looks like now.

        Parameters
        ----------
        rung : Rung

        Returns
        -------
        Release
        """
        return replace(
            self,
            cfi_change=rung.cfi_change,
            rmsea_change=rung.rmsea_change,
            srmr_change=rung.srmr_change,
            p_value=np.nan if rung.difference is None else rung.difference.p_value,
        )


def partial_invariance(
    one_group: CovarianceModel,
    data: Unrestricted,
    *,
    level: Level = "scalar",
    robust: bool = False,
    fewest_equal: int = 2,
) -> tuple[Rung, tuple[Release, ...]]:
    """Let single cells of single groups differ until a level holds by Chen's cut-offs.

    At each step the cell with the largest score test is released, as long as ``fewest_equal`` loadings and intercepts
    of each factor and group stay equal to other groups'. Score tests follow a chi-square only approximately once
    cells were chosen by them: what comes out is a description to be tried on other data.

    Parameters
    ----------
    one_group : CovarianceModel
        Scaled by unit variances: a marker that differs between groups would hide, and blame its neighbours.
    data : Unrestricted
        Rows of G groups, as ``invariance.summed_rows`` gives them; by full information where answers are missing.
    level : {"metric", "scalar", "strict"}
    robust : bool
        As in ``invariance_ladder``.
    fewest_equal : int
        At least 1.

    Returns
    -------
    rung : Rung
        The level, compared with the one before that has no releases (for "metric" configural, for "scalar"
        metric with the same loadings released).
    releases : tuple of Release
        In order; empty where the level holds as it is.

    Raises
    ------
    AnalysisError
        ``not_identified``, ``no_convergence``.

    Notes
    -----
    R has no function that searches so; checked by planted differences in simulated groups. Each fit equals lavaan's.

    References
    ----------
    Byrne, Shavelson & Muthén (1989), doi:10.1037/0033-2909.105.3.456
    """
    free: Booleans | None = None
    releases: list[Release] = []
    while True:
        rung = _with_releases(one_group, data, level, free, robust=robust)
        if releases:
            releases[-1] = releases[-1].after(rung)
        model = rung.estimate.model
        free = np.zeros(len(model.kind), dtype=bool) if free is None else free
        if rung.within_cutoffs or not isinstance(rung.estimate, MaximumLikelihood):
            return rung, tuple(releases)
        tests = equality_tests(rung.estimate)
        allowed = np.array([_may_be_released(model, free, int(cell), fewest_equal) for cell in tests.cell], dtype=bool)
        if not allowed.any():
            return rung, tuple(releases)
        best = int(np.argmax(np.where(allowed, np.nan_to_num(tests.statistic), -1.0)))
        cell = int(tests.cell[best])
        free[cell] = True
        place = (Kind(model.kind[cell]), int(model.group[cell]), int(model.left[cell]), int(model.right[cell]))
        releases.append(Release(*place, float(tests.statistic[best])))


def _with_releases(
    one_group: CovarianceModel, data: Unrestricted, level: Level, free: Booleans | None, *, robust: bool
) -> Rung:
    """Fit a level and the one before, both with the same cells released."""
    groups = len(data.samples)
    before = LEVELS[LEVELS.index(level) - 1]
    wide = fitted_rung(before, level_model(one_group, groups, before, free), data, None, robust=robust)
    return fitted_rung(level, level_model(one_group, groups, level, free), data, wide, robust=robust)


def _may_be_released(model: CovarianceModel, free: Booleans, cell: int, fewest_equal: int) -> bool:
    """Whether enough cells of the same factor and group stay equal to others without this one."""
    kind, group = model.kind[cell], model.group[cell]
    if kind == Kind.PATH:
        family = (model.kind == Kind.PATH) & (model.right == model.right[cell])
    elif kind == Kind.MEAN:
        factors = model.right[(model.kind == Kind.PATH) & (model.left == model.left[cell])]
        items = model.left[(model.kind == Kind.PATH) & np.isin(model.right, factors)]
        family = model.intercept_cells & np.isin(model.left, items)
    else:
        return True
    left = family & (model.group == group) & ~free
    return int(left.sum()) - 1 >= fewest_equal
