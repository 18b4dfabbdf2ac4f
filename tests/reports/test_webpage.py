"""A report as a web page says what the PDF says, in elements that can be read without seeing them."""

import dataclasses
import re
from functools import cached_property
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from reports import compose_brand_report, web_article
from reports.blocks import draw_chart
from reports.chart_tables import chart_table
from reports.content import Chart, Columns, PortfolioStrip
from reports.drawing import Pen, Text
from reports.theme import Theme
from reports.typesetting import Typesetter
from reports.vector import drawn
from reports.webpage import readable
from reports.wording import Wording

VOID = {"line", "rect", "circle", "polygon", "path"}


class Reader(HTMLParser):
    """Texts, elements with their attributes, and whether each element is closed where it should be."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.elements, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @cached_property
    def said(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))


def words(value):
    """Every text of a part of a report that a reader is told, but for what only places things."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from words(part)
    elif isinstance(value, Chart):
        yield from (value.caption, value.note)
    elif dataclasses.is_dataclass(value):
        hidden = {"key", "style", "align", "grade", "kind"}
        for part in dataclasses.fields(value):
            if part.name not in hidden:
                yield from words(getattr(value, part.name))


def charts(blocks):
    for block in blocks:
        if isinstance(block, Columns):
            for column in block.columns:
                yield from charts(column)
        elif isinstance(block, Chart):
            yield block


@pytest.fixture(scope="module", params=["en", "zh", "de", "es"])
def pair(request, whole, catalogue):
    report = compose_brand_report(whole, "aurora", request.param, catalogue)
    return report, Reader(web_article(report))


def test_the_page_says_everything_the_report_says(pair):
    report, page = pair
    said = [text for section in report.sections for text in words(section) if text.strip()]

    assert len(said) > 200
    assert [text for text in said if " ".join(text.split()) not in page.said] == []
    assert page.open == []


def test_headings_descend_one_by_one_and_sections_have_names(pair):
    report, page = pair
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(set(ids)) == len(ids)
    assert {attributes["href"][1:] for attributes in page.named("a")} <= set(ids)
    assert len(page.named("section")) == len(report.sections)


def test_every_chart_is_one_image_with_its_words_and_its_numbers(pair):
    """The one that opens the report is drawn a second time, for phones, which show only that one."""
    report, page = pair
    shown = [chart for section in report.sections for chart in charts(section.blocks)]
    images = page.named("svg")
    pictured = [chart for chart in shown for _ in range(2 if isinstance(chart, PortfolioStrip) else 1)]

    assert len(page.named("details")) == len(shown) > 5
    assert len(pictured) == len(shown) + 1
    assert all(image["role"] == "img" for image in images)
    assert all(chart.alt[:1900] in image["aria-label"] for chart, image in zip(pictured, images, strict=True))
    classes = [attributes.get("class", "").split() for _, attributes in page.elements]
    assert [sum(kind in names for names in classes) for kind in ("for-screens", "for-phones")] == [1, 1]


@pytest.mark.parametrize("width", [200, 225, 319])
def test_a_narrow_strip_names_its_parts_within_its_edges(full, catalogue, width):
    report = compose_brand_report(full, "aurora", "de", catalogue)
    strip = next(c for section in report.sections for c in charts(section.blocks) if isinstance(c, PortfolioStrip))
    words = [mark for mark in draw_chart(strip, Pen(Typesetter("de")), width).marks if isinstance(mark, Text)]

    assert {strip.own, strip.category} <= {word.text for word in words}
    assert all(word.x >= 0 and word.x + word.width <= width + 0.01 for word in words)


def test_nothing_on_the_page_is_styled_or_run_inline(pair):
    _, page = pair
    names = {name for _, attributes in page.elements for name in attributes}

    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "style", "img", "iframe", "object", "use"})
    assert not [name for name in names if name == "style" or name.startswith("on")]


def test_the_numbers_of_a_chart_are_those_it_draws(full, catalogue):
    report = compose_brand_report(full, "aurora", "en", catalogue)
    setter, said = Pen(Typesetter("en")), Wording("en")
    for chart in (chart for section in report.sections for chart in charts(section.blocks)):
        cells = {cell for row in chart_table(chart, said).rows for cell in row.cells}
        written = {mark.text for mark in draw_chart(chart, setter, setter.width).marks if isinstance(mark, Text)}
        values = {text for text in written if re.fullmatch(r"[−+]?\d*\.?\d+%", text)}
        ticks = {tick.text for tick in (*getattr(getattr(chart, "axis", None), "ticks", ()),)}
        ticks |= {tick.text for side in "xy" for tick in getattr(getattr(chart, side, None), "ticks", ())}
        if not hasattr(chart, "left"):  # of a flow the sides are drawn, the bands listed
            assert values - ticks <= cells


def test_a_suppressed_brand_shows_no_figure(poor, catalogue):
    report = compose_brand_report(poor, poor.brands[0].key, "en", catalogue)
    page = Reader(web_article(report))

    assert len(page.named("svg")) == sum(1 for section in report.sections for _ in charts(section.blocks))


def test_invented_answers_are_told_wherever_a_chart_stands(whole, catalogue):
    study = dataclasses.replace(whole.study, simulated=True)
    invented = compose_brand_report(dataclasses.replace(whole, study=study), "aurora", "en", catalogue)
    asked = compose_brand_report(
        dataclasses.replace(whole, study=dataclasses.replace(study, simulated=False)), "aurora", "en", catalogue
    )
    captioned = sum(1 for section in invented.sections for chart in charts(section.blocks) if chart.caption)

    assert Reader(web_article(invented)).texts.count("SIMULATED") == 1 + len(invented.sections) + captioned
    assert "SIMULATED" not in web_article(asked)


def test_a_customers_colours_are_painted(full, catalogue):
    report = compose_brand_report(full, "aurora", "en", catalogue)
    chart = next(chart for section in report.sections for chart in charts(section.blocks))
    picture = draw_chart(chart, Pen(Typesetter("en")), 400)

    assert "#7a1fa2" in drawn(picture, Theme(main="#7a1fa2"), label="")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202ecod.exe\u202c b", "acod.exe b"),
        ("\x00line\nbreak\t ", "line break"),
        ("👩\u200d🚀 and مرحبا", "👩\u200d🚀 and مرحبا"),
        ("x" * 5000, "x" * 2000 + "…"),
    ],
)
def test_texts_from_data_turn_nothing_round_and_end(text, shown):
    assert readable(text) == shown
