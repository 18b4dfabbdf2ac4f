import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factoring import decide_factoring
from analysis.factors import learn_factors, learn_solution
from analysis.measurement import MeasurementPlan, measure
from analysis.numeric.arrangement import Arrangement, congruence
from analysis.numeric.extraction import extract, fit
from analysis.numeric.incomplete import normal_estimate
from instruments.measures import Measures, ScaleMeasure
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
    assert caveats == ()
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


def study(x, person, *, brands=2):
    """Answers as a study of scales of four items each."""
    scales = tuple(
        ScaleMeasure(f"s{i}", {"en": f"Scale {i}"}, tuple(f"s{i}_{j}" for j in range(4)), 1, 9)
        for i in range(x.shape[1] // 4)
    )
    columns = [column for scale in scales for column in scale.columns]
    frame = pd.DataFrame(x, columns=columns).assign(person=person, brand=(np.arange(len(x)) % brands).astype(str))
    measures = Measures(
        brand="brand",
        person="person",
        brands={str(i): {"en": f"B{i}"} for i in range(brands)},
        scales=scales,
        outcomes=(),
    )
    return Dataset.from_frame(frame, measures, INFO, sha256="0" * 64)


def whole(n=400, *, missing=False):
    """The planted factors answered on five points by persons who rate two brands each."""
    x, pattern, phi, _ = planted(n, missing=missing)
    return study(np.clip(np.rint(3 + 1.2 * x), 1, 5), np.repeat(np.arange(n // 2), 2)), pattern, phi


def learned(dataset, **choices):
    everyone = np.ones(len(dataset.ratings), dtype=bool)
    plan = quick_plan(**({"loading_resamples": 0, "rotation_starts": 2} | choices))
    return learn_factors(dataset, everyone, plan=plan, rng=np.random.default_rng(RNG))


@pytest.mark.parametrize(
    ("choices", "asked"),
    [
        ({}, {}),
        ({"extraction": "ml", "rotation": "geomin"}, {"method": "ml", "rotation": "geomin"}),
        ({"extraction": "paf", "rotation": "promax"}, {"method": "paf", "rotation": "promax"}),
        ({"matrix": "polychoric", "rotation": "varimax"}, {"matrix": "polychoric", "rotation": "varimax"}),
    ],
)
def test_complete_answers_give_what_measure_gives(choices, asked):
    dataset, *_ = whole()
    _, factors, _ = learned(dataset, n_factors=3, **choices)
    plan = MeasurementPlan(items=dataset.item_columns, person="person", factors=3, resamples=0, draws=100, **asked)
    efa = measure(dataset.ratings, plan).efa
    theirs = efa.pattern.to_frame().to_numpy()
    towards = Arrangement.towards(theirs, np.array(factors.loadings))
    assert towards.columns(theirs) == pytest.approx(np.array(factors.loadings), abs=1e-5)
    assert [row.communality for row in factors.table] == pytest.approx(
        [item.communality for item in efa.items], abs=1e-5
    )
    assert [row.unclear for row in factors.table] == [item.unclear for item in efa.items]
    for name in ("chi2", "rmsea", "rmsea_low", "rmsea_high", "tli", "cfi", "bic", "srmr"):
        assert getattr(factors.fit, name) == pytest.approx(getattr(efa.fit, name), rel=1e-5, abs=1e-7), name
    assert (factors.fit.basis, factors.fit.n) == ("complete", 200)


def test_many_missing_answers_are_judged_by_the_likelihood_of_those_given(dataset):
    _, factors, caveats = learned(dataset, n_factors=8)
    assert (factors.fit.basis, caveats) == ("likelihood", ())
    # eight dimensions of three items are what was planted, and taking each person as complete rejects it
    assert factors.fit.rmsea_low < 0.03
    plain = extract(np.array(factors.correlations), 8)
    naive = fit(np.array(factors.correlations), plain.loadings, plain.uniquenesses, factors.n_persons)
    assert factors.fit.rmsea < naive.rmsea
    assert factors.bartlett_p < 1e-6
    _, fewer, _ = learned(dataset, n_factors=2)
    assert fewer.fit.rmsea > 0.1
    assert fewer.fit.cfi < 0.85 < factors.fit.cfi


def test_criteria_stand_side_by_side_and_kaiser_never_decides():
    dataset, *_ = whole()
    _, factors, _ = learned(dataset)
    criteria = {row.criterion: row for row in factors.retention}
    assert [name for name, row in criteria.items() if row.decides] == ["parallel_permutation"]
    assert {"parallel_permutation_reduced", "parallel_normal", "parallel_normal_reduced", "map", "map_fourth"} <= set(
        criteria
    )
    assert {"empirical_kaiser", "hull", "kaiser", "parallel_normal_mean", "parallel_permutation_mean"} <= set(criteria)
    assert len(factors.factors) == 3
    assert criteria["hull"].suggested == criteria["map"].suggested == 3
    above = sum(o > r for o, r in zip(criteria["kaiser"].observed, criteria["kaiser"].reference, strict=True))
    assert criteria["kaiser"].suggested == above
    _, fixed, _ = learned(dataset, n_factors=2)
    assert not any(row.decides for row in fixed.retention)


def test_intervals_of_loadings_hold_what_was_planted():
    dataset, pattern, _ = whole(800, missing=True)
    _, factors, _ = learned(dataset, n_factors=3, loading_resamples=60)
    bounds = factors.intervals
    turn = Arrangement.towards(pattern, np.array(factors.loadings))
    planted_here = turn.columns(pattern)
    inside = (np.array(bounds.low) - 0.05 < planted_here) & (planted_here < np.array(bounds.high) + 0.05)
    assert inside.mean() > 0.9
    assert min(bounds.congruence) > 0.95
    frame = factors.to_frame()
    assert (frame["loading_low"] < frame["loading"]).all()
    assert (frame["loading"] < frame["loading_high"]).all()
    assert list(frame.index) == list(factors.items)


def test_levels_repeat_the_factors_where_ratings_and_persons_share_them():
    rng = np.random.default_rng(9)
    x, *_ = planted(900, missing=False)
    between = planted(450, missing=False)[0][rng.permutation(450)]
    person = np.repeat(np.arange(450), 2)
    dataset = study(x + 0.8 * between[person], person)
    _, factors, _ = learned(dataset, n_factors=3)
    levels = {level.level: level for level in factors.levels}
    assert min(levels["within_person"].congruence) > 0.95
    assert min(levels["between_person"].congruence) > 0.9
    # two brands have no factors
    assert (levels["between_brand"].n, levels["between_brand"].loadings) == (2, ())
    assert np.mean([row.icc for row in factors.table]) == pytest.approx(0.64 / 1.64, abs=0.06)


def test_the_second_engine_can_take_our_place():
    dataset, *_ = whole()
    _, ours, _ = learned(dataset, n_factors=3)
    solution, theirs, _ = learned(dataset, n_factors=3, engine="factor-analyzer")
    assert (theirs.engine, theirs.engines) == ("factor-analyzer", {})
    towards = Arrangement.towards(np.array(theirs.loadings), np.array(ours.loadings))
    assert towards.columns(np.array(theirs.loadings)) == pytest.approx(np.array(ours.loadings), abs=1e-3)
    assert theirs.kmo == pytest.approx(ours.kmo, abs=1e-9)
    assert theirs.bartlett_chi2 == pytest.approx(ours.bartlett_chi2)
    assert theirs.fit.chi2 == pytest.approx(ours.fit.chi2, rel=1e-3)
    assert solution.scored(dataset.items).shape == (400, 3)


def test_a_rotation_to_the_scales_gives_each_scale_its_factor():
    dataset, *_ = whole()
    _, factors, _ = learned(dataset, rotation="target")
    assert [row.primary for row in factors.table] == [f"F{i + 1}" for i in range(3) for _ in range(4)]
    with pytest.raises(AnalysisError, match="as many factors as scales: 3, not 2"):
        learned(dataset, rotation="target", n_factors=2)


def test_unclear_items_break_the_rules_of_the_plan():
    dataset, *_ = whole()
    _, factors, _ = learned(dataset, n_factors=3, least_loading=0.95, least_gap=0.0, least_communality=0.0)
    assert {row.unclear for row in factors.table} == {("low_loading",)}


def test_one_factor_and_no_rotation_need_no_second_loading():
    dataset, *_ = whole()
    _, one, _ = learned(dataset, n_factors=1)
    assert {(row.second, row.gap) for row in one.table} == {(None, None)}
    _, plain, _ = learned(dataset, n_factors=2, rotation="none", loading_resamples=20)
    assert plain.intervals is None
    assert plain.factor_correlations == ((1.0, 0.0), (0.0, 1.0))


def test_the_kind_of_correlation_is_chosen_with_a_reason():
    complete, *_ = whole()
    sparse, *_ = whole(missing=True)

    def chosen(items):
        how = decide_factoring(items, ("s",) * items.shape[1], quick_plan(matrix="auto"))
        return how.matrix, how.reason

    assert chosen(complete.items) == ("polychoric", "few_categories")
    assert chosen(sparse.items) == ("pearson", "incomplete")
    seven = np.clip(np.rint(4 + 1.3 * planted(missing=False)[0]), 1, 7)
    assert chosen(seven) == ("pearson", "many_categories")
    assert chosen(np.where(seven < 6, 1, seven)) == ("polychoric", "few_categories")
    skewed = np.clip(np.rint(1 + np.exp(planted(missing=False)[0])), 1, 9)
    assert chosen(skewed) == ("polychoric", "skewed")
    assert chosen(seven + 0.5) == ("pearson", "not_whole")


def test_polychoric_correlations_of_items_missing_by_design_are_repaired_and_said_to_be():
    dataset, *_ = whole(160, missing=True)
    _, factors, caveats = learned(dataset, n_factors=3, matrix="polychoric")
    assert factors.matrix == "polychoric"
    assert "fit_incomplete" in {caveat.code for caveat in caveats}
    smallest = np.linalg.eigvalsh(np.array(factors.correlations))[0]
    assert smallest > 0
    assert ("correlations_repaired" in {caveat.code for caveat in caveats}) == (smallest < 1e-6)


def test_weights_and_a_start_do_not_change_what_an_estimate_converges_to():
    x, *_ = planted(200)
    twice = normal_estimate(np.concatenate([x, x[:50]]), tolerance=1e-9)
    counted = normal_estimate(x, weights=np.where(np.arange(200) < 50, 2.0, 1.0), tolerance=1e-9)
    started = normal_estimate(
        x, weights=np.where(np.arange(200) < 50, 2.0, 1.0), tolerance=1e-9, start=normal_estimate(x)
    )
    assert counted.covariance == pytest.approx(twice.covariance, abs=1e-6)
    assert started.covariance == pytest.approx(twice.covariance, abs=1e-6)
    roughly = normal_estimate(x, tolerance=1e-3, start=counted)
    assert roughly.iterations < normal_estimate(x, tolerance=1e-3).iterations


def test_findings_of_factors_are_plain_values(dataset):
    _, factors, _ = learned(dataset, n_factors=3)
    assert all(isinstance(value, float) for row in factors.structure for value in row)
    assert dataclasses.asdict(factors)["fit"]["basis"] == "likelihood"
