"""Linear discriminant functions from answers with gaps, and the few items that tell groups apart best."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.incomplete import normal_estimate, present_means

# Added to the within-group covariance, in units of the items' variances, so that collinear items stay solvable.
_RIDGE = 1e-10
# Variance within groups, as a share of that between them, of an item that does not vary within groups.
_LEAST_WITHIN = 0.01


@dataclass(frozen=True, eq=False)
class GroupMoments:
    """Shares (k,), item means (k, p) and the pooled covariance within groups (p, p)."""

    shares: Floats
    means: Floats
    within: Floats

    @classmethod
    def of(cls, x: Floats, groups: Integers, k: int) -> Self:
        """Estimate the moments of groups.

        Parameters
        ----------
        x : (n, p) array
            Answers, NaN where missing at random or by design.
        groups : (n,) array of int
            Group of each row, from 0 to ``k`` - 1; each has answers to every item.
        k : int

        Returns
        -------
        GroupMoments
            Means of the answers that are there; the covariance by maximum likelihood (EM), with divisor n - k.
        """
        means = np.stack([present_means(x[groups == g], axis=0) for g in range(k)])
        shares = np.bincount(groups, minlength=k) / len(groups)
        return cls(shares, means, _covariance(x - means[groups]) * len(x) / (len(x) - k))

    def functions(self, items: Integers) -> tuple[Floats, Floats]:
        """Fisher's classification functions on some of the items.

        Parameters
        ----------
        items : (m,) array of int

        Returns
        -------
        constants : (k,) array
        coefficients : (k, m) array
            A row belongs to the group with the greatest ``constants + coefficients @ answers``; the differences of
            these sums are log odds.

        Notes
        -----
        Equal Fisher's classification functions computed in R from group means and pooled covariance, to 1e-6;
        posteriors equal ``predict`` of ``MASS::lda`` to 1e-8.

        References
        ----------
        Fisher (1936), doi:10.1111/j.1469-1809.1936.tb02137.x; the same posteriors as ``MASS::lda`` to 8 digits.
        """
        means = self.means[:, items]
        coefficients = np.linalg.solve(self._within(items), means.T).T
        return np.asarray(np.log(self.shares) - (coefficients * means).sum(1) / 2), np.asarray(coefficients)

    def confusion_bound(self, items: Integers) -> float:
        """Bound the share of rows that these items would put into a wrong group.

        Parameters
        ----------
        items : (m,) array of int

        Returns
        -------
        float
            The sum over pairs of groups of Bhattacharyya's bound; smaller is better.

        References
        ----------
        Fukunaga (1990), Introduction to statistical pattern recognition, section 3.4
        """
        means = self.means[:, items]
        half = np.linalg.solve(np.linalg.cholesky(self._within(items)), means.T).T
        squared = ((half[:, None] - half) ** 2).sum(-1)
        pairs = np.sqrt(np.outer(self.shares, self.shares)) * np.exp(-squared / 8)
        return float(pairs[np.triu_indices(len(means), 1)].sum())

    def chosen_items(self, count: int, *, answered: Booleans, fewest: int) -> Integers:
        """Choose items one after the other, each time the one that leaves the least to confuse.

        Parameters
        ----------
        count : int
            How many at most.
        answered : (n, p) array of bool
            Which rows answered which items.
        fewest : int
            So many rows must have answered all chosen items together; where items are left out by design, some
            combinations were never answered by anybody.

        Returns
        -------
        (m,) array of int
            At most ``count``, in the order of their choice, so that its first m are the choice of m items.
        """
        chosen: list[int] = []
        together = np.ones(len(answered), dtype=bool)
        while len(chosen) < count:
            rows = answered[together].sum(0)
            open_to = [i for i in range(len(self.within)) if i not in chosen and rows[i] >= fewest]
            if not open_to:
                break
            best = min(open_to, key=lambda item: self.confusion_bound(np.array([*chosen, item])))
            chosen.append(best)
            together &= answered[:, best]
        return np.array(chosen, dtype=np.int64)

    def _within(self, items: Integers) -> Floats:
        """Covariance within groups of some items, solvable."""
        within, between = self.within[np.ix_(items, items)], self.means[:, items].var(0)
        spread = np.diag(within)
        # an item answered alike throughout each group tells them apart, or nothing where all groups answer alike
        least = np.where(between > 0, _LEAST_WITHIN * between, 1.0)
        return np.asarray(within + np.diag(np.where(spread > 0, _RIDGE * spread, least)))


def _covariance(deviations: Floats) -> Floats:
    """Covariance of deviations from group means, divisor n; from their products where no answer is missing."""
    if np.isnan(deviations).any():
        varies = np.nanmax(np.abs(deviations), axis=0) > 0
        covariance = np.zeros((len(varies), len(varies)))
        covariance[np.ix_(varies, varies)] = normal_estimate(deviations[:, varies]).covariance
        return covariance
    return np.asarray(deviations.T @ deviations / len(deviations))


def likelihoods(scores: Floats) -> Floats:
    """Probability of each group (n, k) from discriminant scores (n, k): their softmax.

    Parameters
    ----------
    scores : (n, k) array

    Returns
    -------
    (n, k) array
        0 to 1; rows add up to 1.
    """
    raised = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))
