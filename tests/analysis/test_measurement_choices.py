"""What may be asked of a measurement beside its defaults: blocks, likelihood, targets, levels, weights, attention."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from analysis.errors import AnalysisError
from analysis.measurement import (
    FactorModel,
    LoadingTarget,
    Margin,
    MeasurementPlan,
    PopulationMargins,
    measure,
    measure_blocks,
)
from analysis.numeric.moments import Moments
from analysis.numeric.scoring import score_weights, scores_by_pattern

ITEMS = tuple(f"a{i + 1}" for i in range(8))
TWO = FactorModel(factors={"one": ITEMS[:4], "two": ITEMS[4:]})
QUICK = {"items": ITEMS, "factors": 2, "draws": 100, "permutations": 20, "resamples": 0, "starts": 2}


def simulated(persons=100, ratings=3, seed=1):
    """Simulated five-point ratings of brands by persons, two factors of four items."""
    rng = np.random.default_rng(seed)
    person, brand = np.repeat(np.arange(persons), ratings), np.tile(np.arange(ratings), persons)
    latent = rng.normal(size=(persons, 2))[person] + rng.normal(size=(len(person), 2))
    x = np.clip(np.rint(3 + np.repeat(latent, 4, axis=1) / 2 + rng.normal(size=(len(person), 8)) * 0.8), 1, 5)
    return pd.DataFrame(x, columns=list(ITEMS)).assign(person=person, brand=brand, weight=rng.uniform(0.5, 2, len(x)))


def holed(frame, share=0.15, seed=2):
    """The same with answers missing."""
    missing = np.random.default_rng(seed).random((len(frame), len(ITEMS))) < share
    return frame.assign(**frame[list(ITEMS)].mask(missing))


def plan(**choices):
    return MeasurementPlan(**(QUICK | choices))


def remarks(found):
    return {(remark.section, remark.code) for remark in found.remarks}


@pytest.mark.parametrize("choices", [{}, {"matrix": "polychoric"}, {"matrix": "spearman", "weight": "weight"},
                                     {"missing": "listwise", "model": TWO},
                                     {"reverse": ("a1",), "lowest": 1, "highest": 5}])  # fmt: skip
def test_blocks_in_any_order_tell_what_the_whole_table_tells(choices):
    frame = holed(simulated())
    wanted = plan(**choices)
    blocks = [frame[start : start + 70] for start in range(0, len(frame), 70)]
    found, whole = measure_blocks(reversed(blocks), wanted), measure(frame, wanted)
    assert found.rows.in_blocks
    assert (found.rows.read, found.rows.used, found.rows.complete) == (
        whole.rows.read,
        whole.rows.used,
        whole.rows.complete,
    )
    np.testing.assert_allclose(found.correlations.to_frame(), whole.correlations.to_frame(), atol=1e-12)
    np.testing.assert_allclose(found.efa.pattern.to_frame(), whole.efa.pattern.to_frame(), atol=1e-9)
    assert found.adequacy.kmo == pytest.approx(whole.adequacy.kmo)
    one, other = found.reliability.scales[0], whole.reliability.scales[0]
    assert one.alpha.feldt_low == pytest.approx(other.alpha.feldt_low)
    assert one.omega.error == pytest.approx(other.omega.error)
    for ours, theirs in zip(found.items.items, whole.items.items, strict=True):
        assert ours.counts == theirs.counts
        for name in ("mean", "sd", "median", "skew", "floor", "trimmed_mean", "weighted_sd"):
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name)), name
    if found.cfa is not None:
        assert found.cfa.fit.standard.chi2 == pytest.approx(whole.cfa.fit.standard.chi2, abs=1e-8)
    assert ("rows", "rows_needed") in remarks(found)
    assert found.carelessness is None


def test_blocks_count_persons_and_name_what_needs_rows():
    frame = simulated()
    found = measure_blocks([frame[:101], frame[101:]], plan(person="person", model=TWO, group=None))
    assert found.rows.persons == found.rows.independent == 100
    assert {("cfa", "rows_needed"), ("levels", "rows_needed")} <= remarks(found)
    assert ("correlations", "rows_needed") in remarks(measure_blocks([frame], plan(matrix="mixed")))


def test_continuous_answers_in_blocks_have_no_medians():
    frame = simulated().assign(a1=np.random.default_rng(1).normal(size=300))
    found = measure_blocks([frame], plan())
    assert found.items.items[0].mean == pytest.approx(frame["a1"].mean())
    assert found.items.items[0].sd == pytest.approx(frame["a1"].std())
    assert found.items.items[0].median is None
    assert ("items", "rows_needed") in remarks(found)


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"missing": "em"}, "rows_needed"),
        ({"reverse": ("a1",)}, "range_needed"),
        ({"items": ("a1", "a9")}, "unknown_column"),
    ],
)
def test_blocks_refuse_what_they_cannot_do(choices, code):
    with pytest.raises(AnalysisError) as refused:
        measure_blocks([simulated()], plan(**choices))
    assert refused.value.code == code


def test_moments_by_maximum_likelihood_serve_correlations_factors_and_reliability():
    frame = simulated()
    whole = measure(frame, plan())
    complete = measure(frame, plan(missing="em"))
    np.testing.assert_allclose(complete.correlations.to_frame(), whole.correlations.to_frame(), atol=1e-6)
    assert complete.reliability.scales[0].alpha.raw == pytest.approx(whole.reliability.scales[0].alpha.raw, abs=1e-6)
    # two of three parts of the items asked of everybody: pairs are few, the likelihood uses every answer
    designed = frame.copy()
    for part, third in enumerate(np.array_split(np.arange(300), 3)):
        designed.loc[third, list(ITEMS[part * 3 : part * 3 + 3])] = np.nan
    found = measure(designed, plan(missing="em", model=TWO.model_copy(update={"estimator": "FIML"})))
    assert found.correlations.missing == "em"
    assert found.correlations.smallest_eigenvalue > 0
    np.testing.assert_allclose(found.correlations.to_frame(), whole.correlations.to_frame(), atol=0.15)
    assert min(map(min, found.correlations.n_pairwise.values)) < 200
    assert found.cfa.n == 300
    with pytest.raises(ValidationError, match="em estimates Pearson"):
        plan(missing="em", matrix="polychoric")


def test_loadings_turn_to_a_target_and_keep_its_names():
    target = LoadingTarget(
        factors=("warm", "able"),
        loadings={item: (None, 0.0) if i < 4 else (0.0, None) for i, item in enumerate(ITEMS)},
    )
    found = measure(simulated(), plan(rotation="target", target=target, factors=None, resamples=10)).efa
    assert found.factors == ("warm", "able")
    pattern = found.pattern.to_frame()
    assert pattern["warm"].abs().idxmax() in ITEMS[:4]
    expected_zeros = np.concatenate([pattern["able"][:4], pattern["warm"][4:]])
    assert found.criterion == pytest.approx((expected_zeros**2).sum())
    free = measure(simulated(), plan()).efa.pattern.to_frame().abs()
    assert found.criterion <= (np.sort(free, axis=1)[:, 0] ** 2).sum() + 1e-9
    assert np.all(np.array(found.intervals.low.values) <= np.array(found.intervals.high.values))
    orthogonal = measure(simulated(), plan(rotation="target_orthogonal", target=target)).efa
    np.testing.assert_allclose(orthogonal.phi.to_frame(), np.eye(2), atol=1e-9)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"rotation": "target"}, "need each other"),
        ({"rotation": "target", "factors": 3}, "the target has 2 factors"),
        ({"rotation": "target", "items": ITEMS[:7]}, "a8"),
    ],
)
def test_targets_that_do_not_fit_are_refused(choices, words):
    target = LoadingTarget(factors=("f", "g"), loadings=dict.fromkeys(ITEMS, (0.0, None)))
    with pytest.raises(ValidationError, match=words):
        plan(**choices, target=target if len(choices) > 1 else None)


def test_orthogonal_geomin_leaves_factors_uncorrelated():
    found = measure(simulated(), plan(rotation="geomin_orthogonal")).efa
    np.testing.assert_allclose(found.phi.to_frame(), np.eye(2), atol=1e-9)
    assert np.array(found.pattern.values)[:4].max() > 0.4


def test_ratings_persons_and_brands_are_levels_of_their_own():
    frame = simulated(persons=500, ratings=6)
    # brands differ in the first factor only
    frame[list(ITEMS[:4])] += 0.5 * frame["brand"].to_numpy()[:, None]
    # persons have habits with single items, else their level would have no unique variance
    frame[list(ITEMS)] += np.random.default_rng(7).normal(size=(500, 8))[frame["person"]] / 2
    found = measure(frame, plan(person="person", brand="brand"))
    three = found.three_levels
    assert (three.persons, three.brands) == (500, 6)
    shares = three.to_frame()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert shares["brand"][:4].min() > 0.2 > abs(shares["brand"][4:]).max()
    assert shares["person"].min() > 0.05
    assert three.within.efa is not None
    assert three.person.efa is not None
    assert ("three_levels.brand", "without_efa") in remarks(found)  # six brands, eight items
    assert [level.column for level in found.levels] == ["person", "brand"]


def test_a_brand_rated_twice_by_a_person_is_told():
    found = measure(simulated().assign(brand=0), plan(person="person", brand="brand"))
    assert ("three_levels", "rated_twice") in remarks(found)


def test_scores_of_rows_with_missing_answers_use_the_answers_there_are():
    frame = holed(simulated())
    frame.loc[0, list(ITEMS)] = np.nan
    found = measure(frame, plan(rows=True))
    x = frame[list(ITEMS)].to_numpy()
    complete = ~np.isnan(x).any(1)
    scores = {one.method: np.array(one.rows, dtype=float) for one in found.scores}
    assert set(scores) == {"regression", "bartlett", "tenberge", "unit"}
    for method, values in scores.items():
        assert np.isnan(values[0]).all()
        assert np.isfinite(values[complete]).all()
        assert np.isnan(values[~complete]).all() == (method == "tenberge")
    moments = Moments.of(x)
    z = (x - moments.means) / np.nanstd(x, axis=0, ddof=1)
    pattern, phi = (getattr(found.efa, name).to_frame().to_numpy() for name in ("pattern", "phi"))
    weights = score_weights(moments.correlation(), pattern, phi).weights
    np.testing.assert_allclose(scores["regression"][complete], z[complete] @ weights, atol=1e-9)
    psi = np.array([item.uniqueness for item in found.efa.items])
    part = scores_by_pattern(z[~complete], pattern, phi, psi)
    np.testing.assert_allclose(scores["regression"][~complete], part.scores, atol=1e-9)
    unit = found.scores[3]
    own = np.array(unit.weights.values)[:, 0] != 0
    np.testing.assert_allclose(scores["unit"][1:, 0], np.nanmean(z[1:, own], axis=1) * own.sum(), atol=1e-9)


MARGINS = PopulationMargins(
    margins=(
        Margin(columns=("sex",), shares={"f": 0.5, "m": 0.5}),
        Margin(columns=("age", "region"), shares={"1 / n": 0.2, "1 / s": 0.3, "2 / n": 0.4, "2 / s": 0.1}),
    ),
    caps=(0.1, 8.0),
)


def sampled(seed=3):
    """Simulated ratings of a sample whose margins are off; no women of region s."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], 300, p=[0.3, 0.7])
    region = np.where(sex == "f", "n", rng.choice(["n", "s"], 300))
    return simulated().assign(sex=sex, region=region, age=rng.choice([1.0, 2.0], 300, p=[0.7, 0.3]))


def test_raked_weights_meet_the_population_and_tell_their_cost():
    frame = sampled()
    found = measure(frame, plan(population=MARGINS, rows=True))
    section = found.weighting
    values = np.array(section.values)
    assert section.met
    assert values.mean() == pytest.approx(1)
    assert values[frame["sex"] == "f"].sum() / values.sum() == pytest.approx(0.5, abs=1e-6)
    assert section.effective_n == pytest.approx(values.sum() ** 2 / (values**2).sum())
    assert section.design_effect == pytest.approx(300 / section.effective_n)
    assert found.rows.independent == int(section.effective_n)
    assert [share.after for share in section.categories] == pytest.approx([0.5, 0.5, 0.2, 0.3, 0.4, 0.1], abs=1e-5)
    empty = {(cell.category, cell.other_category) for cell in section.combinations}
    assert empty == {("f", "1 / s"), ("f", "2 / s")}
    assert ("weighting", "empty_combination") in remarks(found)
    weighted = measure(frame.assign(own=values), plan(weight="own"))
    np.testing.assert_allclose(found.correlations.to_frame(), weighted.correlations.to_frame(), atol=1e-9)
    assert not weighted.weighting.raked


def test_caps_and_empty_categories_are_told():
    narrow = MARGINS.model_copy(update={"caps": (0.8, 1.2)})
    found = measure(sampled().query("not (age == 2 and region == 's')"), plan(population=narrow))
    assert {("weighting", "targets_not_met"), ("weighting", "empty_category")} <= remarks(found)
    assert found.weighting.capped > 0
    with pytest.raises(AnalysisError) as refused:
        measure(sampled().assign(sex="x"), plan(population=MARGINS))
    assert refused.value.code == "unknown_category"


@pytest.mark.parametrize(
    ("columns", "shares"), [(("a",), {"x": 0.5, "y": 0.6}), (("a", "b"), {"x": 1.0}), (("a",), {})]
)
def test_margins_that_make_no_sense_are_refused(columns, shares):
    with pytest.raises(ValidationError):
        Margin(columns=columns, shares=shares)


def test_attention_is_told_by_instruction_pace_sameness_and_block():
    frame = simulated()
    rng = np.random.default_rng(4)
    frame.loc[150:179, list(ITEMS)] = rng.integers(1, 6, (30, 8))  # filler rows, added together
    frame.loc[[10, 20, 30], list(ITEMS)] = [1.0, 5.0] * 4
    frame = frame.assign(check=np.where(np.arange(300) < 40, 2.0, 3.0), seconds=np.arange(300.0))
    frame.loc[299, "check"] = np.nan
    one = {"items": ITEMS[:4], "factors": 1}
    found = measure(frame, plan(**one, instructed={"check": 3}, seconds="seconds", rows=True)).carelessness
    indices = {index.index: index for index in found.indices}
    assert (found.instructed[0].answered, found.instructed[0].failed) == (299, 40)
    assert indices["instructed_failed"].mean == pytest.approx(40 / 299)
    assert indices["seconds_per_item"].rows[80] == pytest.approx(20)
    alike = (frame[list(ITEMS[:4])].to_numpy()[:, None] == frame[list(ITEMS[:4])].to_numpy()).all(2).sum(1) - 1
    assert indices["same_answers"].rows == pytest.approx(alike)
    assert alike[[10, 20, 30]].min() >= 2
    assert min(found.blocks, key=lambda block: block.alpha).first_row == 151
    assert (found.blocks[-1].first_row, found.blocks[-1].last_row) == (271, 300)


def nulls(found):
    """The nulls of the parallel analyses of a measurement."""
    return [each.null for each in found.retention.parallel]


def test_parallel_analysis_of_polychoric_and_weighted_answers_has_nulls_of_its_own():
    frame = simulated()
    cut, moved = "normal cut into categories", "permutation of persons"
    latent = measure(frame, plan(matrix="polychoric", person="person"))
    assert {cut, moved} <= set(nulls(latent))
    assert {"parallel_categories", "parallel_permutation"} <= {each.criterion for each in latent.retention.criteria}
    plain, ordinal = (latent.retention.parallel[nulls(latent).index(null)] for null in ("normal", cut))
    assert ordinal.mean[0] > plain.mean[0]  # correlations of categories vary more
    weighted = measure(frame, plan(person="person", weight="weight"))
    assert moved in nulls(weighted)
    assert cut not in nulls(weighted)
    by_blocks = measure_blocks([frame], plan(matrix="polychoric"))
    assert not {cut, moved} & set(nulls(by_blocks))


def test_raking_block_by_block_is_refused_by_name():
    with pytest.raises(AnalysisError, match="raking") as refused:
        measure_blocks([sampled()], plan(population=MARGINS))
    assert refused.value.code == "rows_needed"


def test_parts_of_a_comparison_that_are_absent_say_why():
    frame = simulated().assign(half=lambda rows: rows["person"] % 2)
    one = FactorModel(factors={"one": ITEMS[:4], "two": ITEMS[4:]}, estimator="ML")
    found = measure(frame, plan(model=one, group="half", person="person"))
    assert ("invariance.repeated", "not_available") in remarks(found)
    within = measure(frame, plan(model=one, group="brand", person="person", repeated_draws=2))
    assert within.invariance.repeated
    assert ("invariance.repeated", "not_available") not in remarks(within)


@pytest.mark.parametrize("twins", [2, 3, 4])
@pytest.mark.parametrize("seed", [0, 1])
def test_identical_items_are_refused_by_name_whatever_the_groups(twins, seed):
    frame = simulated(seed=seed).assign(half=lambda rows: rows.index % 2)
    frame = frame.assign(**dict.fromkeys(ITEMS[1:twins], frame["a1"]))
    model = FactorModel(factors={"one": ITEMS[:4]}, estimator="WLSMV")
    found = measure(frame, plan(items=ITEMS[:4], factors=1, model=model, group="half"))
    for section in ("cfa", "invariance"):
        told = {remark.code for remark in found.remarks if remark.section == section}
        assert getattr(found, section) is not None or told & {"unusable_variances", "no_convergence", "not_identified"}
