"""Scores: R's weights, what each method promises, and the same scores whether or not answers are missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.moments import Moments
from analysis.numeric.scoring import score_weights, scores_by_pattern

METHODS = {"regression": "Thurstone", "bartlett": "Bartlett", "tenberge": "tenBerge"}


@pytest.mark.parametrize(("method", "name"), METHODS.items())
@pytest.mark.parametrize("solution", ["minres_oblimin", "ml_oblimin", "ml_varimax"])
def test_weights_and_scores_equal_psych(case, solution, method, name):
    reference = case("hs1939")
    x, expected = reference.columns(reference.items), reference.results("scores")[solution]
    moments = Moments.of(x)
    phi = np.eye(3) if expected["phi"] is None else expected["phi"]
    found = score_weights(moments.correlation(), expected["loadings"], phi, method=method)
    np.testing.assert_allclose(found.weights, expected[name]["weights"], atol=1e-8)
    np.testing.assert_allclose(found.correlations, expected[name]["r_scores"], atol=1e-8)
    z = (x - moments.means) / np.sqrt(np.diag(moments.covariance()))
    np.testing.assert_allclose((z @ found.weights)[:200], expected[name]["scores_first"], atol=1e-7)
    if method == "regression":
        np.testing.assert_allclose(found.determinacy, expected[name]["R2"], atol=1e-8)


@pytest.mark.parametrize(("name", "k"), [("harman74", 4), ("harman23", 2), ("sim4c", 3)])
@pytest.mark.parametrize("rotation", ["oblimin", "varimax"])
def test_regression_weights_equal_those_of_a_fit_in_psych(case, name, k, rotation):
    r = case(name).results("factorability")["R"]
    expected = case(name).results("efa")[f"minres_k{k}"]["psych"][rotation]
    phi = np.eye(k) if expected["phi"] is None else expected["phi"]
    found = score_weights(r, expected["loadings"], phi)
    np.testing.assert_allclose(found.weights, expected["weights"], atol=1e-8)
    np.testing.assert_allclose(found.determinacy, expected["r2_scores"], atol=1e-8)


def model(rng, p=12, k=3):
    """Simulated pattern, factor correlations, uniquenesses and the correlations they imply."""
    pattern = np.kron(np.eye(k), np.ones((p // k, 1))) * rng.uniform(0.4, 0.8, (p, k))
    phi = 0.3 + 0.7 * np.eye(k)
    uniquenesses = 1 - (pattern @ phi * pattern).sum(1)
    return pattern, phi, uniquenesses, pattern @ phi @ pattern.T + np.diag(uniquenesses)


@given(seed=st.integers(0, 10_000))
def test_each_method_keeps_its_promise(seed):
    pattern, phi, _, r = model(np.random.default_rng(seed))
    best, unbiased, faithful = (score_weights(r, pattern, phi, method=m) for m in METHODS)
    assert np.all(best.determinacy >= unbiased.determinacy - 1e-12)
    assert np.all(best.determinacy >= faithful.determinacy - 1e-12)
    np.testing.assert_allclose(unbiased.weights.T @ pattern, np.eye(3), atol=1e-10)
    np.testing.assert_allclose(faithful.correlations, phi, atol=1e-10)
    assert np.all((best.determinacy > 0) & (best.determinacy < 1))


@given(seed=st.integers(0, 10_000))
def test_scores_of_complete_rows_are_regression_scores(seed):
    rng = np.random.default_rng(seed)
    pattern, phi, uniquenesses, r = model(rng)
    z = rng.normal(size=(5, 12))
    found, weights = scores_by_pattern(z, pattern, phi, uniquenesses), score_weights(r, pattern, phi)
    np.testing.assert_allclose(found.scores, z @ weights.weights, atol=1e-10)
    np.testing.assert_allclose(found.determinacy, np.tile(weights.determinacy, (5, 1)), atol=1e-10)


def test_scores_of_incomplete_rows_are_regressions_on_what_was_answered():
    rng = np.random.default_rng(4)
    pattern, phi, uniquenesses, r = model(rng)
    z = rng.multivariate_normal(np.zeros(12), r, size=40)
    z[rng.random(z.shape) < 0.4] = np.nan
    z[7] = np.nan
    found = scores_by_pattern(z, pattern, phi, uniquenesses)
    for row, scores, determinacy in zip(z, found.scores, found.determinacy, strict=True):
        o = ~np.isnan(row)
        if not o.any():
            assert np.isnan([*scores, *determinacy]).all()
            continue
        structure = (pattern @ phi)[o]
        weights = np.linalg.solve(r[np.ix_(o, o)], structure)
        np.testing.assert_allclose(scores, row[o] @ weights, atol=1e-10)
        np.testing.assert_allclose(determinacy, (weights * structure).sum(0), atol=1e-10)


def test_determinacy_is_the_squared_correlation_with_simulated_factors():
    rng = np.random.default_rng(5)
    pattern, phi, uniquenesses, r = model(rng)
    factors = rng.multivariate_normal(np.zeros(3), phi, size=50_000)
    z = factors @ pattern.T + rng.normal(size=(50_000, 12)) * np.sqrt(uniquenesses)
    for method in METHODS:
        weights = score_weights(r, pattern, phi, method=method)
        scores = z @ weights.weights
        found = [np.corrcoef(scores[:, j], factors[:, j])[0, 1] ** 2 for j in range(3)]
        np.testing.assert_allclose(weights.determinacy, found, atol=0.02)


@pytest.mark.parametrize("method", ["regression", "tenberge"])
def test_collinear_items_are_refused(method):
    r = np.ones((3, 3)) * 0.5 + 0.5 * np.eye(3)
    r[0, 1] = r[1, 0] = 1
    with pytest.raises(AnalysisError) as refused:
        score_weights(r, np.full((3, 1), 0.7), np.eye(1), method=method)
    assert refused.value.code == "collinear_items"


def test_unit_weights_add_up_the_items_of_each_factor():
    pattern, phi, _, r = model(np.random.default_rng(8))
    pattern[0] *= -1
    r[0, 1:] *= -1
    r[1:, 0] *= -1
    found = score_weights(r, pattern, phi, method="unit")
    assert (np.abs(found.weights).sum(0) == 4).all()
    assert found.weights[0, 0] == -1
    with_factor = (found.weights.T @ pattern @ phi).diagonal()
    variances = (found.weights.T @ r @ found.weights).diagonal()
    np.testing.assert_allclose(found.determinacy, with_factor**2 / variances)
    assert (found.determinacy < score_weights(r, pattern, phi).determinacy).all()
    with pytest.raises(AnalysisError) as refused:
        score_weights(r, np.column_stack([pattern, np.full(12, 0.01)]), np.eye(4), method="unit")
    assert refused.value.code == "no_marker_items"


def test_bartlett_scores_of_answered_items_are_those_of_these_items_alone():
    pattern, phi, uniquenesses, r = model(np.random.default_rng(9))
    z = np.random.default_rng(9).multivariate_normal(np.zeros(12), r, 50)
    z[:20, 1], z[20:30, :4], z[30, :] = np.nan, np.nan, np.nan
    found = scores_by_pattern(z, pattern, phi, uniquenesses, method="bartlett")
    few = np.arange(12) != 1
    part = score_weights(r[np.ix_(few, few)], pattern[few], phi, method="bartlett")
    np.testing.assert_allclose(found.scores[:20], z[:20, few] @ part.weights, atol=1e-10)
    np.testing.assert_allclose(found.determinacy[:20], np.tile(part.determinacy, (20, 1)), atol=1e-10)
    assert np.isnan(found.scores[20:31]).all()  # nothing is known of the first factor, or of any
    whole = score_weights(r, pattern, phi, method="bartlett")
    np.testing.assert_allclose(found.scores[31:], z[31:] @ whole.weights, atol=1e-10)


def test_an_item_explained_altogether_has_no_bartlett_scores():
    pattern = np.array([[1.0], [0.5], [0.5]])
    r = pattern @ pattern.T
    np.fill_diagonal(r, 1)
    with pytest.raises(AnalysisError) as refused:
        score_weights(r, pattern, np.eye(1), method="bartlett")
    assert (refused.value.code, refused.value.numbers["column"]) == ("no_uniqueness", 0)
