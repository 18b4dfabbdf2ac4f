"""The commands `import` and `form`: files in, files out, losses told, wrong use in a sentence."""

import json

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from instruments.check import check_files
from instruments.exchange.codebook import MISSING_LABELS, make_codebook
from instruments.exchange.ddi import write_ddi
from instruments.exchange.opening import read_xml
from instruments.loader import load_instrument
from instruments.measures import MISSING_CODES
from instruments.study_file import Brand
from reports.codebook import codebook_html
from survey_app.cli import main
from tests.instruments.exchange import samples


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def questionnaire(tmp_path, small_yaml):
    path = tmp_path / "small.yaml"
    path.write_text(small_yaml.replace("languages: [en, zh]", "languages: [en, zh]\ndrafts: [zh]"), encoding="utf-8")
    return path


def test_an_import_writes_a_questionnaire_that_passes_the_check_and_a_study_for_its_brands(tmp_path):
    source, out = tmp_path / "coffee.qsf", tmp_path / "coffee.yaml"
    source.write_bytes(samples.qualtrics())
    ran = run("import", source, "--out", out)
    assert ran.exit_code == 0, ran.output
    assert "not carried over: question Q11: question of the type 'HotSpot'" in ran.stderr
    assert check_files([out]) == []
    study = tmp_path / "coffee.study.yaml"
    study.write_text(study.read_text(encoding="utf-8") + "retention: 2031-12-31\n", encoding="utf-8")
    assert check_files([study]) == []
    assert load_instrument(out).instrument == "coffee"


def test_programs_get_losses_as_json(tmp_path):
    source = tmp_path / "shop.lss"
    source.write_bytes(samples.limesurvey())
    told = json.loads(run("import", source, "--out", tmp_path / "shop.yaml", "--json").stdout)
    assert told["problems"] == []
    assert {"place": "question Q13", "what": "equation"}.items() <= told["losses"][4].items()


def test_a_broken_file_ends_in_a_sentence_and_a_wrong_name_in_another(tmp_path):
    source = tmp_path / "shop.lss"
    source.write_bytes(samples.limesurvey()[:900])
    ran = run("import", source, "--out", tmp_path / "shop.yaml")
    assert ran.exit_code == 1
    assert "shop.lss:2:" in ran.stderr
    assert "not valid XML" in ran.stderr
    assert run("import", source, "--out", tmp_path / "shop.txt").exit_code == 2


@pytest.mark.parametrize(
    ("form", "file", "start"),
    [
        ("xlsform", "f.xlsx", b"PK"),
        ("ddi", "f.xml", b"<?xml"),
        ("codebook", "f.html", b"<!doctype html>"),
        ("codebook", "f.pdf", b"%PDF"),
        ("print", "f.pdf", b"%PDF"),
    ],
)
def test_each_form_is_written(questionnaire, tmp_path, form, file, start):
    ran = run("form", questionnaire, "--as", form, "--out", tmp_path / "new" / file)
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "new" / file).read_bytes().startswith(start)


def test_a_language_that_a_questionnaire_has_not_is_refused_with_those_it_has(questionnaire, tmp_path):
    ran = run("form", questionnaire, "--as", "print", "--lang", "es", "--out", tmp_path / "f.pdf")
    assert ran.exit_code == 2
    assert "Name one of en, zh" in ran.stderr


def printed(questionnaire, folder, language):
    out = folder / f"{language}.pdf"
    assert run("form", questionnaire, "--as", "print", "--lang", language, "--out", out).exit_code == 0
    reader = PdfReader(out)
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split()), reader


def test_the_print_says_who_is_asked_what_in_plain_words(questionnaire, tmp_path):
    text, reader = printed(questionnaire, tmp_path, "en")
    for sentence in (
        "Only if question 3 is answered “Yes”.",
        "The interview ends here if the answer to question 2 is below 18.",
        "A choice is offered only if the brand is picked in question 5.",
        "A choice is offered only if it belongs to the answer to question 8.",
        "question 10 is answered “No” or chance decides so (for 50% of the respondents)",
        "those picked in question 6 and those picked in question 5",
        "2 of 3 sets of statements",
        "At most 20 characters.",
        f"Page 1 of {len(reader.pages)}",
    ):
        assert sentence in text
    assert "Draft translation" not in text


def test_a_draft_is_marked_on_every_page(questionnaire, tmp_path):
    _, reader = printed(questionnaire, tmp_path, "zh")
    assert all("译文草稿" in page.extract_text() for page in reader.pages)


def test_the_print_shows_every_question_and_every_choice(questionnaire, tmp_path, small):
    text, _ = printed(questionnaire, tmp_path, "en")
    for item in small.items():
        assert item.label["en"].replace("${brand}", "[brand]") in text
    for scale in small.scales.values():
        assert all(row.label["en"].replace("${brand}", "[brand]") in text for row in scale.items)


@pytest.fixture
def codebook(small):
    brands = [Brand(key=key, name={"en": key.title(), "zh": f"品牌{key}"}) for key in ("ash", "birch")]
    return make_codebook(small, brands)


def test_ddi_describes_every_column_with_labels_questions_and_missing_codes(codebook, small):
    root = read_xml(write_ddi(codebook), "ddi")
    assert (root.tag, root.get("xmlns"), root.get("version")) == ("codeBook", "ddi:codebook:2_5", "2.5")
    variables = {variable.get("name"): variable for variable in root.iter("var")}
    assert list(variables) == [entry.name for entry in codebook.entries]
    assert {"age", "works", "aware_ash", "used_birch", "used_none", "warm1", "imp_warns", "exp_warns"} <= set(variables)
    age = variables["age"]
    assert {told.get("xml:lang"): told.text for told in age.iter("qstnLit")} == {
        "en": "Your age?",
        "zh-Hans": "年龄？",
    }
    assert age.find("valrng/range").attrib == {"min": "1", "max": "120"}
    works = {c.findtext("catValu"): c.get("missing") for c in variables["works"].iter("catgry")}
    assert works == {"1": None, "2": None, **{str(code): "Y" for code in MISSING_CODES}}
    assert variables["warm3"].findtext("notes") == "warm (reversed)"
    groups = [variable for group in root.iter("varGrp") for variable in group.get("var").split()]
    assert sorted(groups) == sorted(variable.get("ID") for variable in variables.values())
    assert root.findtext("stdyDscr/citation/titlStmt/titl") == small.title["en"]


def test_parts_of_a_variable_stand_in_the_order_of_the_schema(codebook):
    order = ["labl", "qstn", "valrng", "invalrng", "catgry", "varFormat", "notes"]
    for variable in read_xml(write_ddi(codebook), "ddi").iter("var"):
        places = [order.index(part.tag) for part in variable]
        assert places == sorted(places)


def test_every_missing_code_is_worded(codebook):
    assert set(MISSING_LABELS) == set(MISSING_CODES)
    page = codebook_html(codebook, "zh")
    assert all(label["zh"] in page for label in MISSING_LABELS.values())


def test_texts_from_a_questionnaire_are_never_markup(small):
    wild = small.model_copy(update={"title": {"en": "<script>a</script> & b", "zh": "x"}})
    page = codebook_html(make_codebook(wild), "en")
    assert "<script>" not in page
    assert "&lt;script&gt;a&lt;/script&gt; &amp; b" in page
