import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.confirmation import confirm_scales
from analysis.dataset import Dataset
from analysis.measurement import FactorModel, MeasurementPlan, measure
from instruments.measures import Measures, ScaleMeasure
from tests.analysis.simulated import INFO, Simulation, quick_plan

LOADINGS = (0.8, 0.75, 0.7, 0.65)


def study(n=600, *, per_person=1, shift=0.0, two=False, missing=False, categories=7, groups=2, seed=4):
    """Two scales of four items; `shift` moves an item of each scale (`two`: another as well) in the second country."""
    rng = np.random.default_rng(seed)
    rows = n * per_person
    person = np.repeat(np.arange(n), per_person)
    brand = np.tile(np.arange(per_person), n)
    country = np.arange(n) % groups
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], rows)
    table = {}
    for s in range(2):
        for j, loading in enumerate(LOADINGS):
            latent = loading * factors[:, s] + np.sqrt(1 - loading**2) * rng.standard_normal(rows)
            moved = j == 0 or (two and j == 1)
            latent = latent + shift * moved * (country[person] == 1)
            answer = np.clip(np.rint((categories + 1) / 2 + categories / 6 * latent), 1, categories)
            table[f"s{s}_{j}"] = np.where(missing & (rng.integers(0, 4, n)[person] == j), np.nan, answer)
    frame = pd.DataFrame(table).assign(person=person, brand=brand.astype(str))
    frame["country"] = np.array(["cn", "de", "es", "us"])[country[person]]
    measures = Measures(
        brand="brand",
        brands={str(i): {"en": f"B{i}"} for i in range(per_person)},
        scales=tuple(
            ScaleMeasure(f"s{s}", {"en": f"S{s}"}, tuple(f"s{s}_{j}" for j in range(4)), 1, categories)
            for s in range(2)
        ),
        outcomes=(),
        person="person",
        country="country",
    )
    return Dataset.from_frame(frame, measures, INFO, sha256="0" * 64)


def confirmed(dataset, **choices):
    everyone = np.ones(len(dataset.ratings), dtype=bool)
    return confirm_scales(dataset, everyone, plan=quick_plan(**({"invariance_persons": 100} | choices)))


@pytest.mark.parametrize(
    ("choices", "asked"), [({}, {"estimator": "MLR"}), ({"matrix": "polychoric"}, {"estimator": "WLSMV"})]
)
def test_complete_answers_give_what_measure_gives(choices, asked):
    dataset = study(300, categories=5)
    found, _ = confirmed(dataset, **choices)
    model = FactorModel(factors={f"S{i}": tuple(f"s{i}_{j}" for j in range(4)) for i in range(2)}, **asked)
    plan = MeasurementPlan(items=dataset.item_columns, person="person", model=model, resamples=0, draws=100)
    theirs = measure(dataset.ratings, plan).cfa
    assert (found.model.estimator, found.model.errors) == (theirs.estimator, theirs.errors)
    test = theirs.fit.scaled
    assert (found.model.fit.chi2, found.model.fit.df) == pytest.approx((test.chi2, test.dof))
    loadings = {row.right: row.std_all for row in theirs.parameters if row.op == "=~"}
    assert {row.item: row.loading.value for row in found.model.loadings} == pytest.approx(loadings)


def test_the_planted_model_is_confirmed_with_answers_missing_by_design():
    found, caveats = confirmed(study(1200, missing=True))
    assert caveats == ()
    model = found.model
    assert (model.estimator, model.errors, model.n_persons) == ("FIML_MLR", "clustered by person", 1200)
    assert model.fit.p > 0.01
    assert model.fit.cfi > 0.99
    frame = model.to_frame()
    planted = np.tile(LOADINGS, 2)
    assert frame["loading"].to_numpy() == pytest.approx(planted, abs=0.07)
    assert ((frame["loading_low"] - 0.03 < planted) & (planted < frame["loading_high"] + 0.03)).all()
    assert model.correlations[0][1] == pytest.approx(0.4, abs=0.08)
    assert model.improper == ()


def test_an_item_on_the_wrong_scale_is_found_by_modification_indices():
    dataset = study(800)
    scales = dataset.measures.scales
    wrong = (
        dataclasses.replace(scales[0], columns=(*scales[0].columns, "s1_3")),
        dataclasses.replace(scales[1], columns=scales[1].columns[:3]),
    )
    dataset = dataclasses.replace(dataset, measures=dataclasses.replace(dataset.measures, scales=wrong))
    found, _ = confirmed(dataset)
    top = found.model.modification[0]
    assert (top.left, top.op, top.right) == ("s1", "=~", "s1_3")
    assert found.model.fit.cfi < 0.95


@pytest.mark.parametrize("missing", [False, True])
def test_countries_that_share_a_scale_are_told_from_those_that_do_not(missing):
    same, _ = confirmed(study(800, missing=missing))
    assert [group.by for group in same.invariance] == ["country"]
    assert same.invariance[0].reached in ("strict", "means")
    other, _ = confirmed(study(800, shift=0.8, missing=missing))
    found = other.invariance[0]
    assert (found.reached, found.failed) == ("metric", "scalar")
    assert {(cell.left, cell.op) for cell in found.released} == {("s0_0", "~1"), ("s1_0", "~1")}
    assert found.partial_holds
    assert "scale\x1f" not in found.verdict
    assert list(found.to_frame().index)[:3] == ["configural", "metric", "scalar"]


def test_means_of_three_countries_are_aligned():
    found, _ = confirmed(study(900, groups=3))
    invariance = found.invariance[0]
    assert invariance.groups == {"cn": 300, "de": 300, "es": 300}
    assert [scale.scale for scale in invariance.aligned] == ["s0", "s1"]
    assert all(abs(mean) < 0.25 for scale in invariance.aligned for mean in scale.means.values())
    two, _ = confirmed(study(400))
    assert two.invariance[0].aligned == ()


def test_brands_are_compared_on_one_random_rating_of_each_person():
    found, _ = confirmed(study(500, per_person=2), invariance_draws=3)
    brands = next(group for group in found.invariance if group.by == "brand")
    assert [step.level for step in brands.repeated] == ["metric", "scalar", "strict", "means"]
    assert {step.draws for step in brands.repeated} == {3}
    assert brands.reached in ("strict", "means")


def test_ordinal_answers_are_compared_by_their_thresholds_first():
    found, caveats = confirmed(study(400, categories=4), matrix="polychoric")
    assert caveats == ()
    assert found.model.estimator == "WLSMV"
    levels = [level.level for level in found.invariance[0].levels]
    assert levels[:4] == ["configural", "thresholds", "loadings", "intercepts"]
    assert {level.within_cutoffs for level in found.invariance[0].levels} == {None}
    assert found.invariance[0].reached != "configural"


def test_ordinal_answers_missing_by_design_are_taken_as_continuous_and_said_to_be():
    found, caveats = confirmed(study(400, categories=4, missing=True), matrix="polychoric")
    assert [caveat.code for caveat in caveats] == ["ordinal_confirmation_incomplete"]
    assert found.model.estimator == "FIML_MLR"


def test_groups_that_are_too_small_are_left_out_by_name():
    dataset = study(400)
    few = dataset.persons["country"].where(np.arange(400) >= 20, "us")
    dataset = dataclasses.replace(dataset, persons=dataset.persons.assign(country=few))
    found, _ = confirmed(dataset)
    assert found.invariance[0].left_out == {"us": 20}
    alone, caveats = confirmed(dataset, invariance_persons=300)
    assert alone.invariance == ()
    assert [(caveat.code, caveat.numbers) for caveat in caveats] == [("countries_not_compared", {"needed": 300})]


def test_scales_that_make_no_model_are_refused_in_a_caveat():
    dataset = study(200)
    scales = tuple(dataclasses.replace(scale, columns=scale.columns[:1]) for scale in dataset.measures.scales)
    single = dataclasses.replace(dataset, measures=dataclasses.replace(dataset.measures, scales=scales))
    assert confirmed(single)[0] is None
    twins = dataset.ratings.assign(s0_1=dataset.ratings["s0_0"])
    found, caveats = confirmed(dataclasses.replace(dataset, ratings=twins))
    assert found.model is None
    assert ("confirmation_impossible", "collinear_items") in {(c.code, c.numbers.get("reason")) for c in caveats}


def test_the_study_confirms_its_scales_on_the_test_half(findings):
    model = findings.confirmation.model
    assert model.n_persons == 350
    assert model.scales == tuple(scale.key for scale in findings.scales)
    assert model.fit.cfi > 0.97
    assert findings.discrimination.scales == model.scales


def test_simulated_brands_with_few_persons_are_not_compared():
    _, caveats = confirmed(Simulation(persons=120).dataset(), invariance_persons=200)
    assert {"brands_not_compared", "countries_not_compared"} <= {caveat.code for caveat in caveats}
