"""Documents of all kinds: what they say, what a file says of itself, and that one failure costs nobody else theirs."""

import dataclasses
import json
import re
import shutil
from collections import Counter
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
import reportlab
from openpyxl import load_workbook
from pypdf import PdfReader

import survey_app.results.report_files
from analysis.compute import Compute
from analysis.findings import Confirmation, Invariance
from analysis.saving import dump_findings
from reports import (
    compose_brand_report,
    compose_cards,
    compose_category_report,
    compose_study_report,
    document_json,
    document_workbook,
    render_pdf,
    style,
)
from reports.colour_profile import srgb_profile
from reports.content import Columns, HeatMap, Paragraph, Table
from reports.page import lay_out
from reports.tables import HEAD_ROW
from reports.theme import Theme, ThemeError, read_theme
from reports.typesetting import printable
from survey_app.results.report_files import Source, UnknownBrandError, make_documents

BUNDLED_FONTS = Path(reportlab.__file__).with_name("fonts")
"""Of the Bitstream Vera family, free to be copied."""


def compose(kind, findings, language, catalogue):
    of_study = {"study": compose_study_report, "category": compose_category_report}
    if kind in of_study:
        return of_study[kind](findings, language, catalogue)
    return {"brand": compose_brand_report, "cards": compose_cards}[kind](findings, "aurora", language, catalogue)


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from strings(part)
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            yield from strings(getattr(value, part.name))


@pytest.fixture(scope="module", params=["brand", "cards", "study", "category"])
def document(request, whole, catalogue):
    return compose(request.param, whole, "de", catalogue)


def structure(reader):
    """Kinds of structure with their nodes, in reading order."""

    def walk(node, parents):
        element = node.get_object()
        yield element["/S"], element, parents
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, list) else []:
            if not isinstance(kid, int) and "/S" in kid.get_object():
                yield from walk(kid, (*parents, element["/S"]))

    return list(walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"], ()))


def test_every_document_is_tagged(document):
    reader = PdfReader(BytesIO(render_pdf(document)))
    nodes = structure(reader)
    kinds = {kind for kind, _, _ in nodes}
    assert {"/Document", "/H1", "/P", "/Table", "/TR", "/TH", "/TD", "/Link"} <= kinds
    assert kinds <= {
        "/Document",
        "/H1",
        "/H2",
        "/P",
        "/Table",
        "/TR",
        "/TH",
        "/TD",
        "/L",
        "/LI",
        "/LBody",
        "/Figure",
        "/Link",
    }
    assert all(node["/Alt"] for kind, node, _ in nodes if kind == "/Figure")
    assert all(parents[-2:] == ("/Table", "/TR") for kind, _, parents in nodes if kind in {"/TH", "/TD"})
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_everything_painted_is_tagged_or_decoration(document):
    for page in PdfReader(BytesIO(render_pdf(document))).pages:
        content = page.get_contents().get_data().decode("latin-1")
        depth = 0
        for operator in re.findall(r"(?:\b(?:BDC|BMC|EMC|BT|re|f|S|B)\b)", re.sub(r"\((?:\\.|[^\\)])*\)", "", content)):
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(operator, 0)
            assert depth in {0, 1}
            assert depth == 1 or operator not in {"BT", "f", "S", "B"}, operator
        assert depth == 0


def test_numbers_of_marked_content_lead_back_to_their_elements(document):
    reader = PdfReader(BytesIO(render_pdf(document)))
    numbers = reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    parents = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page in reader.pages:
        content = page.get_contents().get_data().decode("latin-1")
        marked = [int(n) for n in re.findall(r"/MCID (\d+)", content)]
        elements = parents[page["/StructParents"]].get_object()
        assert marked == list(range(len(elements)))
        assert [element.get_object()["/K"] for element in elements] == marked


def test_a_table_that_goes_on_is_one_table_and_its_head_is_read_once(whole, catalogue):
    nodes = structure(PdfReader(BytesIO(render_pdf(compose_study_report(whole, "en", catalogue)))))
    rows = [len(node["/K"]) for kind, node, _ in nodes if kind == "/Table"]
    assert max(rows) == 1 + len(whole.factors.items) + len(("variance", "determinacy"))


def test_the_file_is_made_to_last(document):
    reader = PdfReader(BytesIO(render_pdf(document)))
    root = reader.trailer["/Root"]
    told = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in told
    assert reader.metadata.title.replace("&", "&amp;") in told
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/DestOutputProfile"].get_object().get_data() == srgb_profile()
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    drawn = [font["/DescendantFonts"][0].get_object() for font in fonts]
    assert all("/FontFile2" in font["/FontDescriptor"] for font in drawn)


def test_the_profile_is_one_that_others_read():
    image_cms = pytest.importorskip("PIL.ImageCms")
    profile = image_cms.ImageCmsProfile(BytesIO(srgb_profile()))
    assert image_cms.getProfileDescription(profile).strip() == "sRGB"
    reference = image_cms.ImageCmsProfile(image_cms.createProfile("sRGB"))
    for ours, theirs in ((profile.profile.red_primary, reference.profile.red_primary),):
        assert [round(part, 2) for part in ours[1]] == [round(part, 2) for part in theirs[1]]


def test_headings_go_down_one_level_at_a_time(document):
    levels = [
        int(kind[2]) for kind, _, _ in structure(PdfReader(BytesIO(render_pdf(document)))) if kind in {"/H1", "/H2"}
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_constructed_groups_have_no_portraits(builder, catalogue):
    report = compose_brand_report(builder.whole_findings(structure="constructed"), "aurora", "en", catalogue)
    keys = [section.key for section in report.sections]
    assert "groups" in keys
    assert not any(key.startswith("group_") for key in keys)


def test_natural_groups_have_a_card_each_and_none_has_none(whole, builder, catalogue):
    keys = [section.key for section in compose_brand_report(whole, "aurora", "en", catalogue).sections]
    assert sum(key.startswith("group_") for key in keys) == 4
    none = compose_brand_report(builder.whole_findings(structure="none"), "aurora", "en", catalogue)
    assert not any(section.key.startswith("group") for section in none.sections)


def test_release_is_never_without_a_person(whole, catalogue):
    said = " ".join(strings(compose_brand_report(whole, "aurora", "en", catalogue)))
    assert "A person has to look at each case before anything is done." in said


def test_what_a_kept_rule_would_earn_is_said_to_be_unknown(whole, catalogue):
    report = compose_brand_report(whole, "aurora", "en", catalogue)
    said = " ".join(strings(next(section for section in report.sections if section.key == "answer")))
    assert "What keeping one rule would earn is not known" in said


def test_brands_are_ranked_only_where_means_may_be_compared(whole, catalogue):
    def league(findings):
        sections = compose_category_report(findings, "en", catalogue).sections
        return next(section for section in sections if section.key == "league").blocks

    assert isinstance(league(whole)[0], Paragraph)
    for reached, ranked in (("metric", False), ("scalar", True)):
        found = Invariance("brand", "MLR", {}, {}, (), reached, None, "", None, (), (), ())
        blocks = league(dataclasses.replace(whole, confirmation=Confirmation(None, (found,))))
        assert isinstance(blocks[0], Table) is ranked


def test_the_wave_before_is_held_against_the_plan(whole, catalogue):
    report = compose_brand_report(whole, "aurora", "en", catalogue, whole)
    plan = next(section for section in report.sections if section.key == "plan")
    (table,) = [
        block for block in plan.blocks if isinstance(block, Table) and block.rows[0].cells[0].startswith("Rule “")
    ]
    assert all(then == now for _, then, now, _ in (row.cells for row in table.rows))


def test_a_workbook_holds_what_the_charts_are_drawn_from(whole, catalogue):
    content = document_workbook(compose_brand_report(whole, "aurora", "en", catalogue))
    assert content == document_workbook(compose_brand_report(whole, "aurora", "en", catalogue))
    book = load_workbook(BytesIO(content), read_only=True)
    numbers = {
        cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, float)
    }
    brand = whole.brands[0]
    behind = [share.brand.value for share in (*brand.portfolio, *brand.current)] + [s.brand.low for s in brand.scales]
    assert all(any(abs(number - value) < 1e-9 for number in numbers) for value in behind)


def test_json_says_what_the_document_says(whole, catalogue):
    report = compose_brand_report(whole, "aurora", "en", catalogue)
    said = json.loads(document_json(report))
    assert [section["headline"] for section in said["sections"]] == [section.headline for section in report.sections]
    assert said["simulated"] is True


def test_a_theme_changes_colours_and_nothing_else(whole, catalogue, tmp_path):
    path = tmp_path / "theme.yaml"
    path.write_text('main: "#7a1f5c"\nwarning: "#8a4b00"\n', encoding="utf-8")
    theme = read_theme(path)
    assert theme == Theme("#7a1f5c", "#8a4b00")
    report = compose_cards(whole, "aurora", "en", catalogue)
    plain, own = (PdfReader(BytesIO(render_pdf(report, look))) for look in (None, theme))
    assert [page.extract_text() for page in own.pages] == [page.extract_text() for page in plain.pages]
    assert render_pdf(report, theme) != render_pdf(report)
    assert {theme.colour(colour) for colour in style.RAMP}.isdisjoint(style.RAMP)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('main: "#ffee00"\n', "too pale"),
        ('main: "blue"\n', "#rrggbb"),
        ('colour: "#000000"\n', "not known"),
        ('logo: "none.png"\n', "no file none.png"),
        ("- main\n", "one to a line"),
    ],
)
def test_a_theme_that_cannot_be_used_says_why(tmp_path, text, said):
    path = tmp_path / "theme.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ThemeError, match=said):
        read_theme(path)


def test_a_theme_sets_the_customers_font_and_ours_where_it_lacks_characters(whole, catalogue, tmp_path):
    for weight in ("Vera.ttf", "VeraBd.ttf"):
        shutil.copy(BUNDLED_FONTS / weight, tmp_path)
    path = tmp_path / "theme.yaml"
    path.write_text('font: "Vera.ttf"\nfont_bold: "VeraBd.ttf"\n', encoding="utf-8")
    theme = read_theme(path)
    report = compose_cards(whole, "aurora", "zh", catalogue)
    plain, own = (PdfReader(BytesIO(render_pdf(report, look))) for look in (None, theme))
    fonts = {font["/BaseFont"].split("+")[1] for font in own.pages[0]["/Resources"]["/Font"].values()}
    assert {"Own-Regular", "Own-Bold", "NotoSansSC-Regular", "NotoSansSC-Bold"} <= fonts
    letters, also = ("".join("".join(page.extract_text() for page in file.pages).split()) for file in (plain, own))
    assert Counter(letters) == Counter(also)
    assert render_pdf(report, theme) == render_pdf(report, theme)


def test_a_font_that_cannot_be_embedded_says_why(tmp_path):
    path = tmp_path / "theme.yaml"
    path.write_text('font: "own.ttf"\n', encoding="utf-8")
    whole_font = (BUNDLED_FONTS / "Vera.ttf").read_bytes()
    for broken in (b"", b"no font at all", whole_font[:2000], whole_font[: len(whole_font) // 2]):
        (tmp_path / "own.ttf").write_bytes(broken)
        with pytest.raises(ThemeError, match=r"own\.ttf cannot be embedded"):
            read_theme(path)
    path.write_text('font_bold: "own.ttf"\n', encoding="utf-8")
    (tmp_path / "own.ttf").write_bytes(whole_font)
    with pytest.raises(ThemeError, match="regular weight"):
        read_theme(path)


def silent(_share, _doing):
    pass


def test_one_failing_brand_does_not_stop_the_others(whole, tmp_path, monkeypatch):
    made_well = survey_app.results.report_files.compose_brand_report

    def breaking(findings, brand, *others, **named):
        if brand == "cassia":
            raise ValueError("broken on purpose")
        return made_well(findings, brand, *others, **named)

    monkeypatch.setattr(survey_app.results.report_files, "compose_brand_report", breaking)
    brands = ("aurora", "cassia", "fjord")
    made = make_documents(
        Source(dump_findings(whole)), tmp_path, silent, brands=brands, languages=("en",), compute=Compute()
    )
    assert [report.brand for report in made.written] == ["aurora", "fjord"]
    assert [(each.wanted.brand, "broken on purpose" in each.reason) for each in made.failed] == [("cassia", True)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(report.path.name for report in made.written)


def test_what_progress_raises_ends_the_work(whole, tmp_path):
    class CancelledError(Exception):
        pass

    def cancel(share, _doing):
        if share > 0:
            raise CancelledError

    with pytest.raises(CancelledError):
        make_documents(
            Source(dump_findings(whole)),
            tmp_path,
            cancel,
            brands=("fjord", "aurora"),
            languages=("en",),
            compute=Compute(),
        )
    assert len(list(tmp_path.iterdir())) == 1


def test_all_kinds_are_made_from_one_source(whole, tmp_path):
    kinds = ("brand", "cards", "workbook", "json", "study", "category")
    made = make_documents(
        Source(dump_findings(whole)),
        tmp_path,
        silent,
        kinds=kinds,
        brands=("fjord",),
        languages=("zh",),
        compute=Compute(),
    )
    assert made.failed == ()
    assert sorted(report.path.suffix for report in made.written) == [".json", *[".pdf"] * 4, ".xlsx"]
    assert all(report.path.name.startswith("SIMULATED_") for report in made.written)
    assert all(report.path.stat().st_size < 1_000_000 for report in made.written)


def test_an_unknown_brand_is_named(whole, tmp_path):
    with pytest.raises(UnknownBrandError, match="no brand nobody in these findings; there are aurora"):
        make_documents(Source(dump_findings(whole)), tmp_path, silent, brands=("nobody",))


def test_a_chart_without_numbers_is_never_drawn(builder, catalogue):
    for findings in (builder.whole_findings(), builder.poor_findings()):
        for brand in findings.brands:
            for section in compose_brand_report(findings, brand.key, "en", catalogue).sections:
                for block in section.blocks:
                    rows = getattr(block, "rows", getattr(block, "points", getattr(block, "links", (1,))))
                    assert rows, (brand.key, section.key, type(block).__name__)


@pytest.mark.parametrize("language", ["en", "zh", "de", "es"])
def test_no_document_shows_a_raw_code(whole, catalogue, language):
    codes = {"keeps_promises", "wants_other", "share_of_wallet", "best_friends", "value_total", "ever_used"}
    for kind in ("brand", "cards", "category"):
        said = " ".join(
            text for section in compose(kind, whole, language, catalogue).sections for text in strings(section.blocks)
        )
        assert not [code for code in codes if code in said]


def test_every_kind_fits_its_pages_in_every_language(whole, catalogue):
    for language in ("en", "zh", "de", "es"):
        for kind in ("cards", "study", "category"):
            for page in lay_out(compose(kind, whole, language, catalogue))[1:]:
                ends = [placed.y + placed.drawing.height for placed in page.placed if placed.role != "Artifact"]
                assert max(ends) <= style.PAGE_HEIGHT - style.BOTTOM + 0.01


def test_a_heat_map_has_a_column_for_each_cell(whole, catalogue):
    for section in compose_category_report(whole, "en", catalogue).sections:
        for block in section.blocks:
            if isinstance(block, HeatMap):
                assert {len(row.cells) for row in block.rows} == {len(block.columns)}


def titles(blocks):
    for block in blocks:
        if isinstance(block, Table):
            yield from (column.title for column in block.columns)
        elif isinstance(block, Columns):
            yield from (title for column in block.columns for title in titles(column))


@pytest.mark.parametrize("language", ["en", "de", "es"])
@pytest.mark.parametrize("kind", ["brand", "study", "category"])
def test_no_word_in_the_head_of_a_table_is_cut(whole, catalogue, kind, language):
    report = compose(kind, whole, language, catalogue)
    known = {printable(title) for section in report.sections for title in titles(section.blocks)}
    placed = [placed for page in lay_out(report) for placed in page.placed]
    heads = [each for each in placed if each.role == "TH" and each.within[-1] == ("TR", HEAD_ROW)]
    written = {" ".join(mark.text for mark in head.drawing.marks).replace("- ", "-") for head in heads}
    assert written
    assert written <= known | {title.replace("- ", "-") for title in known}
