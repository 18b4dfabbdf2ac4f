"""Prediction across persons: nothing leaks from a person's other ratings, and what was planted comes back."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from analysis.numeric.held_out import explained_share, person_folds, predict_held_out
from analysis.numeric.resampling import PersonResamples


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_all_ratings_of_a_person_are_in_one_fold(rng):
    person = rng.integers(0, 50, 300)
    fold = person_folds(person, 5, rng=rng)
    assert all(len(set(fold[person == p])) == 1 for p in np.unique(person))
    sizes = [len(np.unique(person[fold == f])) for f in range(5)]
    assert max(sizes) - min(sizes) <= 1


def test_predictions_are_those_of_scikit_learn(rng):
    x, fold = rng.standard_normal((200, 3)), rng.integers(0, 4, 200)
    y = x @ [1.0, -0.5, 0.0] + rng.standard_normal(200)
    predicted, _ = predict_held_out(x, y, fold)
    assert predicted == pytest.approx(cross_val_predict(LinearRegression(), x, y, cv=PredefinedSplit(fold)))


def test_the_planted_share_comes_back_and_noise_explains_nothing(rng):
    person = np.repeat(np.arange(2000), 2)
    signal, noise = rng.standard_normal((2, 4000))
    values = signal + np.sqrt(3) * rng.standard_normal(4000)
    fold = person_folds(person, 5, rng=rng)
    resamples = PersonResamples.drawn(2000, 200, rng=rng)
    good, bad = (
        explained_share(values, *predict_held_out(x[:, None], values, fold), person, resamples) for x in (signal, noise)
    )
    assert good[0] == pytest.approx(0.25, abs=0.03)
    assert np.quantile(good[1:], 0.025) < 0.25 < np.quantile(good[1:], 0.975)
    assert bad[0] < 0.005
