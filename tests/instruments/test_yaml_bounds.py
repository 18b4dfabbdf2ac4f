"""A file that holds too much is put down in the middle, with a sentence about where."""

import pytest

from instruments.yaml_file import parse_yaml

BROKEN = "\n}: no YAML"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: " + "[" * 30 + BROKEN, 1, "nested too deeply"),
        ("a: " + "[{b: " * 30 + BROKEN, 1, "nested too deeply"),
        ("\n".join("  " * level + "a:" for level in range(400)) + BROKEN, 20, "nested too deeply"),
        ("- " * 400 + BROKEN, 1, "nested too deeply"),
        ("a: &a [x]\nb: [" + "*a, " * 5_000 + BROKEN, 2, "too many anchors"),
        ("\n".join(f"k{at}: &a{at} x" for at in range(5_000)) + BROKEN, 1_001, "too many anchors"),
        ("a: &a x\nb:\n" + "- [x, x, x]\n" * 10_000 + BROKEN, 7_501, "too many values"),
    ],
)
def test_reading_stops_where_it_is_too_much_and_sees_nothing_of_what_follows(text, line, message):
    (problem,) = parse_yaml(text, "f").problems
    assert message in problem.message
    assert problem.line == line
    assert problem.remedy


def test_as_much_as_may_be_is_read():
    text = "a: " + "[" * 19 + "]" * 19 + "\nb: &b x\nc: [" + ", ".join(["*b"] * 900) + "]"
    found = parse_yaml(text, "f")
    assert found.problems == ()
    assert len(found.data["c"]) == 900
