import numpy as np
import pytest

from analysis.numeric.exploratory_likelihood import exploratory_fit
from analysis.numeric.extraction import extract, fit
from analysis.numeric.incomplete import normal_estimate


def answers(n=500, *, per_person=1, factors=2):
    rng = np.random.default_rng(8)
    pattern = np.kron(np.eye(factors), np.full((4, 1), 0.7))
    x = rng.standard_normal((n, factors)) @ pattern.T + 0.7 * rng.standard_normal((n, 4 * factors))
    return x, np.repeat(np.arange(n // per_person), per_person)


@pytest.mark.parametrize("k", [1, 2])
def test_complete_rows_have_the_fit_of_maximum_likelihood_factors(k):
    x, person = answers()
    found = exploratory_fit(x, person, k, normal_estimate(x))
    r = np.corrcoef(x.T)
    extracted = extract(r, k, method="ml")
    plain = fit(r, extracted.loadings, extracted.uniquenesses, len(x))
    assert found.standard.dof == plain.dof
    assert found.standard.chi2 == pytest.approx(len(x) * plain.objective, rel=1e-5)
    assert found.standard.baseline_dof == plain.null_dof


def test_missing_answers_are_not_taken_for_misfit_nor_for_fit():
    # a third of each person's answers is missing, as in a planned design
    x, person = answers(3000)
    x[np.arange(8) % 3 == np.random.default_rng(1).integers(0, 3, len(x))[:, None]] = np.nan
    estimate = normal_estimate(x, tolerance=1e-6)
    right, wrong = (exploratory_fit(x, person, k, estimate) for k in (2, 1))
    assert right.scaled.p_value > 0.01
    assert right.robust.rmsea < 0.03
    complete, _ = answers(3000)
    r = np.corrcoef(complete.T)
    one = extract(r, 1, method="ml")
    assert wrong.robust.rmsea == pytest.approx(fit(r, one.loadings, one.uniquenesses, 3000).rmsea, rel=0.1)


def test_rows_given_twice_by_the_same_person_tell_nothing_new():
    x, _ = answers(400)
    one = exploratory_fit(x, np.arange(400), 1, normal_estimate(x))
    twice = np.concatenate([x, x])
    both = exploratory_fit(twice, np.tile(np.arange(400), 2), 1, normal_estimate(twice))
    assert both.standard.chi2 == pytest.approx(2 * one.standard.chi2, rel=1e-6)
    assert both.scaled.chi2 == pytest.approx(one.scaled.chi2, rel=0.01)
