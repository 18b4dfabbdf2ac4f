from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.measurement import FactorModel, MeasurementPlan, measure
from analysis.numeric.reliability import alpha_interval
from analysis.reliability import assess_reliability, discriminate_scales
from instruments.measures import Measures, ScaleMeasure
from tests.analysis.simulated import INFO, quick_plan


def study(frame, scales):
    """One rating per person of one brand."""
    measures = Measures(
        brand="brand",
        brands={"b": {"en": "B"}},
        scales=tuple(ScaleMeasure(key, {"en": key}, tuple(columns), 1, 5) for key, columns in scales.items()),
        outcomes=(),
    )
    return Dataset.from_frame(frame.assign(brand="b"), measures, INFO, sha256="0" * 64)


def answers(n=400):
    rng = np.random.default_rng(5)
    factors = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], n)
    columns = {
        f"{name}{j}": np.clip(np.rint(3 + 0.9 * factors[:, i] + 0.7 * rng.standard_normal(n)), 1, 5)
        for i, name in enumerate("ab")
        for j in range(4)
    }
    return pd.DataFrame(columns)


SCALES = {name: [f"{name}{j}" for j in range(4)] for name in "ab"}


def test_intervals_count_persons_who_answered_two_items_together_once_each(dataset):
    # of three item sets everybody was shown two, so a third of the persons answered both of any two items
    for scale, found in zip(dataset.measures.scales, assess_reliability(dataset), strict=True):
        answered = dataset.ratings[list(scale.columns)].notna().groupby(dataset.ratings["person"]).any()
        together = min((answered[one] & answered[other]).sum() for one, other in combinations(scale.columns, 2))
        assert together == pytest.approx(dataset.n_raters / 3, rel=0.2)
        assert (found.alpha.low, found.alpha.high) == alpha_interval(found.alpha.value, int(together), 3)
        assert found.alpha.n == dataset.n_raters
        assert found.omega_total.low < found.omega_total.value < found.omega_total.high
        assert found.omega_total.high - found.omega_total.low > 0.8 * (found.alpha.high - found.alpha.low)


def test_complete_answers_give_what_measure_gives():
    frame = answers()
    dataset = study(frame, SCALES)
    model = FactorModel(factors={key: tuple(columns) for key, columns in SCALES.items()})
    plan = MeasurementPlan(items=tuple(frame), model=model, factors=2, resamples=0, draws=100)
    theirs = measure(frame, plan).reliability
    of_scale = {scale.scale: scale for scale in theirs.scales}
    for ours in assess_reliability(dataset):
        other = of_scale[ours.scale]
        assert ours.alpha.value == pytest.approx(other.alpha.raw)
        assert ours.omega_total.value == pytest.approx(other.omega.total)
        assert ours.omega_total.low == pytest.approx(other.omega.robust_low, abs=1e-6)
        assert ours.variance_extracted == pytest.approx(other.omega.average_variance_extracted)
        assert ours.ordinal_alpha == pytest.approx(other.ordinal.alpha)
        assert ours.ordinal_omega == pytest.approx(other.ordinal.omega_categorical)
        assert ours.to_frame()["alpha_if_dropped"].tolist() == pytest.approx([i.alpha_if_dropped for i in other.items])
    ours = discriminate_scales(dataset, 2, plan=quick_plan())
    assert ours.to_frame().to_numpy() == pytest.approx(theirs.htmt.to_frame().to_numpy())
    assert ours.omega_hierarchical == pytest.approx(of_scale["all"].omega_hierarchical.hierarchical, abs=1e-6)
    assert 0.4 < ours.htmt[0][1] < 0.65


def test_a_general_factor_is_shared_by_scales_that_correlate_and_by_no_others():
    frame = answers()
    frame[SCALES["b"]] = frame[SCALES["b"]].sample(frac=1, random_state=3).to_numpy()
    apart = discriminate_scales(study(frame, SCALES), 2, plan=quick_plan())
    together = discriminate_scales(study(answers(), SCALES), 2, plan=quick_plan())
    assert apart.omega_hierarchical < 0.3 < together.omega_hierarchical
    assert apart.htmt[0][1] < 0.15


def test_what_cannot_be_had_is_none():
    frame = answers(80)
    frame["a0"] = 3.0
    two = {"a": ["a0", "a1"], "b": ["b0", "b1"]}
    found = {scale.scale: scale for scale in assess_reliability(study(frame, two))}
    assert found["b"].omega_total is found["b"].ordinal_omega is None
    assert [item.alpha_if_dropped for item in found["b"].items] == [None, None]
    # an item that never varies leaves its scale without a second one
    assert discriminate_scales(study(frame, two), 2, plan=quick_plan()) is None
    assert discriminate_scales(study(answers(), SCALES), 1, plan=quick_plan()).omega_hierarchical is None


def test_answers_on_a_line_have_no_ordinal_reliability():
    frame = answers() + 0.25
    assert {scale.ordinal_alpha for scale in assess_reliability(study(frame, SCALES))} == {None}
