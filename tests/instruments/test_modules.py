"""Modules: what a questionnaire includes becomes part of it, wrong modules are told at their place, texts are whole."""

# ruff: noqa: E501 - the table of mistakes reads as a table, one to a line

import pytest

from instruments.check import check_files
from instruments.loader import InstrumentError, digest, json_schema, load_instrument
from instruments.modules import FOLDER, load_module, module_names
from instruments.study_file import load_study, parse_study
from survey_app.design.publishing import publish_study, published
from survey_app.store import open_store

MODULE = """\
format: 1
module: care
version: 1
title: {en: Care, zh: 关怀}
description: {en: Care., zh: 关怀。}
source: Made for tests
licence: MIT
languages: [en, zh]
drafts: [zh]
lists:
  often:
    choices:
      - {code: 1, label: {en: Never, zh: 从不}}
      - {code: 2, label: {en: Always, zh: 总是}}
  unused:
    choices:
      - {code: 1, label: {en: One, zh: 一}}
scales:
  care:
    label: {en: Care, zh: 关怀}
    list: often
    items:
      - {name: care1, label: {en: "${brand} cares.", zh: "${brand}关心。"}}
      - {name: care2, label: {en: "${brand} is cold.", zh: "${brand}冷淡。"}, reversed: true}
  left_out:
    label: {en: Other, zh: 其他}
    list: unused
    items:
      - {name: other1, label: {en: "${brand} is other.", zh: "${brand}不同。"}}
items:
  - {name: cared, type: select_one, list: often, label: {en: "Did ${brand} care?", zh: "${brand}关心吗？"}}
"""
MATRIX = "          - {type: matrix, scales: [warm, cold], label: {en: Do you agree?, zh: 您同意吗？}}\n"
CARE = MATRIX + (
    "          - {type: matrix, scales: [care], label: {en: How often?, zh: 多久？}}\n"
    "          - {use: cared, required: false}\n"
)


@pytest.fixture
def folder(tmp_path, small_yaml):
    """A questionnaire that includes a module beside it."""
    including = small_yaml.replace("lists:\n", "include: [care.yaml]\nlists:\n", 1).replace(MATRIX, CARE)
    (tmp_path / "mine.yaml").write_text(including, encoding="utf-8")
    (tmp_path / "care.yaml").write_text(MODULE, encoding="utf-8")
    return tmp_path


def rewritten(folder, name, old, new):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(folder):
    with pytest.raises(InstrumentError) as caught:
        load_instrument(folder / "mine.yaml")
    return [(problem.file.rpartition("/")[2], problem.place, problem.message) for problem in caught.value.problems]


def test_what_is_asked_of_a_module_becomes_part_of_the_questionnaire(folder, small):
    instrument = load_instrument(folder / "mine.yaml")
    assert instrument.scales.keys() == {*small.scales, "care"}
    assert instrument.lists.keys() == {*small.lists, "often"}
    assert [item.reversed for item in instrument.scales["care"].items] == [False, True]
    cared = next(item for item in instrument.items() if item.name == "cared")
    assert (cared.label["en"], cared.required) == ("Did ${brand} care?", False)
    assert instrument.drafts == ("zh",)


def test_the_digest_counts_what_is_asked_of_a_module_and_nothing_else(folder):
    first = digest(load_instrument(folder / "mine.yaml"))
    rewritten(folder, "care.yaml", "${brand} is other.", "${brand} is another.")
    assert digest(load_instrument(folder / "mine.yaml")) == first
    rewritten(folder, "care.yaml", "${brand} cares.", "${brand} does care.")
    assert digest(load_instrument(folder / "mine.yaml")) != first


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("mine.yaml", "[care.yaml]", "[car.yaml]", ("mine.yaml", "include[0]", "there is no module 'car.yaml'")),
        ("mine.yaml", "[care.yaml]", "[../care.yaml]", ("mine.yaml", "include[0]", "there is no module '../care.yaml'")),
        (
            "mine.yaml",
            "[care.yaml]",
            "[care.yaml, care.yaml]",
            ("mine.yaml", "include[1]", "the module 'care.yaml' is included already"),
        ),
        (
            "mine.yaml",
            "use: cared",
            "use: carde",
            ("mine.yaml", "pages[4].pages[0].questions[2].use", "no module that is included has a question 'carde'"),
        ),
        (
            "mine.yaml",
            "use: cared,",
            "use: cared, max: 3,",
            ("mine.yaml", "pages[4].pages[0].questions[2].max", "'max' has no meaning for select_one"),
        ),
        (
            "mine.yaml",
            "  warm:\n",
            "  care:\n",
            ("mine.yaml", "include[0]", "the scale 'care' of the module 'care.yaml' stands in this file too"),
        ),
        (
            "mine.yaml",
            "  kept:\n",
            "  often: {choices: [{code: 1, label: {en: Ever, zh: 曾}}]}\n  kept:\n",
            ("mine.yaml", "include[0]", "the list 'often' of the module 'care.yaml' differs from the one that is there"),
        ),
        (
            "care.yaml",
            "languages: [en, zh]",
            "languages: [en]",
            ("mine.yaml", "include[0]", "the module 'care.yaml' has no Chinese texts"),
        ),
        ("care.yaml", "name: care1", "name: warm1", ("care.yaml", "scales.care.items[0].name", "the name 'warm1' is taken")),
        ("care.yaml", "list: often", "list: oftn", ("care.yaml", "scales.care.list", "unknown list 'oftn'")),
        ("care.yaml", "licence: MIT", "license: MIT", ("care.yaml", "license", "unknown key 'license'")),
        ("care.yaml", "{en: Care., zh: 关怀。}", "{en: Care.}", ("care.yaml", "description", "the Chinese text is missing")),
    ],
)  # fmt: skip
def test_problems_have_their_own_place(folder, name, old, new, problem):
    rewritten(folder, name, old, new)
    assert problem in told(folder)


def test_a_name_that_is_taken_tells_the_file_where_it_stands(folder):
    rewritten(folder, "care.yaml", "name: care1", "name: warm1")
    with pytest.raises(InstrumentError) as caught:
        load_instrument(folder / "mine.yaml")
    [problem] = caught.value.problems
    assert "first in line" in problem.remedy
    assert "mine.yaml" in problem.remedy


def test_modules_share_lists_and_do_not_go_round_in_circles(folder):
    rewritten(folder, "care.yaml", "lists:\n", "include: [formats.yaml]\nlists:\n")
    formats = MODULE.replace("module: care", "module: formats").partition("scales:")[0]
    rewritten(folder, "care.yaml", formats.partition("lists:\n")[2].partition("  unused")[0], "")
    (folder / "formats.yaml").write_text(formats, encoding="utf-8")
    assert [choice.code for choice in load_instrument(folder / "mine.yaml").lists["often"].choices] == [1, 2]
    assert check_files([folder / "care.yaml", folder / "formats.yaml"]) == []
    rewritten(folder, "formats.yaml", "lists:\n", "include: [care.yaml]\nlists:\n")
    assert ("formats.yaml", "include[0]", "the module 'care.yaml' is included already") in told(folder)


def test_a_published_study_holds_its_modules(folder):
    study = "format: 1\nstudy: tea\ntitle: {en: Tea, zh: 茶}\nlanguages: [en, zh]\ninstrument: mine.yaml\n"
    study += "retention: 2030-12-31\nbrands:\n  - {key: ash, name: {en: Ash, zh: 白}}\n  - {key: elm, name: {en: Elm, zh: 榆}}\n"
    (folder / "tea.yaml").write_text(study, encoding="utf-8")
    loaded = load_study(folder / "tea.yaml")
    assert parse_study(loaded.study_text, loaded.instrument_text) == loaded
    store = open_store(f"sqlite:///{folder / 'relata.sqlite'}")
    publish_study(store, folder / "tea.yaml")
    (folder / "care.yaml").unlink()
    with store.reading() as tx:
        assert published(tx, "tea").study == loaded
    store.close()


def test_the_toolkits_modules_are_sound_and_named_after_their_files():
    assert check_files(sorted(FOLDER.glob("*.yaml"))) == []
    for name in module_names():
        assert load_module(FOLDER / f"{name}.yaml").module == name


def test_editors_know_that_a_question_may_come_from_a_module():
    questions = json_schema()["$defs"]["Page"]["properties"]["questions"]["items"]
    assert "use" in questions["anyOf"][1]["properties"]


def test_a_matrix_that_asks_for_one_scale_says_what_the_scale_says(folder):
    module = MODULE.replace(
        "  care:\n",
        "  care:\n    question: {en: 'How often does ${brand} care?', zh: '${brand}？'}\n    relevant: used\n",
    )
    (folder / "care.yaml").write_text(module, encoding="utf-8")
    own = (folder / "mine.yaml").read_text(encoding="utf-8")
    silent = own.replace(
        "{type: matrix, scales: [care], label: {en: How often?, zh: 多久？}}", "{type: matrix, scales: [care]}"
    )
    (folder / "mine.yaml").write_text(silent, encoding="utf-8")
    loop = load_instrument(folder / "mine.yaml").pages[4]
    care = next(question for question in loop.pages[0].questions if getattr(question, "scales", ()) == ("care",))
    assert (care.label["en"], care.relevant) == ("How often does ${brand} care?", "used")
    (folder / "mine.yaml").write_text(own, encoding="utf-8")
    assert load_instrument(folder / "mine.yaml").pages[4].pages[0].questions[1].label["en"] == "How often?"
    (folder / "mine.yaml").write_text(silent, encoding="utf-8")
    (folder / "care.yaml").write_text(module.replace("relevant: used", "relevant: usedd"), encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"care\.yaml:21:.*unknown name 'usedd'"):
        load_instrument(folder / "mine.yaml")


def test_statements_of_a_module_are_dealt_to_sets(folder):
    text = (folder / "mine.yaml").read_text(encoding="utf-8")
    design = "planned_missing: {sets: [a, b, c], show: 2"
    (folder / "mine.yaml").write_text(text.replace(design, f"{design}, assign: {{care: [a, b, c]}}"), encoding="utf-8")
    assert [item.set for item in load_instrument(folder / "mine.yaml").scales["care"].items] == ["a", "b"]


@pytest.mark.parametrize(
    ("assign", "said"),
    [
        ("{caree: [a]}", "no scale 'caree' is asked"),
        ("{care: [a, d]}", "unknown set 'd'"),
        ("{care: []}", "no set is named"),
        ("{warm: [a]}", "statements of 'warm' name their sets already"),
    ],
)
def test_sets_that_cannot_be_dealt_are_told(folder, assign, said):
    text = (folder / "mine.yaml").read_text(encoding="utf-8")
    design = "planned_missing: {sets: [a, b, c], show: 2"
    (folder / "mine.yaml").write_text(text.replace(design, f"{design}, assign: {assign}"), encoding="utf-8")
    with pytest.raises(InstrumentError, match=said):
        load_instrument(folder / "mine.yaml")
