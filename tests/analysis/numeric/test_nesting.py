"""Within- and between-group covariances: analysis of variance, additivity, missing answers, recovered truth."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.numeric.nesting import NestedMoments, as_correlation, crossed_covariances

BETWEEN = np.array([[1.0, 0.5, 0.0], [0.5, 0.8, -0.2], [0.0, -0.2, 0.3]])
WITHIN = np.array([[2.0, -0.4, 0.6], [-0.4, 1.0, 0.2], [0.6, 0.2, 1.5]])


def ratings(rng, persons, largest=4):
    """Simulated ratings, 1 to ``largest`` for each person."""
    person = np.repeat(np.arange(persons), rng.integers(1, largest + 1, persons))
    means = 50 + rng.multivariate_normal(np.zeros(3), BETWEEN, persons)
    return means[person] + rng.multivariate_normal(np.zeros(3), WITHIN, len(person)), person


def by_definition(x, person, i, j):
    """One-way analysis of (co)variance of two items, over the rows that have both."""
    both = ~np.isnan(x[:, i] + x[:, j])
    x, person = x[both][:, [i, j]], person[both]
    groups = [x[person == g] for g in np.unique(person)]
    sizes, n = np.array([len(g) for g in groups]), len(x)
    inside = sum(((g - g.mean(0))[:, 0] @ (g - g.mean(0))[:, 1] for g in groups), 0.0)
    across = sum(len(g) * np.prod(g.mean(0) - x.mean(0)) for g in groups)
    within, square = inside / (n - len(groups)), across / (len(groups) - 1)
    return within, (square - within) / ((n - (sizes**2).sum() / n) / (len(groups) - 1))


@given(seed=st.integers(0, 10_000), missing=st.sampled_from(["none", "by person", "anywhere"]))
def test_both_covariances_equal_the_analysis_of_variance(seed, missing):
    rng = np.random.default_rng(seed)
    x, person = ratings(rng, 25)
    if missing == "by person":
        x[(rng.random((25, 3)) < 0.2)[person]] = np.nan
    if missing == "anywhere":
        x[rng.random(x.shape) < 0.2] = np.nan
    shuffle = rng.permutation(len(x))
    found = NestedMoments.of(x[shuffle], person[shuffle])
    for i, j in ((0, 0), (1, 0), (2, 1)):
        within, between = by_definition(x, person, i, j)
        assert found.within_covariance[i, j] == pytest.approx(within, abs=1e-9)
        assert found.between_covariance[i, j] == pytest.approx(between, abs=1e-9)
        assert found.between_covariance[j, i] == pytest.approx(between, abs=1e-9)


def test_parts_with_whole_persons_add_up():
    x, person = ratings(np.random.default_rng(2), 40)
    x[:10] += 1000  # parts about different origins
    parts = [
        NestedMoments.of(x[inside], person[inside])
        for inside in (person < 4, (person >= 4) & (person < 30), person >= 30)
    ]
    total, whole = reduce(add, parts), NestedMoments.of(x, person)
    np.testing.assert_array_equal(total.groups, whole.groups)
    np.testing.assert_allclose(total.within_covariance, whole.within_covariance, atol=1e-7)
    np.testing.assert_allclose(total.between_covariance, whole.between_covariance, rtol=1e-9)


def test_simulated_truth_is_recovered():
    found = NestedMoments.of(*ratings(np.random.default_rng(3), 20_000))
    np.testing.assert_allclose(found.within_covariance, WITHIN, atol=0.05)
    np.testing.assert_allclose(found.between_covariance, BETWEEN, atol=0.05)
    np.testing.assert_allclose(found.intraclass, np.diag(BETWEEN) / np.diag(BETWEEN + WITHIN), atol=0.02)
    assert as_correlation(found.between_covariance)[0, 1] == pytest.approx(0.5 / np.sqrt(0.8), abs=0.05)


def test_groups_that_do_not_differ_have_no_correlation_and_an_intraclass_not_above_zero():
    x = np.array([[1.0, 5.0], [3.0, 1.0], [1.0, 1.0], [3.0, 5.0]])
    found = NestedMoments.of(x, np.array([0, 0, 1, 1]))
    assert (found.intraclass < 0).all()
    assert np.isnan(as_correlation(found.between_covariance)).all()


@pytest.mark.parametrize(
    ("person", "code"), [(np.arange(6), "single_ratings"), (np.zeros(6, dtype=int), "single_group")]
)
def test_what_cannot_be_divided_is_refused(person, code):
    found = NestedMoments.of(np.random.default_rng(4).normal(size=(6, 2)), person)
    with pytest.raises(AnalysisError) as refused:
        found.between_covariance  # noqa: B018  (a property that refuses)
    assert refused.value.code == code


def rated(rng, persons, brands, kept=1.0):
    """Simulated ratings of brands by persons; of a share of all combinations."""
    person, brand = (axis.ravel() for axis in np.indices((persons, brands)))
    own = 4 + rng.multivariate_normal(np.zeros(3), BETWEEN, persons)
    image = rng.multivariate_normal(np.zeros(3), WITHIN / 2, brands)
    x = own[person] + image[brand] + rng.multivariate_normal(np.zeros(3), WITHIN, len(person))
    chosen = rng.random(len(person)) < kept
    return x[chosen], person[chosen], brand[chosen]


def test_complete_ratings_give_the_two_way_analysis_of_variance():
    persons, brands = 40, 7
    x, person, brand = rated(np.random.default_rng(1), persons, brands)
    found = crossed_covariances(x, person, brand)
    table = x.reshape(persons, brands, 3)
    of_person, of_brand, mean = table.mean(1), table.mean(0), x.mean(0)
    rest = (table - of_person[:, None] - of_brand + mean).reshape(-1, 3)
    within = rest.T @ rest / ((persons - 1) * (brands - 1))
    np.testing.assert_allclose(found.within, within, atol=1e-12)
    np.testing.assert_allclose(found.person, np.cov(of_person.T) - within / brands, atol=1e-12)
    np.testing.assert_allclose(found.brand, np.cov(of_brand.T) - within / persons, atol=1e-12)
    np.testing.assert_allclose(found.intraclass.sum(0), 1)
    assert (found.persons == persons).all()
    assert (found.brands == brands).all()


def test_what_persons_and_brands_bring_is_recovered_from_part_of_all_ratings():
    rng = np.random.default_rng(2)
    x, person, brand = rated(rng, 1200, 60, kept=0.1)
    x[rng.random(x.shape) < 0.2] = np.nan
    found = crossed_covariances(x, person, brand)
    np.testing.assert_allclose(found.within, WITHIN, atol=0.15)
    np.testing.assert_allclose(found.person, BETWEEN, atol=0.2)
    np.testing.assert_allclose(found.brand, WITHIN / 2, atol=0.4)


@pytest.mark.parametrize(
    ("person", "brand", "code"),
    [
        ([0, 0, 1, 1, 2, 2], [0, 0, 1, 0, 1, 0], "rated_twice"),
        ([0, 1, 2, 3, 4, 5], [0, 1, 0, 1, 0, 1], "single_ratings"),
        ([0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0, 0], "single_ratings"),
        ([0, 0, 1, 1, 2, 2], [0, 1, 2, 3, 4, 5], "single_ratings"),
    ],
)
def test_ratings_that_do_not_cross_are_refused(person, brand, code):
    with pytest.raises(AnalysisError) as refused:
        crossed_covariances(np.random.default_rng(1).normal(size=(6, 2)), np.array(person), np.array(brand))
    assert refused.value.code == code
