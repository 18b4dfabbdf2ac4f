"""Empirical Kaiser, hull and the table of criteria: R's reference values and planted numbers of factors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.hull import hull, retention_table
from analysis.numeric.retention import empirical_kaiser

CASES = ["harman74", "harman23", "sim4c", "thurstone9", "hs1939", "pvq40", "polidem"]


def structured(rng, factors, items=5, loadings=(0.6, 0.85)):
    """Correlations of items that measure one factor each, the factors correlating a little."""
    member = np.kron(np.eye(factors), np.ones((items, 1)))
    pattern = member * rng.uniform(*loadings, (factors * items, 1))
    phi = 0.8 * np.eye(factors) + 0.2
    r = pattern @ phi @ pattern.T
    np.fill_diagonal(r, 1.0)
    return r


@pytest.mark.parametrize("name", CASES)
def test_empirical_kaiser_equals_r(case, name):
    source, expected = case(name).results("factorability"), case(name).results("nfactors")["ekc"]
    found = empirical_kaiser(source["R"], source["n"])
    np.testing.assert_allclose(found.reference, expected["reference"], atol=1e-8)
    assert found.suggested == expected["suggest"]


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), factors=st.integers(1, 4))
def test_planted_factors_are_found_by_hull_and_empirical_kaiser(seed, factors):
    rng = np.random.default_rng(seed)
    sample = rng.multivariate_normal(np.zeros(5 * factors), structured(rng, factors), 800)
    r = np.corrcoef(sample.T)
    assert hull(r, 800, most=factors + 2).suggested == factors
    assert empirical_kaiser(r, 800).suggested == factors


def test_a_perfect_solution_is_chosen_though_nothing_rises_after_it():
    found = hull(structured(np.random.default_rng(0), 2), 1000, most=4)
    np.testing.assert_allclose(found.cfi[2:], 1.0)
    assert found.suggested == 2


def test_the_hull_leaves_out_what_lies_below_it(case):
    source = case("harman74").results("factorability")
    found = hull(source["R"], source["n"], most=8)
    assert found.cfi[0] == 0
    assert found.parameters[:3].tolist() == [24, 48, 71]
    rise = np.diff(found.cfi[found.on_hull]) / np.diff(found.parameters[found.on_hull])
    assert (rise > 0).all()
    assert (np.diff(rise) < 0).all()
    assert 0 < found.suggested < 8
    for k in set(range(9)) - set(found.on_hull.tolist()):
        line = np.interp(found.parameters[k], found.parameters[found.on_hull], found.cfi[found.on_hull])
        assert found.cfi[k] <= line


def test_the_table_sets_all_criteria_side_by_side(case):
    source = case("sim4c").results("factorability")
    table = retention_table(source["R"], source["n"], rng=np.random.default_rng(1), draws=300)
    assert {
        criterion: table.suggested[criterion] for criterion in ("parallel_quantile", "map", "empirical_kaiser", "hull")
    } == {"parallel_quantile": 3, "map": 3, "empirical_kaiser": 3, "hull": 3}
    assert table.kaiser == (table.components.observed > 1).sum()
    plain = retention_table(
        source["R"], source["n"], rng=np.random.default_rng(1), draws=50, reduced=False, with_hull=False
    )
    assert set(table.suggested) - set(plain.suggested) == {"hull", "parallel_reduced"}


@pytest.mark.parametrize(("items", "most"), [(2, 1), (6, 0)])
def test_items_that_allow_no_factor_are_refused(items, most):
    with pytest.raises(AnalysisError) as refused:
        hull(np.eye(items) * 0.5 + 0.5, 100, most=most)
    assert refused.value.code == "too_many_factors"
