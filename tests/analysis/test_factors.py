import numpy as np
import pytest

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factors import learn_factors, learn_solution
from analysis.numeric.arrangement import Arrangement, congruence
from tests.analysis.simulated import INFO, Simulation, quick_plan

RNG = 7


def planted(n=600, *, missing=True):
    """Answers to twelve items of three correlated factors, a third of them missing by design."""
    rng = np.random.default_rng(3)
    pattern = np.kron(np.eye(3), np.array([[0.8], [0.7], [0.75], [0.6]]))
    phi = np.array([[1, 0.4, 0.2], [0.4, 1, 0.1], [0.2, 0.1, 1]])
    scores = rng.multivariate_normal(np.zeros(3), phi, n)
    unique = np.sqrt(1 - ((pattern @ phi) * pattern).sum(1))
    x = scores @ pattern.T + unique * rng.standard_normal((n, 12))
    if missing:
        x[np.arange(12) % 3 == rng.integers(0, 3, n)[:, None]] = np.nan
    return x, pattern, phi, scores


@pytest.mark.parametrize("missing", [False, True])
def test_planted_factors_are_recovered_with_items_missing_by_design(missing):
    x, pattern, phi, scores = planted(missing=missing)
    solution = learn_solution(x, 3, starts=5, rng=np.random.default_rng(RNG))
    solution = solution.arranged(Arrangement.towards(solution.pattern, pattern))
    assert np.abs(np.diag(congruence(solution.pattern, pattern))).min() > 0.98
    assert np.abs(solution.phi - phi).max() < 0.12
    found = solution.scored(x)
    assert min(np.corrcoef(found[:, j], scores[:, j])[0, 1] for j in range(3)) > 0.8


def test_scores_are_standard_on_the_learning_half_and_move_with_their_factors():
    x, *_ = planted()
    solution = learn_solution(x, 3, starts=5, rng=np.random.default_rng(RNG))
    scores = solution.scored(x)
    assert scores.mean(0) == pytest.approx([0, 0, 0], abs=1e-12)
    assert scores.std(0, ddof=1) == pytest.approx([1, 1, 1])
    turned = Arrangement(np.array([2, 0, 1]), np.array([-1.0, 1.0, -1.0]))
    assert solution.arranged(turned).scored(x) == pytest.approx(turned.columns(scores))


def test_the_table_of_a_study_names_its_factors_after_scales(dataset):
    learning = dataset.person_numbers % 2 == 0
    _, factors, caveats = learn_factors(dataset, learning, plan=quick_plan(), rng=np.random.default_rng(RNG))
    # four groups lie in three dimensions
    assert len(factors.factors) == factors.retention[0].suggested == 3
    assert factors.retention[0].criterion == "parallel_permutation"
    strength = [row for row, scale in zip(factors.loadings, factors.item_scales, strict=True) if scale == "strength"]
    assert factors.factor_labels[int(np.mean(strength, axis=0).argmax())]["en"] == "Strength"
    assert factors.n_persons == 350
    assert [caveat.code for caveat in caveats] == ["fit_incomplete"]
    assert caveats[0].numbers["percent"] == pytest.approx(100 / 3)
    shares = np.array(factors.loadings) * (np.array(factors.loadings) @ np.array(factors.factor_correlations))
    assert shares.sum() / 24 == pytest.approx(sum(factors.variance))
    assert shares.sum(1) == pytest.approx(factors.communalities)


def test_the_scale_that_loads_most_loads_positively(dataset):
    learning = dataset.person_numbers % 2 == 0
    _, factors, _ = learn_factors(dataset, learning, plan=quick_plan(), rng=np.random.default_rng(RNG))
    loadings, scales = np.array(factors.loadings), np.array(factors.item_scales)
    for column in loadings.T:
        by_scale = {scale: column[scales == scale].mean() for scale in scales}
        assert max(by_scale.values(), key=abs) > 0


def test_reversed_items_are_named_and_load_as_their_scale_does(dataset):
    learning = dataset.person_numbers % 2 == 0
    _, factors, _ = learn_factors(dataset, learning, plan=quick_plan(), rng=np.random.default_rng(RNG))
    assert factors.item_reversed == tuple(item.endswith("_1") for item in factors.items)
    loadings, turned = np.array(factors.loadings), np.array(factors.item_reversed)
    strongest = np.abs(loadings).argmax(1)
    for scale in set(factors.item_scales):
        own = np.array(factors.item_scales) == scale
        signs = np.sign(loadings[np.arange(len(loadings)), strongest])
        assert set(signs[own & turned]) == set(signs[own & ~turned])


def test_the_plan_may_fix_the_number_of_factors(dataset):
    learning = dataset.person_numbers % 2 == 0
    plan = quick_plan(n_factors=2)
    _, factors, _ = learn_factors(dataset, learning, plan=plan, rng=np.random.default_rng(RNG))
    assert len(factors.factors) == 2


def test_items_that_never_vary_are_refused_by_name():
    simulation = Simulation(persons=80)
    frame = simulation.frame().assign(warm_0=4)
    dataset = Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0")
    everyone = np.ones(len(dataset.ratings), dtype=bool)
    with pytest.raises(AnalysisError, match="warm_0") as refusal:
        learn_factors(dataset, everyone, plan=quick_plan(), rng=np.random.default_rng(RNG))
    assert refusal.value.code == "constant_items"
