import pytest

from survey_app.design.publishing import UnknownStudyError
from survey_app.interface import InterfaceError
from survey_app.interview.questionnaires import Questionnaires
from tests.survey_app.small_study import publish_small_study


@pytest.fixture
def small(store):
    publish_small_study(store)
    return store


def _get(store, languages, version=1):
    with store.reading() as tx:
        return Questionnaires(languages).get(tx, "coffee", version)


def test_a_study_speaks_the_languages_that_the_frame_has_words_in(small):
    assert _get(small, {"en", "zh", "de"}).languages == ("en", "zh")
    assert _get(small, {"zh"}).languages == ("zh",)
    with pytest.raises(InterfaceError, match="speaks en, zh; translations/ has none"):
        _get(small, {"de"})


def test_the_first_wanted_language_that_is_spoken_is_taken(small):
    questionnaire = _get(small, {"en", "zh"})

    assert questionnaire.language(None, "de", "zh", "en") == "zh"
    assert questionnaire.language("de") == "en"


def test_a_version_is_made_once_and_stays_what_it_was(small):
    made = Questionnaires({"en"})
    with small.reading() as tx:
        first = made.get(tx, "coffee", 1)
        assert made.get(tx, "coffee", 1) is first
    changed = publish_small_study(small, simulated=True)
    with small.reading() as tx:
        assert made.get(tx, "coffee", changed.version).study.file.simulated
        assert made.get(tx, "coffee", 1) is first


def test_an_unpublished_version_is_named(small):
    with pytest.raises(UnknownStudyError, match="no version 9 of study 'coffee' is published here; there are: coffee"):
        _get(small, {"en"}, version=9)
