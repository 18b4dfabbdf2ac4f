import dataclasses
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from analysis import study
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.saving import dump_findings
from analysis.screening import screen
from analysis.study import analyse
from instruments.measures import Measures, OutcomeMeasure, PickMeasure, ScaleMeasure
from tests.analysis.simulated import INFO, Simulation, quick_plan

FEW = quick_plan(null_draws=19, k_max=3, parallel_draws=100, kmeans_starts=5, resamples=100)


def of(frame, measures):
    return Dataset.from_frame(frame, measures, INFO, sha256="0" * 64)


def test_equal_answers_give_equal_bytes_whatever_the_order_of_the_rows_and_the_number_of_threads(catalogue):
    simulation = Simulation(persons=120)
    frame, measures = simulation.frame(), simulation.measures()
    shuffled = frame.sample(frac=1, random_state=8)
    one, other = (dump_findings(analyse(of(f, measures), FEW, catalogue)) for f in (frame, shuffled))
    with threadpool_limits(limits=2):
        again = dump_findings(analyse(of(frame, measures), FEW, catalogue))
    assert one == again
    assert one == other


@pytest.mark.slow
def test_another_seed_gives_other_intervals_of_the_same_study(catalogue):
    dataset = Simulation(persons=120).dataset()
    one, other = (analyse(dataset, FEW.model_copy(update={"seed": seed}), catalogue) for seed in (1, 2))
    assert one.sample == other.sample
    assert one.brands != other.brands


def test_everything_asked_is_answered(findings):
    assert findings.absent == ()
    assert findings.sample.n_persons == 700
    assert [scale.scale for scale in findings.reliability] == [scale.key for scale in findings.scales]
    assert all(0.7 < scale.alpha.low < scale.alpha.value < scale.alpha.high < 1 for scale in findings.reliability)
    assert all(scale.omega == pytest.approx(scale.alpha.value, abs=0.02) for scale in findings.reliability)
    assert len(findings.archetypes.memberships) == findings.sample.n_ratings
    assert "simulated" in {caveat.code for caveat in findings.caveats}


def test_planted_norms_and_dealbreakers_come_through_the_whole_chain(findings):
    norms = {(norm.rule, norm.archetype) for norm in findings.rules.norms if norm.holds and norm.difference.value > 0}
    assert {rule for rule, _ in norms} == {"r0", "r1", "r2", "r3"}
    assert len({archetype for _, archetype in norms}) == 4
    assert [(d.rule, d.outcome) for d in findings.rules.dealbreakers if d.holds] == [("r0", "satisfaction")]


def test_progress_goes_forward_to_the_end_and_its_exception_ends_the_analysis(catalogue):
    dataset, told = Simulation(persons=80).dataset(), []
    analyse(dataset, FEW, catalogue, lambda fraction, doing: told.append((fraction, doing)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert sum(doing == "null reference" for _, doing in told) >= FEW.null_draws

    class Cancelled(Exception):  # noqa: N818
        pass

    def cancel(_fraction, doing):
        if doing == "null reference":
            raise Cancelled

    with pytest.raises(Cancelled):
        analyse(dataset, FEW, catalogue, cancel)


def test_what_the_answers_cannot_support_is_named(catalogue):
    simulation = Simulation(persons=200, per_person=1, brands=1, dimensions=False)
    measures = dataclasses.replace(simulation.measures(), rules=(), picks=PickMeasure())
    found = analyse(of(simulation.frame(), measures), FEW, catalogue)
    expected = {"dimensions", "current", "desired", "treated", "rules", "importance"}
    assert expected <= set(found.absent)
    assert found.rules is None
    codes = {caveat.code for caveat in found.caveats}
    assert {"no_dimensions", "one_brand", "exploratory", "simulated"} <= codes
    assert set(found.brands[0].position) == set(found.factors.factors)


def test_twenty_persons_are_too_few_in_one_sentence(catalogue):
    with pytest.raises(AnalysisError, match=r"20 persons.*at least 60") as refusal:
        analyse(Simulation(persons=20).dataset(), FEW, catalogue)
    assert (refusal.value.code, refusal.value.numbers) == ("too_few_persons", {"persons": 20, "needed": 60})


def test_five_items_are_too_few(catalogue):
    simulation = Simulation(persons=80)
    scales = (
        simulation.measures().scales[0],
        dataclasses.replace(simulation.measures().scales[1], columns=("cold_0",)),
    )
    measures = dataclasses.replace(simulation.measures(), scales=scales)
    with pytest.raises(AnalysisError) as refusal:
        analyse(of(simulation.frame(), measures), FEW, catalogue)
    assert refusal.value.code == "too_few_items"


def test_answers_that_are_all_the_same_are_refused(catalogue):
    simulation = Simulation(persons=80)
    frame = simulation.frame()
    frame[[c for c in frame if c[-2:] in ("_0", "_1", "_2")]] = 4
    measures = dataclasses.replace(simulation.measures(), attention={}, seconds=None)
    with pytest.raises(AnalysisError) as refusal:
        analyse(of(frame, measures), FEW, catalogue)
    assert refusal.value.code == "constant_items"


def test_the_manifest_names_the_programs_version():
    project = tomllib.loads((Path(study.__file__).parent.parent / "pyproject.toml").read_text())["project"]
    assert f"{project['name']} {project['version']}" == study.PROGRAM


@pytest.fixture
def providers(shared):
    """Real customers of four mobile-phone providers, each rating the one they use."""
    path = shared / "data" / "seminr_corp_rep_data2.csv"
    if not path.is_file():
        pytest.skip(f"{path} is absent")

    def scale(key, prefix, n):
        return ScaleMeasure(key, {"en": key.title()}, tuple(f"{prefix}_{i}" for i in range(1, n + 1)), 1, 7)

    measures = Measures(
        brand="serviceprovider",
        brands={str(i): {"en": f"Provider {i}"} for i in range(1, 5)},
        scales=(
            scale("quality", "qual", 8),
            scale("performance", "perf", 5),
            scale("responsibility", "csor", 5),
            scale("attractiveness", "attr", 3),
            scale("competence", "comp", 3),
            scale("likeability", "like", 3),
        ),
        outcomes=(
            OutcomeMeasure("satisfaction", {"en": "Satisfaction"}, ("cusa",), 1, 7, primary=True),
            OutcomeMeasure("loyalty", {"en": "Loyalty"}, ("cusl_1", "cusl_2", "cusl_3"), 1, 7),
        ),
    )
    info = dataclasses.replace(INFO, simulated=False)
    return Dataset.from_frame(pd.read_csv(path), measures, info, sha256="0" * 64)


def test_real_answers_from_elsewhere_need_no_code_of_their_own(providers, catalogue):
    found = analyse(providers, FEW, catalogue)
    # five of the 347 answered as if at random, and like items differently
    assert (found.sample.n_persons, len(found.brands)) == (342, 4)
    assert [brand.n_ratings for brand in found.brands] == [121, 75, 105, 41]
    assert not any(brand.suppressed for brand in found.brands)
    alphas = {scale.scale: scale.alpha.value for scale in found.reliability}
    kept = screen(providers, plan=FEW).kept
    frame = kept.ratings[list(providers.measures.scales[5].columns)]
    covariance = frame.cov().to_numpy()
    assert alphas["likeability"] == pytest.approx(1.5 * (1 - covariance.trace() / covariance.sum()))
    assert found.factors.engines["loadings"] < 1e-3
    assert found.archetypes.exploratory
    assert {"dimensions", "current", "desired", "treated", "rules", "importance"} <= set(found.absent)
    # means of outcomes are those of the file
    first = found.brands[0].outcomes[0]
    rows = providers.ratings["brand"] == "1"
    assert first.brand.value == pytest.approx(providers.ratings.loc[rows, "cusa"].mean())
