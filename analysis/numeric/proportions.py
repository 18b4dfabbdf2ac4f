"""Shares with intervals that allow for several ratings by one person."""

import numpy as np

from analysis.numeric.arrays import Floats, Integers

_QUANTILE = 1.959963984540054


def clustered_share(values: Floats, weights: Floats, cluster: Integers) -> tuple[float, float, float]:
    """Weighted share of ones with its 95 % Wilson interval for as many independent rows as the clusters amount to.

    Parameters
    ----------
    values : (n,) array of 0 and 1
        At least one row with a weight above 0.
    weights : (n,) array
    cluster : (n,) array of int
        Rows that may depend on each other carry the same number.

    Returns
    -------
    share, low, high : float

    Notes
    -----
    With equal weights and each row its own cluster this is ``stats::prop.test(correct = FALSE)`` up to the last factor
    n / (n - 1) of the variance. A share of 0 or 1 says nothing of dependence: there each cluster counts once.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953; Korn & Graubard (1998), Survey Methodology 24(2), 193-201
    """
    share = float(weights @ values / weights.sum())
    number = np.unique(cluster, return_inverse=True)[1]
    sums = np.bincount(number, weights=weights * (values - share)) / weights.sum()
    clusters = len(sums)
    variance = float(sums @ sums) * clusters / max(clusters - 1, 1)
    n = min(share * (1 - share) / variance, float(len(values))) if variance > 0 else float(clusters)
    return share, *_wilson(share, n)


def _wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's interval of a share of n."""
    z = _QUANTILE**2 / n
    centre = (share + z / 2) / (1 + z)
    half = float(np.sqrt(z * (share * (1 - share) + z / 4))) / (1 + z)
    return min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share)
