"""Probabilities of two correlated standard normal variables, many at once; it estimates nothing."""

import numpy as np
from scipy.special import ndtr

from analysis.numeric.arrays import Floats

# Above this correlation the integral over it is too steep for twenty nodes.
STEEP = 0.925
# Beyond this a normal variable never lies in double precision; it stands for infinity without its exceptions.
FAR = 40.0

# Nodes of the integral that give full precision up to a correlation, after Genz.
_RULES = tuple((most, *np.polynomial.legendre.leggauss(nodes)) for most, nodes in ((0.3, 6), (0.75, 12), (1.0, 20)))
_LARGEST_EXPONENT = 100.0


def distribution(h: Floats, k: Floats, correlation: Floats) -> Floats:
    """Probability that X < h and Y < k.

    Parameters
    ----------
    h, k : (...) arrays
        Any shapes that broadcast; infinite values allowed.
    correlation : (...) array
        Between -1 and 1; broadcast with h and k along the first axis.

    Returns
    -------
    (...) array
        0 to 1; error below 1e-14.

    Notes
    -----
    The method of ``pbivnorm::pbivnorm`` and ``mvtnorm::pmvnorm(algorithm = TVPACK())`` of R; checked against adaptive
    integration over the conditional distribution, to 1e-14.

    References
    ----------
    Drezner & Wesolowsky (1990), doi:10.1080/00949659008811236; Genz (2004), doi:10.1023/B:STCO.0000035304.20635.31
    """
    h, k = np.clip(h, -FAR, FAR), np.clip(k, -FAR, FAR)
    if not (np.abs(correlation) > STEEP).any():
        return _moderate(h, k, correlation)
    h, k, r = np.broadcast_arrays(h, k, correlation)
    steep = np.abs(r) > STEEP
    probability = np.empty(r.shape)
    probability[~steep] = _moderate(h[~steep], k[~steep], r[~steep])
    probability[steep] = _steep(h[steep], k[steep], r[steep])
    return probability


def density(h: Floats, k: Floats, correlation: Floats) -> Floats:
    """Joint density at (h, k).

    Parameters
    ----------
    h, k : (...) arrays
        Any shapes that broadcast; infinite values allowed.
    correlation : (...) array
        Above -1 and below 1; broadcast with h and k.

    Returns
    -------
    (...) array
        Not negative.

    Notes
    -----
    Equals the slope of ``distribution`` to 1e-6.
    """
    h, k = np.clip(h, -FAR, FAR), np.clip(k, -FAR, FAR)
    rest = 1 - correlation**2
    exponent = (h * h - 2 * correlation * h * k + k * k) / (-2 * rest)
    return np.asarray(np.exp(exponent) / (2 * np.pi * np.sqrt(rest)))


def _moderate(h: Floats, k: Floats, r: Floats) -> Floats:
    """Integrate the density over the correlation, from independence, with r = sin(angle)."""
    largest = float(np.abs(r).max(initial=0.0))
    nodes, weights = next(rule[1:] for rule in _RULES if largest <= rule[0])
    angle = np.arcsin(r)
    product, half_squares = h * k, (h * h + k * k) / 2
    shape = np.broadcast_shapes(product.shape, r.shape)
    total, term = np.zeros(shape), np.empty(shape)
    for node, weight in zip(nodes, weights, strict=True):
        sine = np.sin(angle * ((1 + node) / 2))
        scale = 1 / (1 - sine * sine)
        np.multiply(product, sine, out=term)
        term -= half_squares
        term *= scale
        np.exp(term, out=term)
        term *= weight
        total += term
    return np.asarray(ndtr(h) * ndtr(k) + total * (angle / (4 * np.pi)))


def _steep(h: Floats, k: Floats, r: Floats) -> Floats:
    """Genz's expansion from perfect correlation; all arrays are flat and of one length."""
    sign = np.where(r < 0, -1.0, 1.0)
    rest = _below_perfect(h, sign * k, np.abs(r))
    same = ndtr(np.minimum(h, k))
    opposite = np.maximum(ndtr(h) + ndtr(k) - 1, 0.0)
    return np.asarray(np.where(r < 0, opposite - rest, same + rest))


def _below_perfect(h: Floats, k: Floats, r: Floats) -> Floats:
    """What the probability at correlation r differs by from that at 1."""
    product, squared = h * k, (1 - r) * (1 + r)
    gap, root = (h - k) ** 2, np.sqrt(squared)
    c, d = (4 - product) / 8, (12 - product) / 16
    first = -(gap / np.maximum(squared, 1e-300) + product) / 2
    series = 1 - c * (gap - squared) * (1 - d * gap / 5) / 3 + c * d * squared**2 / 5
    total = root * _exp(first) * series
    away = np.sqrt(gap)
    tail = np.sqrt(2 * np.pi) * ndtr(-away / np.maximum(root, 1e-300))
    total -= _exp(-product / 2) * tail * away * (1 - c * gap * (1 - d * gap / 5) / 3)
    nodes, weights = (part[:, None] for part in _RULES[-1][1:])
    x = np.maximum((root * (nodes + 1) / 2) ** 2, 1e-300)
    cosine = np.sqrt(1 - x)
    near = _exp(-product * (1 - cosine) / (2 * (1 + cosine))) / cosine
    inside = weights * _exp(-(gap / x + product) / 2) * (near - 1 - c * x * (1 + d * x))
    total += root / 2 * inside.sum(0)
    return np.asarray(-total / (2 * np.pi))


def _exp(exponent: Floats) -> Floats:
    """Exponential of what is multiplied by 0 wherever it would be too large."""
    return np.asarray(np.exp(np.minimum(exponent, _LARGEST_EXPONENT)))
