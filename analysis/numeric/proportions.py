"""Shares with intervals that allow for several ratings by one person."""

import numpy as np

from analysis.numeric.arrays import Floats, Integers

_QUANTILE = 1.959963984540054
_TAIL = 0.025


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
    n / (n - 1) of the variance. A share of 0 or 1 has the exact interval of ``unanimous_interval``.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953; Korn & Graubard (1998), Survey Methodology 24(2), 193-201
    """
    answered = values[weights > 0]
    if (answered == answered[0]).all():
        return float(answered[0]), *unanimous_interval(float(answered[0]), effective_clusters(weights, cluster))
    share = float(weights @ values / weights.sum())
    number = np.unique(cluster, return_inverse=True)[1]
    sums = np.bincount(number, weights=weights * (values - share)) / weights.sum()
    clusters = len(sums)
    variance = float(sums @ sums) * clusters / max(clusters - 1, 1)
    n = min(share * (1 - share) / variance, float(len(values))) if variance > 0 else float(clusters)
    return share, *_wilson(share, n)


def unanimous_interval(share: float, n: float) -> tuple[float, float]:
    """Exact 95 % interval of a share on which everybody agrees, where resamples agree too and show no spread.

    Parameters
    ----------
    share : float
        0 or 1.
    n : float
        Independent persons behind it, above 0; need not be whole.

    Returns
    -------
    low, high : float

    Notes
    -----
    ``stats::binom.test`` to 12 digits for whole n: of 30 persons none, at most .1157.

    References
    ----------
    Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404; Korn & Graubard (1998), Survey Methodology 24(2), 193-201
    """
    farthest = float(_TAIL ** (1 / n))
    return (farthest, 1.0) if share else (0.0, 1 - farthest)


def effective_clusters(weights: Floats, cluster: Integers) -> float:
    """As how many equally heavy clusters rows count when those of a cluster say the same.

    Parameters
    ----------
    weights : (n,) array
        At least one above 0.
    cluster : (n,) array of int

    Returns
    -------
    float
        At most the number of clusters.

    References
    ----------
    Kish (1965), Survey Sampling, 11.2C
    """
    sums = np.bincount(np.unique(cluster, return_inverse=True)[1], weights=weights)
    return float(sums.sum() ** 2 / (sums @ sums))


def _wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's interval of a share of n."""
    z = _QUANTILE**2 / n
    centre = (share + z / 2) / (1 + z)
    half = float(np.sqrt(z * (share * (1 - share) + z / 4))) / (1 + z)
    return min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share)
