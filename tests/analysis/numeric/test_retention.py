"""Adequacy and number of factors: R's values, known truths, and persons kept together."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.numeric.contingency import Contingency
from analysis.numeric.moments import Moments
from analysis.numeric.polychoric import polychoric
from analysis.numeric.retention import (
    PersonBlocks,
    minimum_average_partial,
    parallel_analysis,
    parallel_analysis_by_permutation,
    parallel_analysis_of_categories,
    retained,
    sampling_adequacy,
    sphericity,
)

CASES = ["harman74", "harman23", "sim4c", "thurstone9", "hs1939", "pvq40"]


@pytest.mark.parametrize("name", CASES)
def test_adequacy_and_sphericity_equal_r(case, name):
    expected = case(name).results("factorability")
    adequacy = sampling_adequacy(expected["R"])
    assert adequacy.overall == pytest.approx(expected["kmo_overall"], abs=1e-9)
    np.testing.assert_allclose(adequacy.items, expected["msa"], atol=1e-9)
    test = sphericity(expected["R"], expected["n"])
    assert test.chi2 == pytest.approx(expected["bartlett"]["chisq"], rel=1e-9)
    assert test.dof == expected["bartlett"]["df"]
    assert test.p_value == pytest.approx(expected["bartlett"]["p_value"], rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("name", CASES)
def test_minimum_average_partial_equals_r(case, name):
    r, expected = case(name).results("factorability")["R"], case(name).results("nfactors")["map"]
    found = minimum_average_partial(r)
    # with components nearly used up the averages rest on differences of rounding size
    k = len(r) - 3
    np.testing.assert_allclose(found.squared[:k], expected["map_sq"][:k], rtol=1e-8)
    np.testing.assert_allclose(found.fourth[:k], expected["map_4"][:k], rtol=1e-8)
    assert (found.suggested, found.suggested_fourth) == (expected["suggest_sq"], expected["suggest_4"])


@pytest.mark.parametrize("name", ["harman74", "harman23", "sim4c", "thurstone9", "hs1939"])
@pytest.mark.parametrize(("spectrum", "prefix"), [("components", "pca"), ("reduced", "smc")])
def test_null_eigenvalues_equal_simulated_data_in_r(case, name, spectrum, prefix):
    source, horn = case(name).results("factorability"), case(name).results("nfactors")["horn"]
    found = parallel_analysis(source["R"], source["n"], rng=np.random.default_rng(1), draws=3000, spectrum=spectrum)
    standard_error = horn[f"{prefix}_sd"] * np.sqrt(1 / horn["iterations"] + 1 / found.draws)
    assert np.all(np.abs(found.mean - horn[f"{prefix}_mean"]) < 4 * standard_error)
    assert np.all(np.abs(found.quantile - horn[f"{prefix}_q95"]) < 4 * 2.1 * standard_error)
    close = np.abs(found.observed - horn[f"{prefix}_q95"]) < 4 * 2.1 * standard_error
    if not close.any():
        assert found.suggested == horn[f"suggest_{prefix}_q95"]
    close_to_mean = np.abs(found.observed - horn[f"{prefix}_mean"]) < 4 * standard_error
    if not close_to_mean.any():
        assert found.suggested_by_mean == horn[f"suggest_{prefix}_mean"]


def test_equal_streams_give_equal_results_and_more_draws_than_a_block_are_made(case):
    r = case("harman23").results("factorability")["R"]
    one, two = (parallel_analysis(r, 305, rng=np.random.default_rng(7), draws=600) for _ in range(2))
    assert one.quantile.tobytes() == two.quantile.tobytes()
    assert one.draws == 600


def test_counting_stops_at_the_first_failure():
    assert retained(np.array([3.0, 1.0, 1.2]), np.array([1.5, 1.1, 1.0])) == 1
    assert retained(np.array([1.0, 1.0]), np.array([1.5, 0.5])) == 0
    assert retained(np.array([2.0, 1.0]), np.array([1.5, 0.5])) == 2


def test_fewer_rows_than_items_are_refused():
    with pytest.raises(AnalysisError) as refused:
        parallel_analysis(np.eye(5), 5, rng=np.random.default_rng(1))
    assert refused.value.code == "too_few_rows"


def nested_ratings(rng, persons=250, items=8, style=1.0):
    """Simulated unrelated items whose ratings resemble each other within a person: 1 to 3 ratings each."""
    person = np.repeat(np.arange(persons), rng.integers(1, 4, persons))
    x = style * rng.normal(size=(persons, items))[person] + rng.normal(size=(len(person), items))
    return x, person


def test_permutation_finds_the_planted_factors_through_planned_missing_answers():
    rng = np.random.default_rng(11)
    noise, person = nested_ratings(rng, items=12, style=0.5)
    factors = rng.normal(size=(person.max() + 1, 3))[person] + rng.normal(size=(len(person), 3))
    x = np.repeat(factors, 4, axis=1) + noise
    form = rng.integers(0, 3, person.max() + 1)[person]
    for left_out in range(3):
        x[np.ix_(form == left_out, [left_out, left_out + 4, left_out + 8])] = np.nan
    found = parallel_analysis_by_permutation(x, person, rng=rng, draws=100)
    assert found.suggested == 3
    assert found.share_fixed < 0.05


def test_permutation_respects_that_ratings_of_a_person_resemble_each_other():
    x, person = nested_ratings(np.random.default_rng(12), style=3.0)
    by_person = parallel_analysis_by_permutation(x, person, rng=np.random.default_rng(1), draws=150)
    by_rating = parallel_analysis_by_permutation(x, np.arange(len(x)), rng=np.random.default_rng(1), draws=150)
    assert by_person.quantile[0] > by_rating.quantile[0] + 3 * by_rating.sd[0] / np.sqrt(150)


def test_permutation_of_single_ratings_equals_the_distribution_it_replaces():
    x = np.random.default_rng(13).normal(size=(300, 6))
    permuted = parallel_analysis_by_permutation(x, np.arange(300), rng=np.random.default_rng(2), draws=400)
    drawn = parallel_analysis(Moments.of(x).correlation(), 300, rng=np.random.default_rng(3), draws=4000)
    assert np.all(np.abs(permuted.mean - drawn.mean) < 4 * drawn.sd / np.sqrt(400))
    assert permuted.share_fixed == 0


def test_answers_that_nobody_can_take_over_are_counted():
    x = np.random.default_rng(14).normal(size=(30, 4))
    person = np.concatenate([np.zeros(9, int), 1 + np.arange(21) // 3])
    found = parallel_analysis_by_permutation(x, person, rng=np.random.default_rng(4), draws=5)
    assert found.share_fixed == pytest.approx(9 / 30)


def test_permutation_moves_whole_persons_and_no_missing_answer():
    rng = np.random.default_rng(15)
    x, person = nested_ratings(rng, persons=60, items=3)
    x[rng.random(x.shape) < 0.2] = np.nan
    shuffle = rng.permutation(len(x))
    blocks = PersonBlocks.of(x[shuffle], person[shuffle])
    table = blocks.permuted(rng)
    np.testing.assert_array_equal(np.isnan(table), np.isnan(blocks.x))
    for before, after in zip(blocks.x.T, table.T, strict=True):
        persons_before, persons_after = (
            sorted(str(column[blocks.owner == a].tolist()) for a in range(60)) for column in (before, after)
        )
        assert persons_before == persons_after
    present = ~np.isnan(table)
    assert np.mean(table[present] != blocks.x[present]) > 0.8


def test_polychoric_permutation_finds_the_planted_factors_of_skewed_answers():
    rng = np.random.default_rng(16)
    factors = rng.normal(size=(400, 2))
    latent = np.repeat(factors, 4, axis=1) + rng.normal(size=(400, 8))
    x = np.stack([np.digitize(column, [0.5, 1.2, 2.0]) for column in latent.T], axis=1).astype(float)
    x[rng.random(x.shape) < 0.05] = np.nan
    choices = {"draws": 60, "matrix": "polychoric"}
    found = parallel_analysis_by_permutation(x, np.arange(400), rng=np.random.default_rng(1), **choices)
    assert found.suggested == 2
    plain = parallel_analysis_by_permutation(x, np.arange(400), rng=np.random.default_rng(1), draws=60)
    # coarse answers hide relations: the same factors show larger eigenvalues behind them
    assert np.all(found.observed[:2] > plain.observed[:2])
    assert np.all(found.mean[0] > plain.mean[0])


def test_permutation_with_weights_is_as_uncertain_as_the_effective_number_of_rows():
    rng = np.random.default_rng(16)
    x, weights = rng.normal(size=(600, 6)), rng.choice([0.1, 3.0], 600)
    person = np.arange(600)
    weighted = parallel_analysis_by_permutation(x, person, rng=rng, draws=300, weights=weights)
    effective = round(Moments.of(x, weights).effective_rows)
    drawn = parallel_analysis(Moments.of(x, weights).correlation(), effective, rng=rng, draws=4000)
    assert effective < 400
    assert abs(weighted.mean[0] - drawn.mean[0]) < 5 * drawn.sd[0] / np.sqrt(300)
    doubled = parallel_analysis_by_permutation(
        x, person, rng=np.random.default_rng(1), draws=20, weights=np.full(600, 2.0)
    )
    plain = parallel_analysis_by_permutation(x, person, rng=np.random.default_rng(1), draws=20)
    np.testing.assert_allclose(doubled.quantile, plain.quantile, rtol=1e-12)


def test_weights_follow_rows_that_are_sorted_by_person():
    rng = np.random.default_rng(17)
    x, person, weights = rng.normal(size=(200, 4)), rng.permutation(200), rng.uniform(0.2, 2, 200)
    order = np.argsort(person)
    one, two = (
        parallel_analysis_by_permutation(x[o], person[o], rng=np.random.default_rng(1), draws=20, weights=weights[o])
        for o in (np.arange(200), order)
    )
    np.testing.assert_allclose(one.quantile, two.quantile, rtol=1e-12)


def test_skewed_categories_need_larger_eigenvalues_than_the_normal_null_says():
    rng = np.random.default_rng(18)
    skewed = (rng.normal(size=(500, 8)) > 1.3).astype(np.int8)
    found = polychoric(Contingency.of(skewed))
    cut = parallel_analysis_of_categories(found, 500, rng=rng, draws=100)
    normal = parallel_analysis(np.eye(8), 500, rng=rng, draws=1000)
    assert cut.mean[0] > normal.mean[0] + 0.2
    permuted = parallel_analysis_by_permutation(
        skewed.astype(float), np.arange(500), rng=rng, draws=100, matrix="polychoric"
    )
    assert np.all(np.abs(cut.mean - permuted.mean) < 5 * np.hypot(cut.sd, permuted.sd) / 10)
    assert cut.suggested == 0
