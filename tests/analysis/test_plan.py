import pytest
from pydantic import ValidationError

from analysis.errors import AnalysisError
from analysis.plan import AnalysisPlan, plan_problems
from instruments.yaml_file import parse_yaml


def refusal(**choices):
    with pytest.raises(AnalysisError) as refused:
        AnalysisPlan.from_choices(choices)
    assert refused.value.code == "unusable_plan"
    return refused.value.message


def test_what_is_not_stated_keeps_its_default():
    assert AnalysisPlan.from_choices({}) == AnalysisPlan()
    assert AnalysisPlan.from_choices({"k_max": 4, "n_factors": None}) == AnalysisPlan(k_max=4)


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"kmax": 4}, "unknown key 'kmax' (did you mean 'k_max'?)"),
        ({"archetypes": 4}, "unknown key 'archetypes' (a plan may have seed, alpha, "),
        ({"k_max": 1}, "k_max must be at least 2, not 1."),
        ({"alpha": 0.5}, "alpha must be less than 0.5, not 0.5."),
        ({"alpha": float("inf")}, "alpha must be a finite number"),
        ({"null_draws": "many"}, "null_draws must be a whole number, not 'many'."),
        ({"seed": True}, "seed must be a whole number, not true."),
        ({"seed": "7"}, "seed must be a whole number, not '7'."),
        ({"n_factors": [2, 3]}, "n_factors must be a whole number, not a list."),
        ({"resamples": None}, "resamples must be a whole number, not nothing."),
        ({"k_min": 12}, "k_min 12 is greater than k_max 10 (k_min may be k_max at most)"),
        ({"k_max": 3, "k_min": 4}, "k_min 4 is greater than k_max 3"),
        ({"small_below": 20}, "small_below 20 is less than suppress_below 30"),
        ({"suppress_below": 80}, "small_below 75 is less than suppress_below 80"),
        ({"alpha": 0.001}, "null_draws 199 can give no p-value as small as alpha 0.001"),
    ],
)
def test_a_wrong_choice_is_named_with_what_is_allowed(choices, told):
    assert told in refusal(**choices)


def test_every_wrong_choice_is_named_at_once():
    told = refusal(kmax=4, seed=-1, resamples=1)
    assert all(part in told for part in ("kmax", "seed must be at least 0", "resamples must be at least 100"))


def test_choices_at_their_bounds_go_together():
    plan = AnalysisPlan.from_choices(
        {"k_min": 3, "k_max": 3, "suppress_below": 40, "small_below": 40, "null_draws": 19, "alpha": 0.05}
    )
    assert (plan.k_min, plan.small_below, plan.null_draws) == (3, 40, 19)


def test_a_plan_made_in_python_cannot_conflict_either():
    with pytest.raises(ValidationError, match="k_min 5 is greater than k_max 4"):
        AnalysisPlan(k_min=5, k_max=4)


@pytest.mark.parametrize(
    ("plan", "places"),
    [
        ("  seed: 3\n", []),
        ("  seed: 3\n  kmax: 4\n  alpha: 2\n", [(4, 3, "plan.kmax"), (5, 10, "plan.alpha")]),
        ("  seed: 3\n  k_min: 12\n", [(4, 10, "plan.k_min")]),
        ("  k_min: 9\n  k_max: 5\n", [(4, 10, "plan.k_max")]),
    ],
)
def test_problems_of_a_study_files_plan_stand_at_their_lines(plan, places):
    found = plan_problems(parse_yaml(f"study: tea\nplan:\n{plan}", "study.yaml"))
    assert sorted((problem.line, problem.column, problem.place) for problem in found) == places
    assert {problem.file for problem in found} <= {"study.yaml"}


@pytest.mark.parametrize("text", ["study: tea\n", "plan: 3\n", "- plan\n", "plan: {}\n", ""])
def test_a_file_without_choices_has_no_problems_of_its_plan(text):
    assert plan_problems(parse_yaml(text, "study.yaml")) == []
