"""The judge of answers: what it takes, what it refuses and why, and that nothing out of range ever passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.interview import AnswerError, Asked, Block, Screen
from instruments.measures import NOT_ANSWERED
from instruments.model import Choice
from instruments.screens import LARGEST, judge

CHOICES = tuple(
    Choice(code=code, label={"en": str(code)}, missing=isinstance(code, int) and code < 0) for code in (1, 2, "x", -98)
)


def asked(kind, **bounds):
    choices = CHOICES if kind.startswith("select") else ()
    alone = frozenset({-98}) if kind == "select_multiple" else frozenset()
    return Asked(variable="v", type=kind, label={"en": "?"}, choices=choices, alone=alone, **bounds)


def code_of(problem):
    return problem.code, dict(problem.numbers)


@pytest.mark.parametrize(
    ("question", "raw", "answer"),
    [
        (asked("select_one"), ["2"], 2),
        (asked("select_one"), [" x "], "x"),
        (asked("select_one"), ["-98"], -98),
        (asked("select_one", required=False), [], NOT_ANSWERED),
        (asked("select_one", required=False), ["", "  "], NOT_ANSWERED),
        (asked("select_multiple"), ["x", "1", "1"], (1, "x")),
        (asked("select_multiple"), ["-98"], -98),
        (asked("select_multiple", required=False), [], NOT_ANSWERED),
        (asked("integer", min=18, max=99), ["18"], 18),
        (asked("integer", min=18, max=99), ["１８"], 18),
        (asked("integer"), ["+0042"], 42),
        (asked("integer", required=False), ["\u200b".strip("\u200b")], NOT_ANSWERED),
        (asked("text"), ["  a\x00b\u0007\r\nc  "], "ab\nc"),
        (asked("text"), ["e\u0301\ud800"], "é"),
        (asked("text", required=False), [" \t"], NOT_ANSWERED),
        (asked("consent"), ["1"], 1),
        (asked("consent", required=False), [], NOT_ANSWERED),
        (asked("note"), ["x"], None),
    ],
)
def test_takes(question, raw, answer):
    assert judge(question, raw) == answer


@pytest.mark.parametrize(
    ("question", "raw", "code", "numbers"),
    [
        (asked("select_one"), [], "required", {}),
        (asked("select_one"), ["3"], "unknown_choice", {}),
        (asked("select_one"), ["1", "2"], "too_many", {"max": 1}),
        (asked("select_multiple"), ["1", "9"], "unknown_choice", {}),
        (asked("select_multiple"), ["1", "-98"], "not_together", {}),
        (asked("select_multiple", max=2), ["1", "2", "x"], "too_many", {"max": 2}),
        (asked("select_multiple", min=2), ["1"], "too_few", {"min": 2}),
        (asked("integer"), ["abc"], "not_a_number", {}),
        (asked("integer"), ["1.5"], "not_a_number", {}),
        (asked("integer"), ["1", "2"], "not_a_number", {}),
        (asked("integer", min=18, max=99), ["17"], "out_of_range", {"min": 18, "max": 99}),
        (asked("integer"), ["-99"], "out_of_range", {"min": 0, "max": LARGEST}),
        (asked("integer"), ["9" * 5000], "out_of_range", {"min": 0, "max": LARGEST}),
        (asked("text", max_length=3), ["abcd"], "too_long", {"max": 3}),
        (asked("consent"), [], "must_consent", {}),
        (asked("consent"), ["2"], "unknown_choice", {}),
    ],
)
def test_refuses(question, raw, code, numbers):
    problem = judge(question, raw)
    assert problem.variable == "v"
    assert code_of(problem) == (code, numbers)


def test_a_choice_that_is_not_shown_is_unknown():
    assert judge(asked("select_one"), ["１"]).code == "unknown_choice"


def test_every_problem_of_a_screen_at_once_and_foreign_fields_left_aside(interview):
    draw = interview.begin(1)
    screen = interview.screen("about_you", draw, {"agreed": 1})
    with pytest.raises(AnswerError) as caught:
        interview.accept(screen, {"age": ["old"], "csrf_token": ["x"], "used": ["elm"]})
    assert [(p.variable, p.code) for p in caught.value.problems] == [("age", "not_a_number"), ("works", "required")]
    assert interview.accept(screen, {"age": ["40"], "works": ["2"], "job": ["x"], "used": ["elm"]}) == {
        "age": 40,
        "works": 2,
    }


def test_posted_answers_decide_what_is_relevant_on_their_own_page(interview):
    draw = interview.begin(1)
    screen = interview.screen("about_you", draw, {"agreed": 1, "age": 40, "works": 1})
    raw = {"age": ["40"], "works": ["2"], "job": [""]}
    assert interview.accept(screen, raw) == {"age": 40, "works": 2}
    with pytest.raises(AnswerError, match="job: required"):
        interview.accept(screen, {**raw, "works": ["1"]})


raw_values = st.lists(
    st.text(max_size=12)
    | st.sampled_from(["1", "2", "x", "-98", "-99", "１８", "18", "0", "-1", "1e3", "٣", "²", "\ud800", "9" * 400]),
    max_size=4,
)
questions = st.builds(
    asked,
    st.sampled_from(["note", "consent", "select_one", "select_multiple", "integer", "text"]),
    required=st.booleans(),
    min=st.none() | st.integers(0, 3),
    max=st.none() | st.integers(3, 50),
    max_length=st.none() | st.integers(1, 10),
)


def in_range(question, answer):
    codes = {choice.code for choice in question.choices}
    if answer is None:
        return question.type == "note"
    if answer == NOT_ANSWERED:
        return not question.required
    if question.type == "integer":
        return type(answer) is int and (question.min or 0) <= answer <= (
            LARGEST if question.max is None else question.max
        )
    if question.type == "text":
        longest = question.max_length or 2000
        return (
            0 < len(answer) <= longest and answer == answer.strip() and "\x00" not in answer and bool(answer.encode())
        )
    if question.type == "select_multiple" and isinstance(answer, tuple):
        return 0 < len(answer) == len(set(answer)) and codes.issuperset(answer) and -98 not in answer
    return answer in (codes if question.choices else {1})


@given(questions, raw_values)
def test_never_out_of_range_never_a_traceback(question, raw):
    judged = judge(question, raw)
    assert getattr(judged, "variable", None) == "v" or in_range(question, judged)


@given(st.dictionaries(st.sampled_from(["age", "works", "job", "aware", ""]), raw_values))
def test_a_screen_is_accepted_whole_or_not_at_all(interview, posted):
    screen = interview.screen("about_you", interview.begin(1), {"agreed": 1, "age": 40, "works": 1})
    accepted = {"age": 1, "works": 2}
    try:
        accepted = interview.accept(screen, posted)
    except AnswerError as error:
        refused = {problem.variable for problem in error.problems}
        assert refused <= {"age", "works", "job"}
    assert 1 <= accepted["age"] <= 120
    assert accepted["works"] in (1, 2)
    assert ("job" in accepted) == (accepted["works"] == 1)


def test_blocks_give_their_questions_in_order():
    one, two = asked("text"), asked("integer")
    screen = Screen("p", "p", None, None, (Block("single", None, (one,)), Block("single", None, (two,))))
    assert screen.asked == (one, two)
