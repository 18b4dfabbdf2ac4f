"""Random answers and breaks in a series: simulated truth, order that does not matter, and answers that hold nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.numeric.coherence import answers_at_random, mean_correlation, same_answers, stretches

SCALES = np.repeat(np.arange(6), 4)


def careful(n, rng, r=0.5):
    """Five-point answers to six unrelated scales of four items each."""
    latent = np.repeat(rng.standard_normal((n, 6)), 4, axis=1)
    scatter = rng.gamma(4, 1 / 4, (n, 1))
    return np.clip(np.rint(3 + np.sqrt(r) * latent + np.sqrt((1 - r) * scatter) * rng.standard_normal((n, 24))), 1, 5)


def everyone(n):
    return np.ones(n, dtype=bool)


def test_random_answers_are_told_from_careful_ones_whatever_their_share():
    rng = np.random.default_rng(1)
    for share in (0.05, 0.5, 0.85):
        x = careful(600, rng)
        random = np.arange(600) < 600 * share
        # each item's own answers, given by different people
        x[random] = np.column_stack([rng.choice(column, int(random.sum())) for column in x.T])
        found = answers_at_random(x, SCALES, np.arange(600), learning=everyone(600))
        assert found.share == pytest.approx(share, abs=0.08)
        assert (found.probability[random] > 0.5).mean() > 0.7
        assert random[found.probability > 0.9].mean() > 0.85


def test_careful_answers_are_not_taken_for_random():
    x = careful(800, np.random.default_rng(2))
    found = answers_at_random(x, SCALES, np.arange(800), learning=everyone(800))
    assert (found.probability > 0.9).mean() < 0.01
    np.testing.assert_allclose(found.correlations, 0.47, atol=0.1)


def test_people_who_answer_unlike_everybody_and_agree_with_themselves_are_careful():
    # two scales that everybody answers oppositely; some are high on both, some answer at the ends only
    rng = np.random.default_rng(3)
    x = careful(500, rng)
    x[:, 4:8] = 6 - x[:, :4]
    x[:40, :8] = 5
    x[40:60] = np.where(np.repeat(rng.random((20, 6)) < 0.5, 4, axis=1), 5, 1)
    found = answers_at_random(x, SCALES, np.arange(500), learning=everyone(500))
    assert (found.probability[:60] < 0.1).all()


def test_ratings_of_a_person_count_together_and_missing_answers_say_nothing():
    rng = np.random.default_rng(4)
    x = careful(400, rng)
    x[rng.random(x.shape) < 0.3] = np.nan
    x[-2:] = np.nan
    person = np.arange(400) // 2
    found = answers_at_random(x, SCALES, person, learning=everyone(200))
    single = answers_at_random(x, SCALES, np.arange(400), learning=everyone(400))
    assert found.probability.shape == (200,)
    assert np.isnan(found.probability).nonzero()[0].tolist() == [199]
    assert np.isnan(single.probability).nonzero()[0].tolist() == [398, 399]
    assert (found.probability[:-1] > 0.9).mean() < 0.02


def test_people_who_give_one_answer_are_not_what_others_are_measured_by():
    rng = np.random.default_rng(5)
    x = careful(300, rng)
    x[:60] = np.repeat(rng.integers(1, 6, 60), 24).reshape(60, 24)
    varied = np.arange(300) >= 60
    found = answers_at_random(x, SCALES, np.arange(300), learning=varied)
    assert (found.probability[varied] > 0.9).mean() < 0.02


def test_mean_correlation_is_the_mean_over_pairs_of_items_of_a_scale():
    x = careful(5000, np.random.default_rng(6))
    within = np.corrcoef(x.T)[(SCALES[:, None] == SCALES) & ~np.eye(24, dtype=bool)]
    mean, error = mean_correlation(x, SCALES, np.arange(5000))
    assert mean == pytest.approx(within.mean(), abs=1e-9)
    repeated = [mean_correlation(careful(200, np.random.default_rng(s)), SCALES, np.arange(200)) for s in range(60)]
    means, errors = np.array(repeated).T
    assert errors.mean() == pytest.approx(means.std(), rel=0.3)
    assert error < errors.mean() / 3
    assert np.isnan(mean_correlation(np.full((3, 24), np.nan), SCALES, np.arange(3))).all()


def test_a_series_is_cut_where_its_level_changes():
    rng = np.random.default_rng(7)
    values = np.concatenate([rng.normal(0, 1, 90), rng.normal(3, 1, 60), rng.normal(-1, 1, 50)])
    cuts = stretches(values, least=20, level=0.01, rng=rng)
    assert [end for _, end in cuts] == pytest.approx([90, 150, 200], abs=3)
    assert [start for start, _ in cuts] == [0, *(end for _, end in cuts[:-1])]


def test_a_series_without_change_is_seldom_cut():
    rng = np.random.default_rng(8)
    whole = [len(stretches(rng.standard_normal(120), least=20, level=0.05, rng=rng)) == 1 for _ in range(60)]
    assert np.mean(whole) > 0.85
    assert stretches(np.zeros(100), least=20, level=0.05, rng=rng) == ((0, 100),)
    assert stretches(np.arange(30.0), least=20, level=0.05, rng=rng) == ((0, 30),)


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.7, 0.8, 0.9, 1.0]), missing=st.booleans())
def test_same_answers_are_those_found_by_comparing_every_pair(seed, share, missing):
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 3, (25, 10)).astype(float)
    x[5:9] = x[4]
    x[6, 0], x[7, :2] = 9, 9
    if missing:
        x[rng.random(25) < 0.5, 3:5] = np.nan
        x[0] = np.nan
    person = np.arange(25) // 2
    found = same_answers(x, person, share=share)
    for i, row in enumerate(x):
        alike = set()
        for j, other in enumerate(x):
            both = (~np.isnan(row)).tolist() == (~np.isnan(other)).tolist() and not np.isnan(row).all()
            equal = (row == other)[~np.isnan(row)]
            if both and person[i] != person[j] and (~equal).sum() <= (1 - share) * len(equal) + 1e-9:
                alike.add(person[j])
        assert found[i] == len(alike)
