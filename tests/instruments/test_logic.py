"""The expression language: what it accepts, what it refuses, and how missing answers count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.logic import LogicError, parse
from instruments.measures import MISSING_CODES


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("age < 18", {"age": 17}, True),
        ("age < 18", {"age": 18}, False),
        ("age >= 18 and age <= 99", {"age": 99}, True),
        ("country == 'de' or country == \"at\"", {"country": "at"}, True),
        ("brand in aware", {"brand": "a", "aware": ("a", "b")}, True),
        ("brand in aware", {"brand": "c", "aware": ("a", "b")}, False),
        ("3 in used", {"used": (1, 3)}, True),
        ("3 in used", {"used": 3}, True),
        ("not brand in aware", {"brand": "c", "aware": ("a",)}, True),
        ("a == 1 or b == 1 and c == 1", {"a": 1, "b": 0, "c": 0}, True),
        ("(a == 1 or b == 1) and c == 1", {"a": 1, "b": 0, "c": 0}, False),
        ("not a == 1 and b == 1", {"a": 0, "b": 1}, True),
        ("check", {"check": 1}, True),
        ("check", {"check": 0}, False),
        ("used", {"used": ()}, False),
        ("change == -2", {"change": -2}, True),
        ("code == '1'", {"code": 1}, False),
        ("code != '1'", {"code": 1}, True),
        ("code < 'b'", {"code": 1}, False),
    ],
)
def test_evaluates(text, values, expected):
    assert parse(text).evaluate(values) is expected


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">=", "in"])
@pytest.mark.parametrize("value", [None, *MISSING_CODES])
def test_comparison_with_a_missing_answer_is_false_and_its_negation_true(sign, value):
    values = {} if value is None else {"x": value}
    assert not parse(f"x {sign} 1").evaluate(values)
    assert not parse(f"1 {sign} x").evaluate(values)
    assert parse(f"not x {sign} 1").evaluate(values)
    assert not parse("x").evaluate(values)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "expected a name"),
        ("age = 3", 4, "write =="),
        ("age == ", 7, "expected a name"),
        ("1 < age < 5", 8, "cannot be chained"),
        ("brand not in used", 6, "write `not (x in y)`"),
        ("country == 'de", 11, "closing quotation mark"),
        ("(a == 1", 7, "closing parenthesis"),
        ("a == 1)", 6, "expected `and`, `or` or the end"),
        ("a == 1.5.2", 5, "at most 9 digits"),
        ("7", 1, "must be compared"),
        ("a == 1; b", 6, "';' has no meaning"),
        ("__import__('os')", 10, "expected `and`"),
        ("(" * 40 + "a" + ")" * 40, 30, "levels"),
        ("not " * 900 + "a", 1000, "longer than 1000"),
    ],
)
def test_says_where_and_what(text, position, message):
    with pytest.raises(LogicError, match=message.replace("(", r"\(").replace(")", r"\)")) as caught:
        parse(text)
    assert caught.value.position == position


def test_names_and_positions():
    expression = parse("brand in aware and not (age < 18 or check)")
    assert expression.names == {"brand", "aware", "age", "check"}
    assert [(variable.name, variable.position) for variable in expression.variables][:2] == [("brand", 0), ("aware", 9)]


@given(st.text(alphabet="ab1 '()<>=!-.not andri", max_size=60) | st.text(max_size=30))
def test_any_text_gives_an_expression_or_a_logic_error(text):
    position, verdict = 0, False
    try:
        verdict = parse(text).evaluate({"a": 1, "b": "x", "n": (1, "x")})
    except LogicError as error:
        position = error.position
    assert 0 <= position <= len(text)
    assert verdict in (True, False)


@st.composite
def conditions(draw, depth=3):
    if depth == 0 or draw(st.booleans()):
        name, sign, number = (
            draw(st.sampled_from("abc")),
            draw(st.sampled_from(["==", "!=", "<", ">="])),
            draw(st.integers(0, 3)),
        )
        return f"{name} {sign} {number}"
    kind = draw(st.sampled_from(["and", "or", "not"]))
    left = draw(conditions(depth=depth - 1))
    return f"not ({left})" if kind == "not" else f"({left}) {kind} ({draw(conditions(depth=depth - 1))})"


@given(conditions(), st.fixed_dictionaries({name: st.integers(0, 3) for name in "abc"}))
def test_agrees_with_python_when_all_is_answered(text, values):
    assert parse(text).evaluate(values) is eval(text, {}, dict(values))  # noqa: S307 - the text is made above
