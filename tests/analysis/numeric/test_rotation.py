"""Rotation: R's optima, the best of several minima, and nothing implied by the factors ever changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.arrangement import Arrangement, congruence
from analysis.numeric.rotation import geomin, oblimin, rotate, rotate_to_target, varimax

CASES = [
    ("harman74", "efa", 4),
    ("harman74", "efa", 5),
    ("harman23", "efa", 2),
    ("sim4c", "efa", 3),
    ("sim_arch", "efa", 4),
    ("bfi25", "efa_listwise", 5),
    ("thurstone9", "efa", 3),
    ("pvq40", "efa", 4),
]
CRITERIA = ["varimax", "oblimin", "geomin", "geomin_orthogonal", "promax"]


def rotated_like(found, expected):
    """Pattern and factor correlations in the order and direction of R's."""
    arranged = found.arranged(Arrangement.towards(found.pattern, expected))
    return arranged.pattern, arranged.phi


@pytest.fixture(params=[(*c, m) for c in CASES for m in ("minres", "ml")], ids=lambda c: f"{c[0]}-{c[2]}-{c[3]}")
def tight(request, case):
    name, family, k, method = request.param
    return case(name).results(family)[f"{method}_k{k}"]["tight"]


@pytest.mark.parametrize(
    ("criterion", "kaiser", "key"),
    [
        ("oblimin", False, "oblimin_gam0"),
        ("oblimin", True, "oblimin_gam0_kaiser_normalised"),
        ("varimax", False, "varimax_global"),
    ],
)
def test_smooth_rotations_equal_the_optimum_of_r(tight, criterion, kaiser, key):
    expected = tight[key]
    found = rotate(tight["unrotated"], criterion, kaiser=kaiser, rng=np.random.default_rng(1), starts=5)
    pattern, phi = rotated_like(found, expected["loadings"])
    assert found.converged
    assert found.value == pytest.approx(expected["criterion"], abs=1e-8)
    np.testing.assert_allclose(pattern, expected["loadings"], atol=1e-5)
    if expected["phi"] is not None:
        np.testing.assert_allclose(phi, expected["phi"], atol=1e-5)


def test_kaiser_varimax_and_promax_equal_r(tight):
    found = rotate(tight["unrotated"], "varimax", rng=np.random.default_rng(1), starts=5)
    pattern, phi = rotated_like(found, tight["varimax_kaiser"])
    np.testing.assert_allclose(pattern, tight["varimax_kaiser"], atol=1e-5)
    np.testing.assert_allclose(phi, np.eye(len(phi)), atol=1e-12)
    expected = tight["promax_m4_on_kaiser_varimax"]
    pattern, phi = rotated_like(
        rotate(tight["unrotated"], "promax", rng=np.random.default_rng(1), starts=5), expected["loadings"]
    )
    np.testing.assert_allclose(pattern, expected["loadings"], atol=1e-5)
    np.testing.assert_allclose(phi, expected["phi"], atol=1e-5)


@pytest.mark.parametrize(
    ("criterion", "key"), [("geomin", "geominQ_delta01"), ("geomin_orthogonal", "geominT_delta01")]
)
def test_geomin_finds_a_minimum_at_least_as_good_as_thirty_starts_in_r(tight, criterion, key):
    expected = tight[key]
    found = rotate(tight["unrotated"], criterion, rng=np.random.default_rng(1))
    assert found.converged
    assert found.value <= expected["criterion"] + 1e-7
    assert 0 < found.share_at_best <= 1
    if found.value > expected["criterion"] - 1e-7:
        pattern, _ = rotated_like(found, expected["loadings"])
        np.testing.assert_allclose(pattern, expected["loadings"], atol=1e-4)


def test_one_start_can_miss_the_best_geomin_minimum_and_many_say_so(case):
    loadings = case("harman74").results("efa")["minres_k4"]["tight"]["unrotated"]
    one = rotate(loadings, "geomin_orthogonal", rng=np.random.default_rng(1), starts=1)
    many = rotate(loadings, "geomin_orthogonal", rng=np.random.default_rng(1), starts=30)
    assert many.value < one.value - 0.01
    assert many.share_at_best < 1


@pytest.mark.parametrize("name", ["harman74", "sim_arch"])
def test_kaiser_promax_is_the_promax_of_psych(case, name):
    solution = case(name).results("efa")["minres_k4"]
    expected = solution["psych"]["promax"]
    found = rotate(solution["tight"]["unrotated"], "promax", kaiser=True, rng=np.random.default_rng(1), starts=5)
    pattern, phi = rotated_like(found, expected["loadings"])
    # psych's varimax stops up to 1e-2 short of its optimum
    np.testing.assert_allclose(pattern, expected["loadings"], atol=5e-3)
    np.testing.assert_allclose(phi, expected["phi"], atol=5e-3)


@pytest.mark.parametrize("criterion", [varimax, oblimin, geomin])
def test_slopes_of_the_criteria_are_exact(criterion):
    pattern = np.random.default_rng(3).normal(size=(1, 6, 3))
    slope = criterion(pattern)[1][0]
    for i, j in np.ndindex(6, 3):
        step = np.zeros((1, 6, 3))
        step[0, i, j] = 1e-6
        numerical = (criterion(pattern + step)[0] - criterion(pattern - step)[0])[0] / 2e-6
        assert slope[i, j] == pytest.approx(numerical, abs=1e-6)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    p=st.integers(6, 14),
    k=st.integers(1, 4),
    criterion=st.sampled_from(CRITERIA),
    kaiser=st.booleans(),
)
def test_rotation_keeps_what_the_factors_imply(seed, p, k, criterion, kaiser):
    loadings = np.random.default_rng(seed).uniform(-0.7, 0.7, (p, k))
    found = rotate(loadings, criterion, kaiser=kaiser, rng=np.random.default_rng(seed), starts=3)
    implied = loadings @ loadings.T
    np.testing.assert_allclose(found.pattern @ found.phi @ found.pattern.T, implied, atol=1e-9)
    np.testing.assert_allclose(found.communalities, np.diag(implied), atol=1e-9)
    np.testing.assert_allclose(np.diag(found.phi), 1, atol=1e-12)
    np.testing.assert_allclose(found.pattern, loadings @ np.linalg.inv(found.transformation).T, atol=1e-9)
    np.testing.assert_allclose(found.phi, found.transformation.T @ found.transformation, atol=1e-12)
    sizes = (found.pattern**2).sum(0)
    assert np.all(np.diff(sizes) <= 1e-12)
    assert np.all(found.pattern.sum(0) >= 0)


@given(seed=st.integers(0, 10_000))
def test_an_arrangement_moves_everything_together(seed):
    rng = np.random.default_rng(seed)
    loadings = rng.uniform(-0.7, 0.7, (9, 3))
    found = rotate(loadings, "oblimin", rng=rng, starts=1)
    moved = found.arranged(Arrangement(rng.permutation(3), rng.choice([-1.0, 1.0], 3)))
    np.testing.assert_allclose(moved.structure @ moved.pattern.T, found.structure @ found.pattern.T, atol=1e-12)
    np.testing.assert_allclose(moved.pattern, loadings @ np.linalg.inv(moved.transformation).T, atol=1e-12)
    back = moved.arranged(Arrangement.towards(moved.pattern, found.pattern))
    np.testing.assert_array_equal(back.pattern, found.pattern)
    np.testing.assert_array_equal(back.phi, found.phi)


def test_congruence_of_a_column_of_zeros_is_zero():
    one, other = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[-2.0], [-2.0]])
    np.testing.assert_allclose(congruence(one, other), [[-1.0], [0.0]])


@pytest.mark.parametrize("oblique", [True, False])
def test_rotation_to_a_target_finds_the_pattern_behind_it(oblique):
    rng = np.random.default_rng(21)
    pattern = np.kron(np.eye(3), np.ones((4, 1))) * rng.uniform(0.5, 0.9, (12, 1))
    phi = 0.7 * np.eye(3) + 0.3 if oblique else np.eye(3)
    mixed = pattern @ np.linalg.cholesky(phi) @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    plain = rotate_to_target(mixed, np.where(pattern == 0, 0.0, np.nan), rng=rng, oblique=oblique)
    np.testing.assert_allclose(np.abs(plain.pattern), pattern, atol=1e-5)
    assert plain.value < 1e-10
    np.testing.assert_allclose(np.abs(plain.phi), phi, atol=1e-5)


def test_a_complete_target_is_met_as_procrustes_meets_it(case):
    loadings = case("harman74").results("efa")["minres_k4"]["tight"]["unrotated"]
    target = case("harman74").results("efa")["minres_k4"]["tight"]["varimax_kaiser"]
    shuffled = -target[:, [2, 0, 3, 1]]
    found = rotate_to_target(loadings, shuffled, oblique=False, rng=np.random.default_rng(1))
    left, _, right = np.linalg.svd(loadings.T @ shuffled)
    np.testing.assert_allclose(found.transformation, left @ right, atol=1e-6)
    assert found.value == pytest.approx(((found.pattern - shuffled) ** 2).sum())
    assert found.converged


def test_a_factor_without_target_is_refused():
    target = np.zeros((6, 2))
    target[:, 1] = np.nan
    with pytest.raises(AnalysisError) as refused:
        rotate_to_target(np.ones((6, 2)), target, rng=np.random.default_rng(1))
    assert refused.value.code == "empty_target"


@pytest.mark.parametrize("name", ["harman74", "sim_arch"])
@pytest.mark.parametrize(("key", "oblique"), [("pstQ", True), ("pstT", False), ("targetQ", True), ("targetT", False)])
def test_rotation_to_a_target_equals_r(case, name, key, oblique):
    loadings = case(name).results("efa")["minres_k4"]["tight"]
    reference = case(name).results("target")
    expected = reference[key]
    partly = np.where(reference["weights"] > 0, reference["target"], np.nan)
    target = partly if key.startswith("pst") else loadings["varimax_kaiser"]
    rng = np.random.default_rng(1)
    found = rotate_to_target(loadings["unrotated"], target, oblique=oblique, rng=rng, starts=10)
    assert found.converged
    np.testing.assert_allclose(found.pattern, expected["loadings"], atol=1e-5)
    np.testing.assert_allclose(found.phi, expected["phi"], atol=1e-5)


@pytest.mark.parametrize("name", ["harman74", "sim_arch"])
def test_quartimin_equals_r_and_is_oblimin(case, name):
    unrotated = case(name).results("efa")["minres_k4"]["tight"]["unrotated"]
    expected = case(name).results("target")["quartimin"]
    quartimin, same = (rotate(unrotated, c, rng=np.random.default_rng(1), starts=5) for c in ("quartimin", "oblimin"))
    pattern, phi = rotated_like(quartimin, expected["loadings"])
    np.testing.assert_allclose(pattern, expected["loadings"], atol=1e-5)
    np.testing.assert_allclose(phi, expected["phi"], atol=1e-5)
    np.testing.assert_array_equal(quartimin.pattern, same.pattern)


def test_without_rotation_the_factors_stay_as_they_are():
    loadings = np.array([[0.2, -0.7], [0.3, -0.6], [0.1, -0.5]])
    found = rotate(loadings, "none", rng=np.random.default_rng(1))
    np.testing.assert_array_equal(found.pattern, -loadings[:, ::-1] * [1, -1])
    np.testing.assert_array_equal(found.phi, np.eye(2))
