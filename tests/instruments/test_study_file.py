"""Study files: what is wrong with brands, languages, mapping or questionnaire is said at its line, all at once."""

import textwrap
from pathlib import Path

import pytest

from instruments.loader import InstrumentError
from instruments.study_file import StudyError, load_study, parse_study

STUDIES = Path(load_study.__code__.co_filename).parent / "studies"

MAPPED = """\
format: 1
study: banks
title: {en: Banks}
languages: [en]
data:
  brand: bank
  scales:
    likeability: {label: {en: Likeability}, columns: [like_1, like_2], range: [1, 7]}
brands:
  - {key: "1", name: {en: North}}
"""


def write(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path, text):
    with pytest.raises(StudyError) as refused:
        load_study(write(tmp_path, text))
    return [(problem.line, problem.message) for problem in refused.value.problems]


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_studies_that_come_with_the_toolkit_load_and_read_back_from_their_texts(path):
    study = load_study(path)
    assert parse_study(study.study_text, study.instrument_text) == study


def test_a_mapped_study_measures_what_its_file_says(tmp_path):
    study = load_study(write(tmp_path, MAPPED))
    assert study.instrument is None
    assert study.measures.brand == "bank"
    assert study.measures.scales[0].columns == ("like_1", "like_2")
    assert (study.measures.scales[0].low, study.measures.scales[0].high) == (1, 7)


def test_a_questionnaire_beside_the_study_file_is_found(tmp_path):
    library = STUDIES.parent / "library" / "consumer_brand_relationship.yaml"
    (tmp_path / "own.yaml").write_text(library.read_text(encoding="utf-8"), encoding="utf-8")
    demo = (STUDIES / "demo.yaml").read_text(encoding="utf-8")
    text = demo.replace("instrument: consumer_brand_relationship", "instrument: own.yaml")
    assert load_study(write(tmp_path, text)).require_instrument().instrument == "consumer_brand_relationship"


def test_an_unknown_questionnaire_is_refused_with_the_nearest_name(tmp_path):
    demo = (STUDIES / "demo.yaml").read_text(encoding="utf-8")
    text = demo.replace("consumer_brand_relationship", "consumer_brand_relationships")
    with pytest.raises(InstrumentError, match="did you mean 'consumer_brand_relationship'"):
        load_study(write(tmp_path, text))


def test_all_problems_are_told_at_once_with_their_lines(tmp_path):
    wrong = """\
format: 1
study: banks
title: {en: Banks}
languages: [en, zh]
plam: {}
data:
  brand: bank
  scales:
    likeability: {label: {en: Likeability, zh: 亲和力}, columns: [like_1, like_1], range: [7, 1]}
    warmth: {label: {en: Warmth, zh: 好感}, columns: [w1], range: [1, 7], dimension: warmth, reversed: [w2]}
brands:
  - {key: "1", name: {en: North, zh: 北}}
  - {key: "1", name: {en: South}}
"""
    found = problems(tmp_path, wrong)
    said = {line: " ".join(message for at, message in found if at == line) for line, _ in found}
    assert "the text in 'zh' is missing" in said[3]
    assert "unknown key 'plam'" in said[5]
    assert "the range runs from low to high" in said[9]
    assert "used already in line 9" in said[9]
    assert "'warmth' is not a dimension" in said[10]
    assert "'w2' is not one of the columns" in said[10]
    assert "a second time" in said[13]
    assert "the text in 'zh' is missing" in said[13]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("data:\n", "instrument: consumer_brand_relationship\ndata:\n"), "either an `instrument`"),
        (("  scales:\n    likeability", "  outcomes:\n    likeability"), "'scales' is missing"),
        (("languages: [en]", "languages: []"), "at least one language"),
        (
            ("brands:", "  rules:\n    fair: {label: {en: x}, short: {en: x}, family: care, importance: i}\nbrands:"),
            "importance needs a range",
        ),
        (
            ("brands:", "  rules:\n    fair: {label: {en: x}, short: {en: x}, family: care, experience: i}\nbrands:"),
            "experience needs the code of kept, broken, never_arose",
        ),
        (("  brand: bank\n", "  encoding: base64\n"), "'base64' is not an encoding"),
        (("  brand: bank\n", "  codes_of: {like: {good: 1}}\n"), "column 'like' is not used in this study"),
        (("  brand: bank\n", "  codes: {good: [1]}\n"), "must be"),
        (("like_2", "weight"), "no measured column may be called 'weight'"),
    ],
)
def test_one_mistake_gives_one_clear_problem(tmp_path, change, said):
    found = problems(tmp_path, MAPPED.replace(*change))
    assert any(said in message for _, message in found), found


def test_without_a_brand_column_a_study_is_about_one_brand(tmp_path):
    one = MAPPED.replace("  brand: bank\n", "")
    assert load_study(write(tmp_path, one)).file.data.brand is None
    found = problems(tmp_path, one + '  - {key: "2", name: {en: South}}\n')
    assert found == [(5, "which of the 2 brands a row is about is not said")]


def test_words_of_a_file_may_be_called_like_parts_of_a_study_file(tmp_path):
    text = MAPPED.replace("like_1", "title").replace("  brand: bank\n", "  codes_of: {title: {label: 1, plan: 2}}\n")
    assert load_study(write(tmp_path, text)).file.data.codes_of == {"title": {"label": 1, "plan": 2}}


def test_the_study_file_in_the_readme_is_one(tmp_path):
    readme = (STUDIES.parent.parent / "README.md").read_text(encoding="utf-8")
    example = readme[readme.index("    format: 1\n") :]
    study = load_study(write(tmp_path, textwrap.dedent(example[: example.index("\n\n")]) + "\n"))
    assert study.file.data.codes == {"No": 1, "Don't mind": 3, "Yes": 5}


def test_problems_of_a_study_and_of_its_questionnaire_are_told_together(tmp_path, small_yaml):
    study = "format: 1\nstudy: tea\ntitle: {en: Tea}\nlanguages: [en]\ninstrument: own.yaml\nlnaguages: [en]\n"
    study += "brands:\n  - {key: ash, name: {en: Ash}}\n"
    broken = small_yaml.replace("max_length: 20", "max_length: x")
    (tmp_path / "own.yaml").write_text(broken, encoding="utf-8")
    with pytest.raises(StudyError) as refused:
        load_study(write(tmp_path, study))
    assert {Path(problem.file).name for problem in refused.value.problems} == {"study.yaml", "own.yaml"}


def test_a_questionnaire_left_blank_is_none(tmp_path):
    text = "format: 1\nstudy: tea\ntitle: {en: Tea}\nlanguages: [en]\ninstrument:\n"
    found = problems(tmp_path, text + "brands:\n  - {key: ash, name: {en: Ash}}\n")
    assert [message for _, message in found] == [
        "a study has either an `instrument` (a questionnaire) or `data` (columns of a file)"
    ]
