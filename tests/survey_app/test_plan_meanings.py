"""What choices of the plan mean is said in every language, of the English sentence as it stands."""

import re
import shutil
from typing import get_args

import pytest

from analysis.plan import AnalysisPlan
from instruments.model import Language
from survey_app.design.plan_meanings import SOURCE, TRANSLATIONS, meanings, misfits

TRANSLATED = sorted(set(get_args(Language)) - {SOURCE})


def test_the_plan_says_of_every_choice_what_it_means():
    assert [name for name, field in AnalysisPlan.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_choice_is_explained_in_every_language_and_nothing_is_left_over(language):
    assert misfits(language) == []
    assert {meaning.language for meaning in meanings(language).values()} == {language}


def test_there_are_no_translations_into_other_languages_and_no_copy_of_the_english():
    assert sorted(path.stem for path in TRANSLATIONS.iterdir()) == TRANSLATED
    assert {name: meaning.text for name, meaning in meanings(SOURCE).items()} == {
        name: field.description for name, field in AnalysisPlan.model_fields.items()
    }


@pytest.mark.parametrize(
    ("pattern", "instead", "complaint"),
    [
        (r"^k_max: .*\n", "", "de: k_max has no translation"),
        (r"^k_max:", "k_most: {of: x, text: x}\nk_max:", "de: k_most is no choice of the plan"),
        (r'^(k_max: .*text: )".*"', r'\1""', "de: k_max says nothing"),
        (r'^k_max: {of: "\w+"', 'k_max: {of: "0"', "de: k_max was translated from an older sentence"),
    ],
)
def test_a_translation_that_does_not_fit_is_named(tmp_path, pattern, instead, complaint):
    folder = shutil.copytree(TRANSLATIONS, tmp_path / "plan")
    said = (folder / "de.yaml").read_text(encoding="utf-8")
    (folder / "de.yaml").write_text(re.sub(pattern, instead, said, count=1, flags=re.MULTILINE), encoding="utf-8")

    (found,) = misfits("de", folder)
    assert found.startswith(complaint)


def test_a_changed_english_sentence_is_shown_until_its_translation_is_read_again(monkeypatch):
    monkeypatch.setattr(AnalysisPlan.model_fields["k_max"], "description", "another sentence")
    meanings.cache_clear()
    try:
        assert [found.split(" was ")[0] for found in misfits("zh")] == ["zh: k_max"]
        assert (meanings("zh")["k_max"].text, meanings("zh")["k_max"].language) == ("another sentence", SOURCE)
        assert meanings("zh")["k_min"].language == "zh"
    finally:
        meanings.cache_clear()
