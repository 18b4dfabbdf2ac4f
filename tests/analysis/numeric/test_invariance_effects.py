"""Effect sizes of items and means that differ between groups: closed forms are the integrals, planted groups found."""

import numpy as np
import pytest
from scipy import integrate, stats

from analysis.numeric.alignment import align
from analysis.numeric.invariance_effects import differing_groups, item_effects, standardised_differences


def test_dmacs_is_the_integral_it_is_defined_by():
    rng = np.random.default_rng(1)
    loadings, intercepts = rng.uniform(0.4, 1.2, (3, 4)), rng.normal(size=(3, 4))
    means, variances = rng.normal(size=3), rng.uniform(0.5, 2.0, 3)
    deviations, rows = rng.uniform(0.8, 1.5, (3, 4)), np.array([120, 300, 45])
    found = item_effects(loadings, intercepts, means, variances, deviations=deviations, rows=rows)
    for group in (1, 2):
        density = stats.norm(means[group], np.sqrt(variances[group])).pdf
        for item in range(4):

            def gap(place, group=group, item=item):
                own = intercepts[group, item] + loadings[group, item] * place
                return own - intercepts[0, item] - loadings[0, item] * place

            pooled = (119 * deviations[0, item] + (rows[group] - 1) * deviations[group, item]) / (rows[group] + 118)
            size = integrate.quad(lambda place, f=density, g=gap: f(place) * g(place) ** 2, -15, 15, epsabs=1e-12)[0]
            average = integrate.quad(lambda place, f=density, g=gap: f(place) * g(place), -15, 15, epsabs=1e-12)[0]
            assert found.dmacs[group - 1, item] == pytest.approx(np.sqrt(size) / pooled, rel=1e-7)
            assert found.difference[group - 1, item] == pytest.approx(average / pooled, abs=1e-7)


def test_invariant_items_have_no_effect():
    same = np.tile([0.5, 0.9], (2, 1))
    found = item_effects(same, same, np.array([0, 2]), np.ones(2), deviations=np.ones((2, 2)), rows=np.array([9, 9]))
    assert not found.dmacs.any()


def test_mean_differences_are_in_pooled_deviations():
    found = standardised_differences(np.array([0.0, 1.0]), np.array([1.0, 4.0]), np.array([101, 301]))
    np.testing.assert_allclose(found, [0, 1 / np.sqrt((100 * 1 + 300 * 4) / 400)])


def test_forty_groups_are_aligned_and_the_planted_items_found_in_their_groups():
    rng = np.random.default_rng(2)
    groups, items = 40, 5
    means, scales = np.r_[0.0, rng.normal(scale=0.5, size=groups - 1)], np.r_[1.0, rng.uniform(0.8, 1.2, groups - 1)]
    loadings, intercepts = np.tile(rng.uniform(0.7, 1.0, items), (groups, 1)), np.zeros((groups, items))
    strange = rng.choice(groups, 6, replace=False)
    intercepts[strange, 2] += 0.7
    errors = np.full((groups, items), 0.04)
    found = align(
        loadings * scales[:, None] + errors * rng.normal(size=errors.shape),
        intercepts + loadings * means[:, None] + errors * rng.normal(size=errors.shape),
        np.full(groups, 600),
        rng=rng,
        starts=5,
    )
    assert np.corrcoef(found.means, means)[0, 1] > 0.99
    np.testing.assert_allclose(found.means, means, atol=0.12)
    differing = differing_groups(found.intercepts, errors, np.full(groups, 600))
    assert set(np.flatnonzero(differing[:, 2])) == set(strange)
    # at one in a thousand, 160 further intercepts and 200 loadings give next to no false alarm
    assert np.delete(differing, 2, axis=1).sum() <= 2
    assert differing_groups(found.loadings, errors, np.full(groups, 600)).sum() <= 2


def test_groups_that_agree_are_the_many_not_the_middle():
    values = np.r_[np.zeros(7), np.full(4, 1.0), -1.0][:, None]
    found = differing_groups(values, np.full((12, 1), 0.1), np.full(12, 100))
    assert found[:, 0].tolist() == [False] * 7 + [True] * 5
