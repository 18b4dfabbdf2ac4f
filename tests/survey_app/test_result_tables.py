"""Tables and drawings of the results: every figure is there, nothing runs, nothing is empty."""

import io
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace

import pytest

from survey_app.result_figures import FIGURES, Said, figure
from survey_app.result_tables import TABLES, result_table
from survey_app.table_files import csv_lines, workbook
from tests.survey_app.small_findings import small_findings

HOSTILE = "</text><script>alert(1)</script>"
SAID = Said(HOSTILE, HOSTILE, HOSTILE, HOSTILE, {})


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_a_cell_for_each_column_and_none_without_findings(name):
    shown = result_table(small_findings(), name)
    bare = replace(
        small_findings(), factors=None, archetypes=None, rules=None, brands=(), reliability=(), confirmation=None
    )

    assert shown is None or {len(row) for row in shown.rows} == {len(shown.columns)}
    assert result_table(bare, name) is None


def test_loadings_are_told_unrounded():
    found = small_findings()
    shown = result_table(found, "loadings")

    assert [tuple(row[1:-1]) for row in shown.rows] == [*found.factors.loadings]


def test_an_unknown_table_is_none():
    assert result_table(small_findings(), "../findings") is None
    assert figure(small_findings(), "../findings", SAID) is None


@pytest.mark.parametrize("name", FIGURES)
def test_a_drawing_is_well_formed_and_runs_nothing(name):
    drawn = figure(small_findings(), name, SAID)

    if drawn is not None:
        kinds = {element.tag.partition("}")[2] for element in ET.fromstring(drawn).iter()}  # noqa: S314 - our own
        assert kinds <= {"svg", "rect", "line", "text", "circle", "polyline", "g", "title"}


def test_what_looks_like_a_formula_is_text_in_both_files():
    rows = [["=cmd|'/c calc'!A1", -1.5], ["@SUM(A1)", 2]]

    lines = "".join(csv_lines(("a", "b"), rows))
    assert "'=cmd" in lines
    assert "'@SUM" in lines
    assert "-1.5" in lines
    whole = workbook("x", ("a", "b"), rows)
    assert b"<f>" not in _sheet(whole)


def _sheet(content):
    return zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
