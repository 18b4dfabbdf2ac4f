import pytest

from instruments.model import Choice
from instruments.screens import AnswerProblem, Asked, Block, Screen
from survey_app.interface import load_interfaces
from survey_app.interview.pages import page_of

ENGLISH = load_interfaces()["en"]


def _choices(*labels):
    return tuple(Choice(code=f"code{at}", label={"en": label}) for at, label in enumerate(labels))


def _drawn(*asked, kind="single", raw=None, problems=()):
    screen = Screen(key="page", page="page", title={"en": "Title"}, brand=None, blocks=(Block(kind, None, asked),))
    (group,) = page_of(screen, ENGLISH, raw or {}, problems).groups
    return group.questions


@pytest.mark.parametrize(
    ("labels", "across"),
    [
        (["0 – Certainly not", *"123456789", "10 – Certainly"], True),
        ([f"A description of several words, number {n}" for n in range(11)], False),
        (["Yes", "No", "-"], False),
    ],
)
def test_only_a_long_scale_of_numbers_stands_in_one_row(labels, across):
    (question,) = _drawn(Asked("a", "select_one", {"en": "?"}, choices=_choices(*labels)))
    assert question.across is across


def test_rows_of_a_grid_stand_in_one_row():
    (question,) = _drawn(Asked("a", "select_one", {"en": "?"}, choices=_choices("Yes", "No")), kind="matrix")
    assert question.across


def test_choices_are_numbered_as_shown_and_what_was_chosen_stays_chosen():
    asked = Asked("a", "select_multiple", {"en": "?"}, choices=_choices("x", "y", "z"))
    (question,) = _drawn(asked, raw={"a": ["code0", "code2", "gone"]})

    assert [(option.value, option.checked) for option in question.options] == [("1", True), ("2", False), ("3", True)]


def test_not_answered_is_shown_as_empty():
    (question,) = _drawn(Asked("a", "text", {"en": "?"}, required=False), raw={"a": ["-99"]})
    assert question.text == ""


@pytest.mark.parametrize(
    ("kind", "message"), [("text", "Please write an answer."), ("select_one", "Please choose an answer.")]
)
def test_a_message_stands_at_its_question_and_names_what_to_do(kind, message):
    asked = [Asked(name, kind, {"en": "?"}, choices=_choices("x") if kind == "select_one" else ()) for name in "ab"]
    first, second = _drawn(*asked, problems=[AnswerProblem("b", "required")])

    assert (first.problem, second.problem) == (None, message)
    assert (first.described_by, second.described_by) == ("", "q2-problem")
