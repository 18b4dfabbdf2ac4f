"""Alignment: compare factor means of many groups when few loadings and intercepts differ; it tests nothing."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats, Integers

# Makes the component loss differentiable; small against differences that matter.
SMOOTHING = 0.001
_FEWEST_GROUPS = 2
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Alignment:
    """One factor in G groups on a common scale.

    ``means`` and ``variances`` (G,) of the factor, the first group's 0 and 1; ``loadings`` and ``intercepts``
    (G, p) on that scale; ``loss``, what is left of differences between groups; ``share_at_best``, the share of
    starting points that led there. ``loading_r2`` and ``intercept_r2`` (p,) are the shares of an item's variation
    between groups that the factor's means and variances explain: near 1 the item is invariant.
    """

    means: Floats
    variances: Floats
    loadings: Floats
    intercepts: Floats
    loss: float
    share_at_best: float
    loading_r2: Floats
    intercept_r2: Floats


def align(
    loadings: Floats, intercepts: Floats, rows: Integers, *, rng: np.random.Generator, starts: int = 30
) -> Alignment:
    """Choose each group's factor mean and variance so that few loadings and intercepts differ much.

    Parameters
    ----------
    loadings, intercepts : (G, p) arrays
        Of the items of one factor, estimated in each group with factor mean 0 and variance 1.
    rows : (G,) array of int
        Rows of each group: pairs of groups count by the root of the product.
    rng : numpy.random.Generator
    starts : int
        Starting points, the first with all groups alike.

    Returns
    -------
    Alignment

    Raises
    ------
    AnalysisError
        ``too_few_groups``, ``no_alignment``: an item's loadings have no common sign.

    References
    ----------
    Asparouhov & Muthén (2014), doi:10.1080/10705511.2014.919210

    Notes
    -----
    The fixed alignment of that article, told on the first group's scale. There is no reference result; it recovers
    simulated truths.
    """
    groups = len(loadings)
    if groups < _FEWEST_GROUPS:
        raise AnalysisError("too_few_groups", "Alignment compares groups: there must be two at least.", groups=groups)
    loadings = _same_direction(loadings)
    problem = _Problem(loadings, intercepts, np.sqrt(rows / np.mean(rows)))
    found = [problem.minimised(start) for start in _starts(groups, starts, rng)]
    losses = np.array([loss for _, loss in found])
    best, loss = found[int(np.argmin(losses))]
    means, scales = problem.unpacked(best)
    means, scales = means / scales[0], scales / scales[0]
    aligned = loadings / scales[:, None]
    levels = intercepts - means[:, None] * aligned
    return Alignment(
        means=means,
        variances=scales**2,
        loadings=aligned,
        intercepts=levels,
        loss=loss,
        share_at_best=float(np.mean(losses <= loss + _SAME * abs(loss))),
        loading_r2=_explained(loadings, scales[:, None] * aligned.mean(0)),
        intercept_r2=_explained(intercepts, levels.mean(0) + means[:, None] * aligned.mean(0)),
    )


def _same_direction(loadings: Floats) -> Floats:
    """Reflect groups whose factor points the other way."""
    direction = np.sign(loadings @ loadings.mean(0))
    if not direction.all():
        raise AnalysisError("no_alignment", "In some group no loading points the way of the others'.")
    return np.asarray(loadings * direction[:, None])


def _starts(groups: int, starts: int, rng: np.random.Generator) -> Floats:
    """Starting points (starts, 2(G - 1)): means, then logarithms of standard deviations."""
    drawn = rng.normal(scale=0.5, size=(starts, 2 * (groups - 1)))
    drawn[0] = 0.0
    return drawn


@dataclass(frozen=True, eq=False)
class _Problem:
    """What alignment minimises: over pairs of groups and items, the fourth root of squared differences."""

    loadings: Floats
    intercepts: Floats
    root_rows: Floats

    def unpacked(self, z: Floats) -> tuple[Floats, Floats]:
        """Means and standard deviations (G,) of all groups; the deviations' product is 1.

        Were one group's fixed instead, all others' could grow together, which makes their loadings, and what these
        differ by, small.
        """
        half = len(z) // 2
        logarithms = np.r_[0.0, z[half:]]
        return np.r_[0.0, z[:half]], np.exp(logarithms - logarithms.mean())

    def minimised(self, start: Floats) -> tuple[Floats, float]:
        """Nearest minimum, and the loss there."""
        # per pair and item, for the first step goes as far as the slope is steep
        size = float(self.root_rows.sum() ** 2) * self.loadings.shape[1]

        def average(z: Floats) -> tuple[float, Floats]:
            value, slope = self.loss(z)
            return value / size, slope / size

        found = minimize(average, start, jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 2000})
        return np.asarray(found.x), float(found.fun) * size

    def loss(self, z: Floats) -> tuple[float, Floats]:
        """Loss, and its derivatives (2(G - 1),)."""
        means, scales = self.unpacked(z)
        aligned = self.loadings / scales[:, None]
        of_loadings, by_loading = self._component(aligned)
        of_intercepts, by_intercept = self._component(self.intercepts - means[:, None] * aligned)
        by_mean = -(by_intercept * aligned).sum(1)
        by_log_scale = -((by_loading - by_intercept * means[:, None]) * aligned).sum(1)
        return of_loadings + of_intercepts, np.r_[by_mean[1:], by_log_scale[1:] - by_log_scale.mean()]

    def _component(self, values: Floats) -> tuple[float, Floats]:
        """Loss of differences between groups in values (G, p), and its derivatives (G, p)."""
        off = values[:, None] - values[None]
        weight = np.outer(self.root_rows, self.root_rows)[:, :, None] / 2
        size = off**2 + SMOOTHING
        return float((weight * size**0.25).sum()), (weight * off * size**-0.75).sum(1)


def _explained(values: Floats, predicted: Floats) -> Floats:
    """Share of each item's variation between groups that is predicted (p,); 1 where there is none."""
    total = values.var(0)
    left = (values - predicted).var(0)
    return np.where(total > 0, 1 - left / np.where(total > 0, total, 1.0), 1.0)
