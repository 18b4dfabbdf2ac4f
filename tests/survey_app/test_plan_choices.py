"""The plan as a form: every field is offered, what is filled in comes back, what cannot be is told."""

import pytest

from analysis.plan import AnalysisPlan
from survey_app.design.plan_choices import PlanError, choices, read


def test_every_field_of_the_plan_is_offered_with_its_default():
    offered = {choice.name: choice for choice in choices({"k_max": 6})}

    assert offered.keys() == AnalysisPlan.model_fields.keys()
    assert offered["k_max"].changed
    assert not offered["k_min"].changed
    assert "oblimin" in offered["rotation"].offered
    assert offered["usage_bands"].default == "[1, 4, 12, 52]"


def test_a_form_left_as_it_is_changes_nothing():
    assert read({choice.name: choice.default for choice in choices({})}) == {}
    assert read({}) == {}


def test_what_is_filled_in_comes_back_as_the_plan_wants_it():
    filled = {"k_max": "6", "rotation": "varimax", "usage_bands": "[1, 12]", "n_factors": "3", "alpha": "0.01"}

    assert read(filled) == {"k_max": 6, "rotation": "varimax", "usage_bands": [1, 12], "n_factors": 3, "alpha": 0.01}


@pytest.mark.parametrize(
    "wrong",
    [
        {"k_max": "1"},
        {"k_max": "many"},
        {"rotation": "round"},
        {"alpha": "[1"},
        {"k_min": "9", "k_max": "3"},
        {"seed": "!!python/object:os.system x"},
        {"value": "x" * 3000},
    ],
)
def test_choices_that_make_no_plan_are_told(wrong):
    with pytest.raises(PlanError, match=next(iter(wrong))):
        read(wrong)
