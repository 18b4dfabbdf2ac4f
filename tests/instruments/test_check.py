"""Checking several files at once, and the estimated length."""

import pytest

from instruments.check import check_files, notices
from instruments.length import P75_OF_MEDIAN, SECONDS_PER_ANSWER, SECONDS_PER_PAGE, WORDS_PER_SECOND, estimate_minutes
from instruments.loader import LIBRARY, InstrumentError, instrument_of
from instruments.model import Item, Page
from instruments.translation.records import record_path
from instruments.translation.returning import mark
from instruments.yaml_file import parse_yaml
from tests.instruments.test_broken_files import TEA


def test_problems_of_all_files_in_order(tmp_path, small_yaml):
    files = {
        "one.yaml": small_yaml.replace("format: 1", "format: 3"),
        "sound.yaml": small_yaml,
        "two.yaml": small_yaml.replace("max_length: 20", "max_length: 0").replace("at_most: 2", "at_most: 0"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    problems = check_files(tmp_path / name for name in files)
    assert [problem.file.rpartition("/")[2] for problem in problems] == ["one.yaml", "two.yaml", "two.yaml"]
    assert [problem.place for problem in problems[1:]] == ["pages[1].questions[2].max_length", "pages[4].at_most"]
    assert check_files([tmp_path / "sound.yaml"]) == []


def test_a_study_file_is_checked_together_with_its_questionnaire(tmp_path, small_yaml):
    study = "format: 1\nstudy: tea\ntitle: {en: Tea, zh: 茶}\nlanguages: [en, zh]\ninstrument: mine.yaml\n"
    study += "retention: 2030-12-31\n"
    study += "brands:\n  - {key: ash, name: {en: Ash, zh: 白}}\n  - {key: elm, name: {en: Elm, zh: 榆}}\n"
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(small_yaml, encoding="utf-8")
    assert check_files([tmp_path / "study.yaml"]) == []
    (tmp_path / "study.yaml").write_text(study.replace("title", "titel"), encoding="utf-8")
    assert "did you mean 'title'?" in {problem.remedy for problem in check_files([tmp_path / "study.yaml"])}
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(small_yaml.replace("at_most: 2", "at_most: 0"), encoding="utf-8")
    assert [problem.place for problem in check_files([tmp_path / "study.yaml"])] == ["pages[4].at_most"]


def test_length_of_one_question_by_hand(small):
    question = Item(name="q", type="select_one", list="yes_no", label={"en": "Do you like tea?", "zh": "茶？"})
    page = Page(page="p", title={"en": "Tea", "zh": "茶"}, questions=(question,))
    short = small.model_copy(update={"pages": (page,)})
    seconds = 4 / WORDS_PER_SECOND + 0.5 * 2 / WORDS_PER_SECOND + SECONDS_PER_ANSWER + SECONDS_PER_PAGE
    median, p75 = estimate_minutes(short)
    assert median == pytest.approx(seconds / 60)
    assert p75 == pytest.approx(P75_OF_MEDIAN * median)


def test_a_condition_halves_and_a_second_brand_adds(small):
    loop = next(entry for entry in small.pages if not isinstance(entry, Page))
    alone = small.model_copy(update={"pages": (loop.model_copy(update={"at_most": 1, "offer": None}),)})
    two = small.model_copy(update={"pages": (loop.model_copy(update={"at_most": 2, "offer": None}),)})
    assert estimate_minutes(two)[0] == pytest.approx(1.8 * estimate_minutes(alone)[0])


def test_every_file_that_comes_with_the_toolkit_is_sound():
    assert check_files([*LIBRARY.glob("*.yaml"), *(LIBRARY.parent / "studies").glob("*.yaml")]) == []


def test_translations_that_are_older_than_their_source_are_noticed(tmp_path, small_yaml):
    path, study = tmp_path / "small.yaml", tmp_path / "study.yaml"
    path.write_text(small_yaml, encoding="utf-8")
    mark(path, "zh", "reviewed")
    study.write_text(TEA, encoding="utf-8")
    assert not [notice for notice in notices([path, study]) if "older" in notice.message]
    path.write_text(small_yaml.replace("I like ${brand}.", "I really like ${brand}."), encoding="utf-8")
    assert check_files([study]) == []
    [notice] = [notice for notice in notices([study]) if "older" in notice.message]
    assert (notice.file, notice.place) == (str(path), "scales.warm.items[warm1].label")
    assert notice.remedy.endswith("--lang zh --status reviewed --place 'scales.warm.items[warm1].label'")
    record_path(path).write_text("format: 7\n", encoding="utf-8")
    assert [each.file for each in notices([path])][1:] == [str(record_path(path))] * 2


def test_a_catalogue_is_checked_as_one(tmp_path):
    text = (LIBRARY / "relationships.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "relationships.yaml"
    broken.write_text(text.replace("provenance:", "provenence:", 1), encoding="utf-8")
    assert "unknown key 'provenence'" in {problem.message for problem in check_files([broken])}


def test_amounts_are_given_for_every_answer_and_no_other():
    text = (LIBRARY / "consumer_brand_relationship.yaml").read_text()
    wrong = text.replace("{1: 0, 2: 10, 3: 35, 4: 100, 5: 325, 6: 750}", "{1: 0, 2: 10, 3: 35, 4: 100, 5: 325, 9: 750}")
    with pytest.raises(InstrumentError) as raised:
        instrument_of(parse_yaml(wrong, "wrong.yaml"))
    assert [problem.message for problem in raised.value.problems] == [
        "the answers 6 of 'spend' have no amount",
        "'spend' has no answers 9",
    ]


def test_scales_whose_statements_all_run_the_same_way_are_noticed_and_are_no_mistake(tmp_path, small_yaml):
    path = tmp_path / "mine.yaml"
    path.write_text(small_yaml, encoding="utf-8")
    [notice] = notices([path])
    assert (notice.place, notice.line) == ("scales.cold", 1 + small_yaml[: small_yaml.index("  cold:")].count("\n"))
    assert check_files([path]) == []
    turned = small_yaml.replace('zh: "我怀疑${brand}。"}}', 'zh: "我怀疑${brand}。"}, reversed: true}')
    path.write_text(turned, encoding="utf-8")
    assert notices([path]) == []


def test_signed_panels_beside_an_open_entry_are_noticed_until_the_study_says_what_it_means(tmp_path, small_yaml):
    (tmp_path / "mine.yaml").write_text(small_yaml, encoding="utf-8")
    path = tmp_path / "study.yaml"
    told = (
        f"{TEA.replace('small.yaml', 'mine.yaml')}sources:\n"
        "  a:\n    label: {en: A, zh: A}\n    kind: panel\n    id: psid\n"
    )
    signature = "    signature: {kind: linear, parameter: sig, secret: A}\n"
    closed = "  open: {kind: open, label: {en: Open, zh: 其他}, limit: 0}\n"
    found = []
    for text in (told, told + signature, told + signature + closed):
        path.write_text(text, encoding="utf-8")
        assert check_files([path]) == []
        found.append([(notice.place, notice.line) for notice in notices([path]) if "signs its links" in notice.message])
    assert found == [[], [("sources", text.count("\n", 0, text.index("sources:")) + 1)], []]
