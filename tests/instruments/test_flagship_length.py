"""The flagship's length, estimated from its texts, stays within what people put up with on a phone."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import instruments
from instruments.catalogue import load_catalogue
from instruments.model import Instrument, Loop, Matrix

FILE = Path(instruments.__file__).parent / "library" / "consumer_brand_relationship.yaml"
FLAGSHIP = Instrument.model_validate(YAML(typ="safe", pure=True).load(FILE.read_text(encoding="utf-8")))

# Assumptions, not measurements; the file's heading states them in words.
SECONDS_PER_ANSWER, SECONDS_PER_PAGE, SECONDS_OF_WRITING = 1.5, 2, {"text": 25, "integer": 3}
SECOND_BRAND, P75_OF_MEDIAN = 0.8, 1.25
ASKED = {"current_two": 0.95, "desired_one": 0.56, "desired_two": 0.5, "remedy": 0.35}
LONGEST_MINUTES = 14


def _reading(texts, language):
    """Seconds to read a text: 4 words of English or 6.4 Chinese characters a second."""
    if language == "zh":
        return len(re.sub(r"[，。？：；（）、 ]", "", texts["zh"].replace("${brand}", "品牌名"))) / 6.4
    return len(texts[language].split()) / 4


def _reading_answers(key, language, *, again):
    answers, catalogue = FLAGSHIP.lists[key], load_catalogue()
    seconds = sum(_reading(choice.label, language) for choice in (*answers.choices, *answers.extra))
    if answers.source == "families":
        seconds += sum(_reading(family.card, language) for family in catalogue.families)
        return seconds / 2 if again else seconds
    if answers.source == "relationships":
        cards = sum(_reading(entry.card, language) for entry in catalogue.relationships)
        return seconds + cards / len(catalogue.families)
    return seconds + 3 if answers.source == "brands" else seconds / 2


def _matrix(matrix, language):
    battery = FLAGSHIP.rules
    if matrix.scales:
        rows = [item for key in matrix.scales for item in FLAGSHIP.scales[key].items]
        shown = len(rows) * FLAGSHIP.planned_missing.show / len(FLAGSHIP.planned_missing.sets)
    else:
        rows = battery.rules
        shown = battery.importance_shown if matrix.rules == "importance" else battery.experience_shown
    per_row = sum(_reading(row.label, language) for row in rows) / len(rows)
    return _reading(matrix.label, language) + shown * (per_row + SECONDS_PER_ANSWER)


def _question(question, language, met):
    if isinstance(question, Matrix):
        return _matrix(question, language)
    seconds = _reading(question.label, language) + SECONDS_PER_ANSWER + SECONDS_OF_WRITING.get(question.type, 0)
    seconds += _reading(question.hint, language) if question.hint else 0
    if question.list:
        seconds += _reading_answers(question.list, language, again=question.list in met)
        met.add(question.list)
    return seconds * ASKED.get(question.name, 1)


def _median_seconds(language):
    """Median seconds of one brand and of everything that is asked once."""
    met, brand, once = set(), 0.0, 0.0
    for part in FLAGSHIP.pages:
        pages = part.pages if isinstance(part, Loop) else (part,)
        seconds = sum(
            (sum(_question(question, language, met) for question in page.questions) + SECONDS_PER_PAGE)
            * ASKED.get(page.page, 1)
            for page in pages
        )
        if isinstance(part, Loop):
            brand, once = brand + seconds, once + _question(part.offer, language, met)
        else:
            once += seconds
    return brand, once


@pytest.mark.parametrize("language", FLAGSHIP.languages)
def test_three_in_four_are_done_with_two_brands_within_14_minutes(language):
    brand, once = _median_seconds(language)
    minutes = P75_OF_MEDIAN * ((1 + SECOND_BRAND) * brand + once) / 60
    assert minutes <= LONGEST_MINUTES


def test_the_estimate_in_the_files_heading_is_the_one_computed():
    heading = FILE.read_text(encoding="utf-8").split("format: 1")[0]
    for language in ("en", "zh"):
        brand, once = _median_seconds(language)
        median = ((1 + SECOND_BRAND) * brand + once) / 60
        for number in (f"{brand:.0f} s", f"{once:.0f} s", f"{median:.1f} min", f"{P75_OF_MEDIAN * median:.1f} min"):
            assert number in heading, (language, number)
