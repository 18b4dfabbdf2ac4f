"""How skewed scores are, and other scores made as skewed; it looks for no groups."""

import numpy as np
from scipy.optimize import brentq

from analysis.numeric.arrays import Floats

# Nothing is bent further: at 2, normal scores have a tail twenty times as long as the other.
_MOST_BENT = 2.0
_LEAST_SPREAD = 1e-9


def l_skewness(scores: Floats) -> Floats:
    """L-skewness of each column, 0 for symmetric ones.

    Parameters
    ----------
    scores : (n, d) array
        Without gaps; at least three rows.

    Returns
    -------
    (d,) array
        -1 to 1; 0 for a constant column.

    References
    ----------
    Hosking (1990), doi:10.1111/j.2517-6161.1990.tb01775.x

    Notes
    -----
    The third L-moment ratio of ``lmom::samlmu``, which single rows far out move less than the third moment.
    """
    return np.array([_l_skewness(np.sort(column)) for column in scores.T])


def skewed_alike(scores: Floats, wanted: Floats) -> Floats:
    """Bend scores smoothly until they are as skewed as wanted, with mean 0 and variance 1.

    A column x becomes (exp(g x) - 1) / g with the g that its L-skewness asks for. Order, ties and answers crowded at an
    end stay; no peak is made where there was none.

    Parameters
    ----------
    scores : (n, d) array
    wanted : (d,) array
        L-skewness.

    Returns
    -------
    (n, d) array

    References
    ----------
    Hoaglin (1985), Summarizing shape numerically: the g-and-h distributions, in Exploring Data Tables, Trends, and
    Shapes
    """
    standard = _standardised(scores)
    columns = [_bent(x, _bending(x, float(skewness))) for x, skewness in zip(standard.T, wanted, strict=True)]
    return _standardised(np.column_stack(columns))


def _standardised(scores: Floats) -> Floats:
    """Columns of mean 0 and variance 1."""
    return np.asarray((scores - scores.mean(0)) / np.maximum(scores.std(0), _LEAST_SPREAD))


def _bending(x: Floats, wanted: float) -> float:
    """Bend of a standardised column that gives the L-skewness wanted, or comes nearest to it."""
    ordered = np.sort(x)

    def short_of(bend: float) -> float:
        return _l_skewness(_bent(ordered, bend)) - wanted

    if short_of(_MOST_BENT) <= 0:
        return _MOST_BENT
    if short_of(-_MOST_BENT) >= 0:
        return -_MOST_BENT
    return float(brentq(short_of, -_MOST_BENT, _MOST_BENT, xtol=1e-4))


def _bent(x: Floats, bend: float) -> Floats:
    """One column, bent upwards (above 0) or downwards."""
    return np.asarray(np.expm1(bend * x) / bend) if bend else x


def _l_skewness(ordered: Floats) -> float:
    """L-skewness of values in rising order."""
    n = len(ordered)
    share = np.arange(n) / (n - 1)
    second = 2 * share - 1
    # the third shifted Legendre polynomial, summed without bias
    third = 6 * share * (np.arange(n) - 1) / (n - 2) - 6 * share + 1
    scale = float(second @ ordered)
    return float(third @ ordered) / scale if scale > _LEAST_SPREAD * n else 0.0
