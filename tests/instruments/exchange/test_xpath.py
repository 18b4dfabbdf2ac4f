"""XPath that we write means what the condition means, answers missing or not: held against libxml2."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from instruments.exchange.formula import UntranslatableError
from instruments.exchange.xpath import Asked, to_xpath
from instruments.logic import parse

ASKED = {
    "a": Asked("select_one", zero=True, missing=(-98, -97)),
    "b": Asked("select_one"),
    "many": Asked("select_multiple"),
    "number": Asked("decimal", zero=True),
    "word": Asked("text"),
}
VALUES = {
    "a": [None, 0, 1, 3, -98, -97],
    "b": [None, "x", "z"],
    "many": [None, (), ("x",), ("x", "z")],
    "number": [None, 0, 2.5, 7],
    "word": [None, "it", "no"],
}
_signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_equal = st.sampled_from(["==", "!="])
_joint = st.sampled_from([" and ", " or "])
_leaf = st.one_of(
    st.tuples(st.sampled_from(["a", "number"]), _signs, st.sampled_from(["0", "1", "2.5", "3"])).map(" ".join),
    st.tuples(st.sampled_from(["b", "word"]), st.sampled_from(["==", "!="]), st.sampled_from(["'x'", "'it'"])).map(
        " ".join
    ),
    st.tuples(st.just("a"), _signs, st.just("number")).map(" ".join),
    st.sampled_from(["'x' in many", "b in many", *VALUES]),
)
_conditions = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, _joint, inner).map(lambda told: f"({told[0]}){told[1]}({told[2]})"),
    ),
    max_leaves=6,
)
_answers = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})


def _selected(_, nodes, code):
    text = code if isinstance(code, str) else (code[0].text or "")
    return text in (nodes[0].text or "").split()


def _count_selected(_, nodes):
    return float(len((nodes[0].text or "").split()))


def as_a_form_program(xpath, answers):
    """What a program computes that stores answers as text, an empty one where there is none."""
    root = etree.Element("d")
    for name, value in answers.items():
        text = " ".join(value) if isinstance(value, tuple) else "" if value is None else f"{value}"
        etree.SubElement(root, name).text = text
    for name in answers:
        xpath = xpath.replace(f"${{{name}}}", f"/d/{name}")
    functions = {(None, "selected"): _selected, (None, "count-selected"): _count_selected}
    return root.xpath(f"boolean({xpath})", extensions=functions)


@given(_conditions, _answers)
@settings(max_examples=150)
def test_the_same_truth_for_all_answers(condition, answers):
    given_answers = {name: value for name, value in answers.items() if value is not None}
    meant = parse(condition).evaluate(given_answers)
    assert as_a_form_program(to_xpath(condition, ASKED), answers) == meant


def test_what_a_form_does_not_hold_is_no_xpath():
    with pytest.raises(UntranslatableError, match="the form holds no answer 'elsewhere'"):
        to_xpath("a == 1 and elsewhere", ASKED)
