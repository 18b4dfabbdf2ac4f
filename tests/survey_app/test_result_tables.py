"""Tables and drawings of the results: every figure is there, nothing runs, nothing is empty."""

import io
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace

import pytest
from PIL import Image

from analysis.findings import Flow, MapPoint, RelationshipMap, Typology
from reports.pictures import png, svg
from reports.wording import Wording
from survey_app.results.figures import FIGURES, Said, figure
from survey_app.results.table_files import csv_lines, workbook
from survey_app.results.tables import TABLES, result_table
from tests.survey_app.small_findings import small_findings

HOSTILE = "</text><script>alert(1)</script>"
BLACK_AND_WHITE = 2


class _Names(dict):
    """Calls everything by the same hostile name."""

    def get(self, _key, _otherwise=None):
        return HOSTILE


SAID = Said(Wording("en"), lambda key, **_: key, _Names())


def findings():
    """Findings with something to draw for a flow and a map."""
    found = small_findings()
    aurora = replace(found.brands[0], flows=(Flow("love", "friends", 30, 0.6), Flow("friends", "friends", 20, 0.4)))
    points = (MapPoint("relationship", "strangers", 0, 0), MapPoint("brand", "aurora", 1, 1))
    held = Typology(("warm",), 0, {}, (), (), RelationshipMap(points, 0.8, 0.1), ())
    return replace(found, brands=(aurora, *found.brands[1:]), typology=held)


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


@pytest.mark.parametrize("name", [*FIGURES, "flows"])
def test_a_drawing_is_well_formed_and_runs_nothing(name):
    drawn = figure(findings(), name, SAID, "aurora")

    if drawn is not None:
        kinds = {element.tag.partition("}")[2] for element in ET.fromstring(svg(drawn)).iter()}  # noqa: S314 - our own
        assert kinds <= {"svg", "rect", "line", "text", "circle", "polygon", "path"}
    assert (drawn is None) == (name in {"mismatch", "drivers", "value", "typing"})


def test_drawings_of_simulated_answers_say_so():
    made_up, real = (replace(findings(), study=replace(findings().study, simulated=one)) for one in (True, False))

    assert ">frame.simulated<" in svg(figure(made_up, "flows", SAID, "aurora"))
    assert ">frame.simulated<" not in svg(figure(real, "flows", SAID, "aurora"))


def test_a_drawing_as_png_has_ink_on_it_and_twice_the_points():
    drawn = figure(findings(), "flows", SAID, "aurora")

    picture = Image.open(io.BytesIO(png(drawn, SAID.pen.setter)))

    assert picture.format == "PNG"
    assert picture.width == pytest.approx(2 * (drawn.width + 28), abs=2)
    assert len(picture.getcolors(1 << 20)) > BLACK_AND_WHITE


def test_a_brand_without_flows_has_no_drawing_of_them():
    assert figure(findings(), "flows", SAID, "harbour") is None
    assert figure(findings(), "flows", SAID, "../aurora") is None


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
