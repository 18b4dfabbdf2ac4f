"""What leaving people out changed: nothing where few answered carelessly, much where most did."""

import numpy as np
import pytest

from analysis.dataset import Dataset
from analysis.exclusions import screening_sensitivity
from analysis.screening import screen
from instruments.measures import NOT_IN_SUBSET
from tests.analysis.simulated import INFO, Simulation, quick_plan


def with_careless(share):
    """A study in which this share of the persons answers at random and at once."""
    simulation = Simulation(persons=240)
    frame = simulation.frame()
    rng = np.random.default_rng(2)
    careless = frame["_person"] < f"p{int(240 * share):05d}"
    frame.loc[careless, "_seconds"], frame.loc[careless, "instructed"] = 5.0, 1
    for scale in simulation.measures().scales:
        for column in scale.columns:
            given = frame.loc[careless, column].to_numpy()
            answers = rng.integers(1, 8, len(given))
            frame.loc[careless, column] = np.where(given == NOT_IN_SUBSET, given, answers)
    return screen(Dataset.from_frame(frame, simulation.measures(), INFO, sha256="0"), plan=quick_plan())


def test_nobody_left_out_changes_nothing():
    assert screening_sensitivity(with_careless(0), 3, 4, plan=quick_plan()) is None


@pytest.fixture(scope="module")
def few_and_many():
    return tuple(screening_sensitivity(with_careless(share), 3, 4, plan=quick_plan()) for share in (0.05, 0.5))


def test_a_few_careless_persons_hardly_move_the_results(few_and_many):
    few, _ = few_and_many
    assert (few.n_excluded, few.groups) == (12, 4)
    assert min(few.congruence) > 0.95
    assert few.factors_kept == few.factors_everyone
    assert few.ari > 0.8
    assert all(0 < beside.kept - beside.everyone < 0.1 for beside in few.alphas)


def test_many_careless_persons_do_and_the_comparison_says_so(few_and_many):
    few, many = few_and_many
    assert many.n_excluded == 120
    assert all(beside.kept - beside.everyone > 0.1 for beside in many.alphas)
    assert many.ari < few.ari
    assert len(many.alphas) == 8
