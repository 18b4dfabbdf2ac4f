"""factor-analyzer 0.5.1 beside our own solution, and the faults its adapter meets."""

import importlib
import sys
import warnings

import numpy as np
import pytest

from analysis.engines import factor_analyzer_agreement, mended_engine, second_solution
from analysis.numeric.extraction import extract
from analysis.numeric.retention import sampling_adequacy
from analysis.numeric.rotation import rotate

PHI = np.array([[1, 0.6, 0.1], [0.6, 1, 0.1], [0.1, 0.1, 1]])


def correlation():
    """Correlations in which rotation changes which factor explains most, so that sorting moves the columns."""
    rng = np.random.default_rng(2)
    pattern = np.kron(np.eye(3), np.ones((3, 1))) * rng.uniform(0.5, 0.9, (9, 1))
    r = pattern @ PHI @ pattern.T
    np.fill_diagonal(r, 1.0)
    return np.corrcoef(rng.multivariate_normal(np.zeros(9), r, 800).T)


def ours(r):
    return rotate(extract(r, 3).loadings, "oblimin", rng=np.random.default_rng(1))


def test_both_engines_find_the_same_factors():
    r = correlation()
    solution = ours(r)
    agreement = factor_analyzer_agreement(
        r, solution.pattern, communalities=solution.communalities, kmo=sampling_adequacy(r).overall
    )
    assert agreement["loadings"] < 1e-4
    assert agreement["communalities"] < 1e-4
    assert agreement["kmo"] < 1e-9


def test_it_calls_scikit_learn_under_a_name_that_is_gone_and_the_adapter_translates_it():
    engine = importlib.reload(mended_engine())
    with pytest.raises(TypeError, match="force_all_finite"):
        engine.FactorAnalyzer(n_factors=3, rotation=None, is_corr_matrix=True).fit(correlation())
    second_solution(mended_engine(), correlation(), 3)


def test_it_leaves_factor_correlations_in_the_order_before_sorting_and_the_adapter_does_not():
    engine, r = mended_engine(), correlation()
    analyzer = engine.FactorAnalyzer(n_factors=3, method="minres", rotation="oblimin", is_corr_matrix=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analyzer.fit(r)
    pattern, phi = second_solution(engine, r, 3)
    reproduced = pattern @ phi @ pattern.T
    as_it_stands = analyzer.loadings_ @ analyzer.phi_ @ analyzer.loadings_.T
    off = ~np.eye(9, dtype=bool)
    assert np.abs((reproduced - r)[off]).max() < 0.05
    assert np.abs((as_it_stands - r)[off]).max() > 0.1


def test_its_kmo_gives_up_exact_inversion_on_small_answers_and_the_adapter_makes_them_large():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((400, 24)) * 0.5 + rng.standard_normal((400, 1))
    r = np.corrcoef(x.T)
    kmo = sampling_adequacy(r).overall
    with pytest.warns(UserWarning, match="Moore-Penrose"):
        mended_engine().calculate_kmo(x / 10)
    pattern = extract(r, 1).loadings
    agreement = factor_analyzer_agreement(r, pattern, communalities=(pattern**2).sum(1), kmo=kmo)
    assert agreement["kmo"] < 1e-9


def test_without_the_package_there_is_nothing_to_compare(monkeypatch):
    monkeypatch.setitem(sys.modules, "factor_analyzer.factor_analyzer", None)
    r = correlation()
    assert factor_analyzer_agreement(r, ours(r).pattern, communalities=np.zeros(9), kmo=0.5) == {}
