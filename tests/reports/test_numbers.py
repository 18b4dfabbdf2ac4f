"""Every number that a report prints stands in the findings: reports round and word, they compute nothing."""

import ast
import dataclasses
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

import reports
from reports import compose_brand_report, compose_category_report, compose_study_report
from reports.wording import read_texts

COMPOSING = [
    "action_plan",
    "actions",
    "answer",
    "brand",
    "breaches",
    "cards",
    "category_report",
    "documents",
    "feelings",
    "ladder",
    "methods",
    "non_users",
    "personas",
    "recognition",
    "recovery",
    "rule_tests",
    "stated",
    "strategies",
    "study_report",
    "wishes",
    "worth",
]
NUMBER = re.compile(r"(?<![\w.,])\.?\d[\d,]*(?:\.\d+)?")
COUNTED = 40
"""Rows, pages, months, groups and rules are counted up to here; tiny differences are told by powers of ten."""


def numbers_in(value):
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from numbers_in(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from numbers_in(part)
    elif isinstance(value, str):
        yield from (float(found) for found in re.findall(r"\d+(?:\.\d+)?", value))
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            yield from numbers_in(getattr(value, part.name))


def rounded(value):
    """A number as it may be worded: with up to four decimals, or as a percentage."""
    exact = abs(Decimal(repr(float(value))))
    yield exact.normalize()
    for number in (exact, exact * 100):
        for digits in range(5):
            yield number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP).normalize()


def texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts_of(part)
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            yield from texts_of(getattr(value, part.name))


@pytest.fixture(scope="module")
def admitted(whole):
    told = {each for value in numbers_in(whole) for each in rounded(value)}
    told |= {Decimal(n).normalize() for n in range(COUNTED)} | {Decimal(1).scaleb(-n).normalize() for n in range(7)}
    said = [
        variant
        for text in read_texts("en").values()
        for variant in (text.values() if isinstance(text, dict) else [text])
    ]
    return told | {each for text in said for value in numbers_in(text) for each in rounded(value)}


@pytest.mark.parametrize("kind", ["brand", "study", "category"])
def test_every_number_stands_in_the_findings(whole, catalogue, admitted, kind):
    report = {
        "brand": lambda: compose_brand_report(whole, "aurora", "en", catalogue),
        "study": lambda: compose_study_report(whole, "en", catalogue),
        "category": lambda: compose_category_report(whole, "en", catalogue),
    }[kind]()
    unknown = set()
    for section in report.sections:
        for text in texts_of((section.headline, section.blocks)):
            if whole.manifest.data_sha256 in text:
                continue
            found = (Decimal(number.replace(",", "")).normalize() for number in NUMBER.findall(text))
            unknown |= {(number, text) for number in found if number not in admitted}
    assert unknown == set()


@pytest.mark.parametrize("name", COMPOSING)
def test_what_is_said_divides_and_multiplies_nothing(name):
    tree = ast.parse((Path(reports.__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
    operations = [
        node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Pow)
    ]
    assert [ast.unparse(node) for node in operations] == []
    means = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"mean", "fmean"}
    ]
    assert means == []
