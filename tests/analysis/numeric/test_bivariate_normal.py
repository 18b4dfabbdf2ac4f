"""The bivariate normal: equal to integration by conditioning, and what follows from its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from analysis.numeric.bivariate_normal import density, distribution

coordinates = st.floats(-6, 6)
correlations = st.floats(-0.9999999, 0.9999999)


def by_conditioning(h, k, r):
    """P(X < h, Y < k) as the mean over X of P(Y < k | X), fine where the conditional probability turns."""
    spread = np.sqrt((1 - r) * (1 + r))
    turn = k / r + spread * np.array([-40, -10, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 10, 40]) if r else []
    edges = np.unique(np.clip(np.concatenate([turn, np.linspace(-12, h, 40)]), -12, h))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    x = middle[:, None] + half[:, None] * nodes
    return float((half @ (np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * ndtr((k - r * x) / spread))) @ weights)


@given(h=coordinates, k=coordinates, r=correlations)
def test_distribution_equals_integration(h, k, r):
    found = distribution(np.array([h]), np.array([k]), np.array([r]))[0]
    assert found == pytest.approx(by_conditioning(h, k, r), abs=1e-14)


@given(exponent=st.floats(-9, -1.2), h=coordinates, off=st.floats(-1e-2, 1e-2), sign=st.sampled_from([-1, 1]))
def test_distribution_is_exact_near_perfect_correlation(exponent, h, off, sign):
    r, k = sign * (1 - 10**exponent), sign * h + off
    found = distribution(np.array([h]), np.array([k]), np.array([r]))[0]
    assert found == pytest.approx(by_conditioning(h, k, r), abs=1e-14)


def test_distribution_at_infinity_and_at_perfect_correlation():
    h, k = np.array([np.inf, 1.0, -np.inf, 1.0, 1.0]), np.array([0.5, np.inf, 1.0, 0.3, -0.2])
    r = np.array([0.99, -0.3, -0.99, 1.0, -1.0])
    expected = [ndtr(0.5), ndtr(1.0), 0.0, ndtr(0.3), ndtr(1.0) - ndtr(0.2)]
    np.testing.assert_allclose(distribution(h, k, r), expected, atol=1e-15)


@given(h=coordinates, k=coordinates, r=st.floats(-0.99, 0.99))
def test_density_is_the_slope_of_the_distribution_in_the_correlation(h, k, r):
    step = 1e-5
    below, above = distribution(np.array([h, h]), np.array([k, k]), np.array([r - step, r + step]))
    assert density(np.array(h), np.array(k), np.array(r)) == pytest.approx((above - below) / (2 * step), abs=1e-6)
