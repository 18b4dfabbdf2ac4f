import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.numeric.ordinal_regression import fit_cumulative_logit


def answers(seed, n=300, q=3, cuts=(-1.5, 0.0, 1.0)):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, q))
    return np.digitize(x @ np.linspace(1, -0.5, q) + rng.logistic(size=n), cuts), x


def test_polr_of_mass_gives_the_same(case):
    sim4c = case("sim4c")
    folder = sim4c.folder / "data.csv"
    lines = [line.split(",") for line in folder.read_text().splitlines()]
    names, rows = lines[0], [row for row in lines[1:] if row[-1] == "none"]
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    full = [i for i in range(len(rows)) if all(columns[q][i] for q in ("q01", "q02", "q05", "q08", "q11"))]
    items = np.array([[float(columns[q][i]) for q in ("q01", "q02", "q05", "q08", "q11")] for i in full])
    country = np.array([columns["country"][i] for i in full])
    x = np.column_stack([items[:, 1:], country[:, None] == np.unique(country)[1:]])
    model = fit_cumulative_logit(np.unique(items[:, 0], return_inverse=True)[1], x)
    expected = sim4c.results("polr")
    m = model.n_leading
    errors = np.sqrt(np.diag(np.linalg.inv(model.information)))
    assert model.converged
    assert np.roll(model.parameters, -m) == pytest.approx(expected["coefficients"], abs=2e-5)
    assert np.roll(errors, -m) == pytest.approx(expected["errors"], abs=2e-6)
    assert model.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-8)


@given(st.integers(0, 2**32 - 1))
def test_gradients_and_information_are_the_derivatives_of_the_likelihood(seed):
    category, x = answers(seed, n=80)
    model = fit_cumulative_logit(category, x)
    assert model.gradients.sum(0) == pytest.approx(np.zeros(6), abs=1e-4)
    along = np.random.default_rng(seed).standard_normal((6, 2))
    expected = np.einsum("pt,pq,qt->t", along, model.information, along)
    assert model.row_information(along).sum(0) == pytest.approx(expected)


def test_two_answers_are_logistic_regression():
    category, x = answers(3, cuts=(0.2,))
    model = fit_cumulative_logit(category, x)
    chance = 1 / (1 + np.exp(model.parameters[0] - x @ model.parameters[1:]))
    assert np.column_stack([np.ones(300), x]).T @ (category - chance) == pytest.approx(np.zeros(4), abs=1e-5)


def test_turning_the_answers_round_turns_the_coefficients():
    category, x = answers(4)
    one, other = fit_cumulative_logit(category, x), fit_cumulative_logit(3 - category, x)
    assert other.parameters[3:] == pytest.approx(-one.parameters[3:])
    assert other.parameters[:3] == pytest.approx(-one.parameters[:3][::-1])


def test_a_penalty_keeps_separated_answers_finite_and_draws_towards_0():
    category = np.repeat([0, 1], 20)
    x = category[:, None] - 0.5
    weak, strong = (fit_cumulative_logit(category, x, np.array([p])).parameters[1] for p in (0.01, 1.0))
    assert 0 < strong < weak < 30


def test_predictors_that_determine_each_other_share_their_effect():
    category, x = answers(5, q=1)
    model = fit_cumulative_logit(category, np.column_stack([x, x]))
    assert model.converged
    assert model.parameters[3:].sum() == pytest.approx(fit_cumulative_logit(category, x).parameters[3], abs=1e-5)
