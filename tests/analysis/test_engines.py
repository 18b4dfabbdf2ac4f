"""factor-analyzer 0.5.1 beside our own solution, and the faults its adapter meets."""

import importlib
import sys
import warnings

import numpy as np
import pytest

from analysis.engines import factor_analyzer_agreement, mended_engine, second_adequacy, second_solution
from analysis.errors import AnalysisError
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.extraction import extract
from analysis.numeric.retention import sampling_adequacy, sphericity
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


@pytest.mark.parametrize("extraction", ["minres", "ml"])
@pytest.mark.parametrize("rotation", ["none", "varimax", "promax", "oblimin", "quartimin", "geomin"])
def test_it_extracts_and_rotates_as_we_do_once_its_faults_are_met(extraction, rotation):
    r = correlation()
    second = second_solution(r, 3, extraction=extraction, rotation=rotation)
    extracted = extract(r, 3, method=extraction)
    pattern, phi = extracted.loadings, np.eye(3)
    if rotation != "none":
        name = "oblimin" if rotation == "quartimin" else rotation
        own = rotate(pattern, name, rng=np.random.default_rng(1), kaiser=True if rotation == "promax" else None)
        pattern, phi = own.pattern, own.phi
    matched = Arrangement.towards(second.pattern, pattern)
    assert matched.columns(second.pattern) == pytest.approx(pattern, abs=2e-3)
    assert matched.square(second.phi) == pytest.approx(phi, abs=2e-3)
    assert second.uniquenesses == pytest.approx(extracted.uniquenesses, abs=1e-3)


def test_it_judges_adequacy_as_we_do_on_the_rows_it_is_told():
    r = correlation()
    second, adequacy, bartlett = second_adequacy(r, 321), sampling_adequacy(r), sphericity(r, 321)
    assert second.kmo == pytest.approx(adequacy.overall, abs=1e-9)
    assert second.items == pytest.approx(adequacy.items, abs=1e-9)
    assert second.chi2 == pytest.approx(bartlett.chi2, rel=1e-9)


def test_it_calls_scikit_learn_under_a_name_that_is_gone_and_the_adapter_translates_it():
    engine = importlib.reload(mended_engine())
    with pytest.raises(TypeError, match="force_all_finite"):
        engine.FactorAnalyzer(n_factors=3, rotation=None, is_corr_matrix=True).fit(correlation())
    second_solution(correlation(), 3)


def test_it_leaves_factor_correlations_in_the_order_before_sorting_and_the_adapter_does_not():
    engine, r = mended_engine(), correlation()
    analyzer = engine.FactorAnalyzer(n_factors=3, method="minres", rotation="oblimin", is_corr_matrix=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analyzer.fit(r)
    second = second_solution(r, 3)
    reproduced = second.pattern @ second.phi @ second.pattern.T
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
    with pytest.raises(AnalysisError, match="not installed") as refusal:
        second_solution(r, 3)
    assert refusal.value.code == "engine_absent"
