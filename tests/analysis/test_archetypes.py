import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.archetypes import divide_persons, find_archetypes, learn_groups
from analysis.compute import Compute
from analysis.factors import learn_solution
from analysis.numeric.mixtures import VARIANCE_FLOOR
from analysis.numeric.resampling import PersonResamples
from analysis.structure import Scored, null_reference, sample_persons
from instruments.catalogue import load_catalogue
from tests.analysis.simulated import Simulation, quick_plan


def found_in(simulation, plan):
    """Archetypes of a simulation, with three factors given."""
    dataset = simulation.dataset()
    learning = divide_persons(dataset, rng=plan.stream("halves"))
    solution = learn_solution(dataset.items[learning], 3, starts=3, rng=plan.stream("factors"))
    return find_archetypes(
        dataset,
        solution,
        learning,
        plan=plan,
        catalogue=load_catalogue(),
        resamples=PersonResamples.drawn(dataset.n_raters, plan.resamples, rng=plan.stream("resamples")),
        progress=lambda _fraction, _doing: None,
        compute=Compute(),
    )


def structureless(seed):
    """No groups, but skewed answers with strong person and brand effects."""
    return Simulation(seed=seed, persons=300, separation=0, person_sd=0.8, brand_sd=0.5, skew=1.0)


def test_four_well_separated_groups_are_found_and_natural(simulation, findings):
    archetypes = findings.archetypes
    assert (archetypes.structure, archetypes.k, archetypes.rule) == ("natural", 4, "least_bic")
    assert max(archetypes.p_learn, archetypes.p_test) <= 0.05
    assert archetypes.replication_ari > 0.95
    frame = simulation.frame()
    truth = dict(zip(zip(frame["_person"], frame["brand"], strict=True), simulation.truth["group"], strict=True))
    labels = [m.archetype for m in archetypes.memberships]
    assert adjusted_rand_score([truth[m.person, m.brand] for m in archetypes.memberships], labels) > 0.9


def test_skewed_answers_with_person_and_brand_effects_are_not_natural_groups():
    archetypes, _ = found_in(structureless(1), quick_plan(null_draws=19))
    assert archetypes.structure != "natural"


@pytest.mark.slow
def test_structureless_data_are_called_natural_as_rarely_as_the_plan_says():
    # both halves must pass at .05: at most 1 in 20 studies in the long run, none to two of these 25
    verdicts = [found_in(structureless(seed), quick_plan())[0] for seed in range(25)]
    natural = sum(found.structure == "natural" for found in verdicts)
    learned = sum(found.p_learn <= 0.05 for found in verdicts)
    assert natural <= 2
    assert learned <= 5


def test_shares_sum_to_one_and_come_largest_first(findings):
    shares = [archetype.share.value for archetype in findings.archetypes.archetypes]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert [archetype.key for archetype in findings.archetypes.archetypes] == ["A1", "A2", "A3", "A4"]


def test_the_table_holds_every_number_and_one_choice(findings):
    candidates = findings.archetypes.candidates
    assert [candidate.k for candidate in candidates] == [2, 3, 4, 5]
    assert [candidate.k for candidate in candidates if candidate.chosen] == [4]
    assert min(candidates, key=lambda candidate: candidate.bic).k == 4
    assert max(candidates, key=lambda candidate: candidate.prediction_strength - candidate.null_mean).k == 4
    for candidate in candidates:
        assert len(candidate.jaccard) == candidate.k
        assert candidate.smallest_n == pytest.approx(candidate.smallest_share * 700, abs=1)
        assert candidate.bootstrap_ari.low <= candidate.bootstrap_ari.value <= candidate.bootstrap_ari.high
    assert candidates[2].gap > 3 * candidates[2].gap_error
    assert min(candidates[2].jaccard) > 0.9


def test_halves_share_no_person_and_are_alike_in_country_and_brand(dataset):
    learning = divide_persons(dataset, rng=np.random.default_rng(1))
    ratings = dataset.ratings.assign(learning=learning)
    assert ratings.groupby("person")["learning"].nunique().max() == 1
    first = ratings.drop_duplicates("person")
    counts = first.groupby(["country", "brand"])["learning"].agg(["sum", "size"])
    assert (2 * counts["sum"] - counts["size"]).abs().max() <= 1


def test_outcomes_are_those_of_the_test_half(dataset, findings):
    learning = divide_persons(dataset, rng=quick_plan().stream("halves"))
    labels = np.array([m.archetype for m in findings.archetypes.memberships])
    for archetype in findings.archetypes.archetypes:
        rows = (labels == archetype.key) & ~learning
        weights, satisfaction = dataset.weights[rows], dataset.outcomes[rows, 0]
        assert archetype.outcomes["satisfaction"].n == rows.sum()
        assert archetype.outcomes["satisfaction"].value == pytest.approx(weights @ satisfaction / weights.sum())


def test_probabilities_add_up_and_the_margin_is_the_lead_over_the_next_archetype(findings):
    chances = np.array([membership.probabilities for membership in findings.archetypes.memberships])
    assert chances.sum(1) == pytest.approx(np.ones(len(chances)))
    assert [f"A{best + 1}" for best in chances.argmax(1)] == [m.archetype for m in findings.archetypes.memberships]
    ordered = np.sort(chances, axis=1)
    margins = [membership.margin for membership in findings.archetypes.memberships]
    assert margins == pytest.approx(ordered[:, -1] - ordered[:, -2])
    assert min(margins) < 0.2
    assert max(margins) > 0.99


@pytest.fixture(scope="module")
def few_persons():
    return found_in(Simulation(persons=120), quick_plan(k_max=4, null_draws=19, likelihood_ratio_draws=19))


def test_few_persons_make_everything_exploratory(few_persons):
    archetypes, caveats = few_persons
    assert archetypes.exploratory
    assert [(c.code, c.numbers) for c in caveats] == [("exploratory", {"persons": 120, "needed": 600})]


def test_likelihood_ratios_of_the_number_chosen_and_of_one_more_use_one_rating_of_each_person(few_persons, findings):
    archetypes, _ = few_persons
    chosen, more = archetypes.likelihood_ratios
    assert (chosen.classes, more.classes) == (archetypes.k, archetypes.k + 1)
    assert chosen.n == more.n == 60
    assert chosen.statistic > more.statistic > 0
    assert chosen.p_value == pytest.approx(1 / (chosen.draws + 1))
    assert more.p_value > chosen.p_value
    assert findings.archetypes.likelihood_ratios == ()


def test_own_picks_and_names_follow_the_groups(findings):
    # the third group was given cold feelings, and its members pick the troubled family
    troubled = next(a for a in findings.archetypes.archetypes if a.picks.get("troubled", 0) > 0.5)
    assert troubled.position["cold"] > troubled.position["warm"]
    assert load_catalogue()[troubled.matches[0].relationship].family in {"troubled", "unequal"}
    assert sum(troubled.picks.values()) == pytest.approx(1)


def test_without_dimensions_names_come_from_the_scales_that_stand_out():
    archetypes, _ = found_in(Simulation(persons=150, dimensions=False), quick_plan(k_max=4, null_draws=19))
    for archetype in archetypes.archetypes:
        assert not archetype.matches
        assert not archetype.position
        assert archetype.label["en"].startswith(("High ", "Low "))
        assert archetype.label["zh"].startswith(("高", "低"))
    labels = [archetype.label["en"] for archetype in archetypes.archetypes]
    assert len(set(labels)) == len(labels)


@pytest.mark.slow
def test_the_number_of_workers_changes_no_figure():
    dataset, plan = Simulation(persons=80).dataset(), quick_plan(null_draws=19, k_max=3)
    learning = divide_persons(dataset, rng=plan.stream("halves"))
    given = dataset, learning, learn_solution(dataset.items[learning], 2, starts=1, rng=plan.stream("factors")), (2, 3)
    one, two = (
        null_reference(*given, plan=plan, compute=Compute(workers), done=lambda _share: None) for workers in (1, 2)
    )
    assert (one.strengths == two.strengths).all()
    assert (one.replicated == two.replicated).all()
    assert (one.log_dispersions == two.log_dispersions).all()


def test_at_most_so_many_persons_are_drawn_from_each_half_with_all_their_ratings():
    person = np.repeat(np.arange(100), 2)
    scored = Scored(np.zeros((200, 1)), person % 2 == 0, person)
    sampled = sample_persons(scored, most=20, rng=np.random.default_rng(1))
    assert sampled.sum() == 80
    assert (sampled[::2] == sampled[1::2]).all()
    assert np.unique(person[sampled & scored.learning]).size == 20
    assert sample_persons(scored, most=50, rng=np.random.default_rng(1)).all()


def test_scores_of_few_yes_or_no_answers_do_not_fall_into_groups_around_points_of_a_grid():
    rng, plan = np.random.default_rng(3), quick_plan()
    factors = np.repeat(rng.standard_normal((700, 2)), 4, axis=1)
    answers = (factors + 0.6 * rng.standard_normal((700, 8)) > 0.8).astype(float)
    solution = learn_solution(answers, 2, starts=1, rng=rng)
    everyone = np.ones(700, dtype=bool), np.arange(700)
    scored = Scored.by(solution, answers, *everyone, plan=plan)
    tightest = []
    for floor in (scored.floor, VARIANCE_FLOOR):
        found = learn_groups(Scored(scored.scores, *everyone, floor), 4, "VVI", plan=plan)
        tightest.append(np.linalg.eigvalsh(found.covariances).min())
    assert scored.floor == pytest.approx(plan.group_error * solution.error_share)
    assert 0.1 < solution.error_share < 0.4
    assert tightest[0] > 0.05
    assert tightest[1] < 0.01


def test_scores_that_no_mixture_fits_are_grouped_by_k_means():
    rng = np.random.default_rng(1)
    line = np.repeat([0.0, 5.0], 60) + 0.1 * rng.standard_normal(120)
    scored = Scored(np.column_stack([line, line]), np.ones(120, dtype=bool), np.arange(120))
    found = learn_groups(scored, 2, "EEE", plan=quick_plan())
    assert found.family == "EII"
    assert adjusted_rand_score(np.repeat([0, 1], 60), found.assigned(scored.scores).argmax(1)) == 1
    assert found.bic == pytest.approx(-2 * found.log_likelihood + found.n_parameters * np.log(120))
