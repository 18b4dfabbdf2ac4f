import numpy as np
import pytest

from analysis.numeric.copula import NestedCopula
from analysis.numeric.moments import Moments

PERSONS, ITEMS, BRANDS = 700, 12, 5


@pytest.fixture(scope="module")
def answers():
    """Skewed answers with person effects, brand effects and a third missing by design; no groups."""
    rng = np.random.default_rng(1)
    person, brand = np.repeat(np.arange(PERSONS), 2), rng.integers(0, BRANDS, 2 * PERSONS)
    loadings = np.kron(np.eye(4), np.ones((3, 1))) * 0.8
    latent = (
        0.4 * rng.standard_normal((BRANDS, ITEMS))[brand]
        + 0.6 * rng.standard_normal((PERSONS, 4))[person] @ loadings.T
        + 0.6 * rng.standard_normal((2 * PERSONS, 4)) @ loadings.T
        + 0.6 * rng.standard_normal((2 * PERSONS, ITEMS))
    )
    x = np.digitize(latent, [-0.2, 0.4, 0.9, 1.5]).astype(float) + 1
    x[np.arange(ITEMS) % 3 == rng.integers(0, 3, PERSONS)[person][:, None]] = np.nan
    return x, person, brand


@pytest.fixture(scope="module")
def draws(answers):
    copula = NestedCopula.of(*answers)
    return [copula.drawn(np.random.default_rng(seed)) for seed in range(40)]


def test_margins_and_missing_answers_are_the_datas_own(answers, draws):
    x, *_ = answers
    for drawn in draws[:3]:
        assert (np.isnan(drawn) == np.isnan(x)).all()
        assert set(np.unique(drawn[~np.isnan(drawn)])) <= set(np.unique(x[~np.isnan(x)]))
    for code in range(1, 6):
        found = np.mean([np.nansum(d == code, axis=0) for d in draws], axis=0) / (~np.isnan(x)).sum(0)
        assert found == pytest.approx(np.nansum(x == code, axis=0) / (~np.isnan(x)).sum(0), abs=0.03)


def test_correlations_are_those_of_the_data_however_coarse_the_answers(answers, draws):
    x, *_ = answers
    apart = ~np.eye(ITEMS, dtype=bool)
    found = np.mean([Moments.of(drawn).correlation() for drawn in draws], axis=0)[apart]
    wanted = Moments.of(x).correlation()[apart]
    assert np.abs(found - wanted).mean() < 0.02
    assert np.polyfit(wanted, found, 1)[0] == pytest.approx(1, abs=0.05)


def test_two_ratings_of_one_person_are_as_alike_as_in_the_data(answers, draws):
    def likeness(table):
        one, other = table[::2], table[1::2]
        there = ~np.isnan(one + other)
        return np.mean([np.corrcoef(one[t, j], other[t, j])[0, 1] for j, t in enumerate(there.T)])

    assert np.mean([likeness(drawn) for drawn in draws]) == pytest.approx(likeness(answers[0]), abs=0.05)


def test_brands_differ_as_in_the_data(answers, draws):
    x, _, brand = answers
    means = np.array([np.nanmean(x[brand == b], axis=0) for b in range(BRANDS)])
    found = np.mean([[np.nanmean(d[brand == b], axis=0) for b in range(BRANDS)] for d in draws], axis=0)
    assert np.corrcoef(found.ravel(), means.ravel())[0, 1] > 0.98
    assert np.polyfit(means.ravel(), found.ravel(), 1)[0] == pytest.approx(1, abs=0.1)


def test_one_rating_per_person_leaves_nothing_between_persons(answers):
    x, _, brand = answers
    copula = NestedCopula.of(x, np.arange(len(x)), brand)
    assert np.abs(copula.between).max() == 0
