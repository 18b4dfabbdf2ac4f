import numpy as np
import pytest

from analysis.numeric.resampling import PersonResamples, interval, p_values


def test_means_are_weighted_and_skip_what_is_missing():
    resamples = PersonResamples(np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 0.0]]))
    values = np.array([[1.0, np.nan], [2.0, 5.0], [6.0, np.nan]])
    means = resamples.means(values, np.array([1.0, 1.0, 2.0]), np.array([0, 0, 1]))
    # as they are; all persons once; the first person twice; nobody
    assert means[:, 0] == pytest.approx([15 / 4, 15 / 4, 1.5, np.nan], nan_ok=True)
    assert means[:, 1] == pytest.approx([5, 5, 5, np.nan], nan_ok=True)


def test_intervals_cover_the_truth_when_ratings_depend_on_persons():
    # three ratings per person, nearly copies of each other: drawing ratings would cover far less often
    covered = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        person = np.repeat(np.arange(60), 3)
        values = rng.standard_normal(60)[person] + 0.1 * rng.standard_normal(180)
        resamples = PersonResamples.drawn(60, 200, rng=rng)
        low, high = interval(resamples.means(values[:, None], np.ones(180), person)[1:])
        covered.append(low[0] <= 0 <= high[0])
    assert 0.89 <= np.mean(covered) <= 0.99


def test_what_most_resamples_cannot_show_has_no_interval():
    low, high = interval(np.array([[np.nan, 1.0], [np.nan, 2.0], [3.0, 3.0]]))
    assert np.isnan([low[0], high[0]]).all()
    assert low[1] < high[1]


def test_p_values_are_those_of_a_normal_figure_and_nothing_where_nothing_varies():
    resampled = np.array([[-1.0, 0.0, np.nan], [1.0, 0.0, np.nan]])
    p = p_values(np.array([1.959964, 0.0, 1.0]), resampled)
    assert p[0] == pytest.approx(0.05, abs=1e-6)
    assert np.isnan(p[1:]).all()
