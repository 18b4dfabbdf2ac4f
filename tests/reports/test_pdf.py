import ast
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from reports import compose_brand_report, render_pdf, style
from reports.blocks import draw_block
from reports.content import Column, Cover, DocumentInfo, Furniture, Report, Row, Section, Table
from reports.drawing import Pen, Text
from reports.page import lay_out
from reports.placement import Labelled, Rectangle, place_labels
from reports.typesetting import CHINESE, LATIN, Typesetter, printable

HOSTILE = '<b>&" <script>alert(1)</script> </para> {page} %s 🙂👩‍👩‍👧 العربية\x00\u202e'
LONG = "Consolidated International Household & Garden Furnishings of Greater Northumberland and Successors " * 3


def texts(page):
    """Every line of text of a page with the rectangle it fills."""
    for placed in page.placed:
        for mark in placed.drawing.marks:
            if isinstance(mark, Text):
                yield mark, _rectangle(mark, placed.x, placed.y)


def _rectangle(mark, left, top):
    rise, depth = mark.font.size * 0.74, mark.font.size * 0.16
    if mark.upright:
        return Rectangle(left + mark.x - rise, top + mark.y - mark.width, rise + depth, mark.width)
    return Rectangle(left + mark.x, top + mark.y - rise, mark.width, rise + depth)


def named(builder, name):
    return builder.full_findings(name={"en": name, "zh": name})


def reader(report):
    return PdfReader(BytesIO(render_pdf(report)))


def page_texts(report):
    return [page.extract_text() for page in reader(report).pages]


STUDIES = {
    "whole": lambda builder: builder.whole_findings(),
    "whole drawn": lambda builder: builder.whole_findings(structure="constructed"),
    "whole long": lambda builder: builder.whole_findings(name={"en": LONG, "zh": LONG}),
    "full": lambda builder: builder.full_findings(),
    "drawn": lambda builder: builder.full_findings(structure="constructed", simulated=False),
    "poor": lambda builder: builder.poor_findings(),
    "hostile": lambda builder: named(builder, HOSTILE),
    "long": lambda builder: named(builder, LONG),
}


LAID_OUT = [("whole", language) for language in ("en", "zh", "de", "es")]
LAID_OUT += [
    ("whole drawn", "en"),
    ("whole long", "de"),
    ("full", "es"),
    ("drawn", "de"),
    ("poor", "en"),
    ("poor", "zh"),
]
LAID_OUT += [("hostile", "en"), ("hostile", "zh")]


@pytest.fixture(scope="module", params=LAID_OUT)
def laid_out(request, builder, catalogue):
    """Pages of the reports on a big brand and the two smallest of one kind of study in one language."""
    study, language = request.param
    findings = STUDIES[study](builder)
    brands = [findings.brands[0], *findings.brands[-2:]]
    return [lay_out(compose_brand_report(findings, brand.key, language, catalogue)) for brand in brands]


def test_no_two_lines_of_text_overlap(laid_out):
    for pages in laid_out:
        for number, page in enumerate(pages, start=1):
            lines = list(texts(page))
            for i, (mark, place) in enumerate(lines):
                crossed = [other.text for other, room in lines[:i] if place.overlaps(room)]
                assert crossed == [], f"page {number}: {mark.text!r} crosses {crossed}"


def test_all_text_stands_inside_the_page_and_its_margins(laid_out):
    frame = Rectangle(style.MARGIN - 1, 0, style.CONTENT_WIDTH + 2, style.PAGE_HEIGHT)
    for pages in laid_out:
        for number, page in enumerate(pages, start=1):
            outside = [mark.text for mark, place in texts(page) if not frame.contains(place)]
            assert outside == [], f"page {number}"


def test_sections_end_above_the_footer(laid_out):
    for pages in laid_out:
        for page in pages[1:]:
            ends = [placed.y + placed.drawing.height for placed in page.placed if placed.role != "Artifact"]
            assert max(ends) <= style.PAGE_HEIGHT - style.BOTTOM + 0.01


def test_the_one_page_answer_is_one_page(laid_out):
    for pages in laid_out:
        first_pages = {mark.key: number for number, page in enumerate(pages) for mark in page.bookmarks}
        if "answer" in first_pages:
            assert first_pages["portfolio"] == first_pages["answer"] + 1


def test_no_heading_is_left_at_the_foot_of_a_page(laid_out):
    for pages in laid_out:
        for page in pages[1:]:
            roles = [placed.role for placed in page.placed if placed.role != "Artifact"]
            assert roles[-1] not in {"H1", "H2", "Caption"}


def test_a_line_to_a_far_label_goes_round_other_labels():
    wide = Labelled(100.0, 100.0, 3.0, 80.0, 10.0, weight=1)
    above = Labelled(140.0, 90.0, 2.0, 60.0, 9.0)  # no room over it, and the wide label under it
    name, found = place_labels([wide, above], Rectangle(0.0, 84.0, 260.0, 116.0))
    assert found.y + found.height < name.y


def fullness(page):
    ends = [placed.y + placed.drawing.height for placed in page.placed if placed.role != "Artifact"]
    return (max(ends) - style.TOP) / style.CONTENT_HEIGHT


def test_a_page_whose_section_goes_on_is_well_filled(laid_out):
    for pages in laid_out:
        for number, (page, following) in enumerate(pairwise(pages[1:]), start=2):
            if not following.bookmarks:
                assert fullness(page) > 0.55, f"page {number}"


def test_a_section_that_would_just_spill_over_is_set_tightly():
    loose, tight = (_long_table(rows) for rows in (20, 39))
    assert [len(lay_out(report)) for report in (loose, tight)] == [2, 2]
    assert _first_row_height(tight) < _first_row_height(loose)


def _long_table(rows):
    table = Table("Caption", (Column("Name"),), tuple(Row((f"Row {i}",)) for i in range(rows)))
    cover = Cover("", "Aurora", "", (), "", ())
    section = Section("table", "Title", "Headline", (table,))
    return Report("en", DocumentInfo("", "", "", ()), Furniture("", "", "", "{page}", None), cover, (section,))


def _first_row_height(report):
    cells = [placed for placed in lay_out(report)[1].placed if placed.role == "TH"]
    return cells[2].y - cells[1].y


def test_rows_that_go_on_with_a_name_stay_with_it():
    names = [f"Name {i // 3}" if i % 3 == 0 else "" for i in range(60)]
    table = Table("", (Column("Name"), Column("Value")), tuple(Row((name, "1")) for name in names))
    pieces = list(draw_block(table, Pen(Typesetter("en"))))[1:]
    assert all(piece.with_next for piece, below in zip(pieces, names[1:], strict=False) if not below)
    assert not all(piece.with_next for piece in pieces)


def test_in_a_row_on_a_small_base_only_the_numbers_are_grey():
    row = Row(("Name", "1"), muted=True)
    table = Table("", (Column("Name"), Column("Value", align="right")), (row,))
    _, drawn = draw_block(table, Pen(Typesetter("en")))
    name, number = (part.drawing.marks[0] for part in drawn.parts[:2])
    assert (name.colour, number.colour) == (style.INK, style.SUBTLE)


def test_no_chinese_line_begins_with_a_closing_sign(builder, catalogue):
    report = compose_brand_report(builder.full_findings(), "aurora", "zh", catalogue)
    first = {mark.text[0] for page in lay_out(report) for mark, _ in texts(page) if mark.text}
    assert first.isdisjoint("。，、；：？！）》】」』”’%")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_can_be_taken_out_again(full, catalogue, language):
    report = compose_brand_report(full, "aurora", language, catalogue)
    pages = page_texts(report)
    squeezed = "".join("".join(pages).split())
    for section in report.sections:
        assert "".join(section.headline.split()) in squeezed
    assert full.manifest.data_sha256 in squeezed


@pytest.mark.parametrize(("key", "language"), [("aurora", "en"), ("aurora", "zh"), ("fjord", "zh")])
def test_every_font_is_embedded(full, catalogue, key, language):
    fonts = {}
    for page in reader(compose_brand_report(full, key, language, catalogue)).pages:
        for reference in page["/Resources"].get("/Font", {}).values():
            font = reference.get_object()
            (drawn,) = font["/DescendantFonts"]
            fonts[font["/BaseFont"]] = "/FontFile2" in drawn.get_object()["/FontDescriptor"]
    assert fonts
    assert all(fonts.values()), fonts


def test_equal_reports_give_equal_bytes(full, catalogue):
    first = render_pdf(compose_brand_report(full, "aurora", "zh", catalogue))
    render_pdf(compose_brand_report(full, "cassia", "en", catalogue))
    assert render_pdf(compose_brand_report(full, "aurora", "zh", catalogue)) == first


@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
def test_the_file_says_what_it_is(full, catalogue, language):
    report = compose_brand_report(full, "aurora", language, catalogue)
    file = reader(report)
    assert file.metadata.title == report.info.title
    assert file.metadata.author == "Relata"
    assert full.manifest.data_sha256 in file.metadata.subject
    assert file.trailer["/Root"]["/Lang"] == {"zh": "zh-Hans"}.get(language, language)
    assert [entry.title for entry in file.outline][1:] == [section.title for section in report.sections]
    assert file.page_labels == [str(number) for number in range(1, len(file.pages) + 1)]


@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
def test_simulated_findings_are_marked_on_every_page(full, poor, catalogue, language):
    marks = {"en": "SIMULATED DATA", "zh": "模拟数据", "de": "SIMULIERTE DATEN", "es": "DATOS SIMULADOS"}
    mark = marks[language]
    assert all(mark in text for text in page_texts(compose_brand_report(full, "aurora", language, catalogue)))
    assert not any(mark in text for text in page_texts(compose_brand_report(poor, "1", language, catalogue)))


def test_markup_in_a_name_prints_as_it_is(builder, catalogue):
    pages = page_texts(compose_brand_report(named(builder, '<b>&"'), "aurora", "en", catalogue))
    assert '<b>&"' in pages[0]
    assert 'relationships with <b>&"' in " ".join(pages[1].split())


def test_signs_without_a_glyph_are_replaced_visibly():
    assert printable("Tea 🙂🙂 & 茶\u202e") == "Tea \N{REPLACEMENT CHARACTER} & 茶"
    assert printable("a\n\tb\x00") == "a b"
    assert printable("x" * 5000).endswith("…")
    assert len(printable("x" * 5000)) < 2100


def test_a_long_name_is_cut_in_running_text_and_whole_on_the_cover(builder, catalogue):
    report = compose_brand_report(named(builder, LONG), "aurora", "en", catalogue)
    cover = " ".join(mark.text for mark, _ in texts(lay_out(report)[0]))
    assert LONG.strip() in cover
    assert "…" in report.sections[0].headline


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_chinese_name_in_another_language_is_set_in_a_font_that_has_it(language):
    setter = Typesetter(language)
    runs = setter.runs("Aurora 晨光 d’Or", style.BODY)
    assert [run.font for run in runs] == [f"{LATIN}-Regular", f"{CHINESE}-Regular", f"{LATIN}-Regular"]


def test_lines_keep_within_their_width_and_lose_nothing():
    setter = Typesetter("zh")
    said = "每100段顾客与晨光的关系中，有34段属于“高温暖感”（95%区间28–39%），其次是Supercalifragilistic。"
    for width in (30.0, 60.0, 97.0, 150.0):
        lines = setter.lines(said, style.BODY, width)
        assert "".join(lines) == said
        assert all(setter.width(line, style.BODY) <= width + style.BODY.size for line in lines)


def test_every_chart_has_words_for_those_who_do_not_see_it(full, catalogue):
    report = compose_brand_report(full, "aurora", "en", catalogue)
    figures = [placed for page in lay_out(report) for placed in page.placed if placed.role == "Figure"]
    assert len(figures) >= 7
    assert all(figure.alt for figure in figures)


def imported_by(module):
    """Modules of the package that a module of it imports, directly or through others."""
    folder = Path(style.__file__).parent
    found, open_names = set(), [module]
    while open_names:
        tree = ast.parse((folder / f"{open_names.pop()}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            source = getattr(node, "module", "") or ""
            names = [source.removeprefix("reports.")] if source.startswith("reports.") else []
            names += [alias.name for alias in node.names] if source == "reports" else []
            open_names += [name for name in names if name not in found]
            found.update(names)
            found.update({"reportlab"} if source.startswith("reportlab") else set())
    return found


def test_composing_knows_no_drawing():
    assert imported_by("brand").isdisjoint({"reportlab", "typesetting", "drawing", "page", "blocks", "charts", "pdf"})
    assert "reportlab" in imported_by("page")
