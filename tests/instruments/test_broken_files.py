"""Files broken at random: never a traceback, and every message has a place; what still passes can be asked."""

import io
from copy import deepcopy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from instruments.catalogue import load_catalogue
from instruments.interview import AnswerError, Assign, Interview
from instruments.study_file import load_study
from survey_app.design.checking import check
from tests.instruments.conftest import SMALL
from tests.instruments.test_fieldwork import FIELD
from tests.instruments.test_known_answers import QUESTIONNAIRE, STUDY

LIBRARY = Path(load_study.__code__.co_filename).parent / "library"
TEA = """\
format: 1
study: tea
title: {en: Tea, zh: 茶}
languages: [en, zh]
instrument: small.yaml
retention: 2030-12-31
brands:
  - {key: ash, name: {en: Ash, zh: 白}}
  - {key: elm, name: {en: Elm, zh: 榆}}
  - {key: fir, name: {en: Fir, zh: 冷杉}}
plan: {k_max: 4, seed: 3}
"""
MAPPED = """\
format: 1
study: banks
title: {en: Banks}
languages: [en]
data:
  brand: bank
  person: id
  scales:
    trust: {label: {en: Trust}, columns: [q1, q2, q3], reversed: [q3], range: [1, 5]}
    warmth: {label: {en: Warmth}, columns: [q4, q5, q6], range: [1, 5], dimension: warm}
  outcomes:
    satisfaction: {label: {en: Satisfaction}, columns: [q7], range: [0, 10], primary: true}
  rules: {fair: {label: {en: fair}, short: {en: fair}, family: care, importance: i1, experience: e1}}
  importance_range: [1, 5]
  experience_codes: {kept: 1, broken: 2, never_arose: 3}
  codes: {"No": 1, "Yes": 5}
  codes_of: {q7: {"not at all": 0}}
  missing: [99]
brands:
  - {key: north, name: {en: North Bank}}
  - {key: south, name: {en: South Bank}}
"""
FLAGSHIP_FIELD = FIELD.replace("instrument: consumer_brand_relationship", "instrument: field.yaml").replace(
    "country != 'other'", "land != 'other'"
)
FIELD_QUESTIONS = QUESTIONNAIRE.replace("ELIGIBLE", "aware, not aware")
# The file that is broken, the name it has, and what lies beside it.
FILES = {
    "questionnaire": (SMALL, "small.yaml", {}),
    "questionnaire of a study": (SMALL, "small.yaml", {"study.yaml": TEA}),
    "study": (TEA, "study.yaml", {"small.yaml": SMALL}),
    "study with a field": (STUDY + "retention: 2030-12-31\n", "study.yaml", {"field.yaml": FIELD_QUESTIONS}),
    "study with quotas": (FLAGSHIP_FIELD, "study.yaml", {"field.yaml": FIELD_QUESTIONS}),
    "questionnaire with a field": (FIELD_QUESTIONS, "field.yaml", {"study.yaml": STUDY + "retention: 2030-12-31\n"}),
    "study of a file": (MAPPED, "study.yaml", {}),
    "strategies": ((LIBRARY / "strategies.yaml").read_text(encoding="utf-8"), "strategies.yaml", {}),
    "module": ((LIBRARY / "modules" / "brand_trust.yaml").read_text(encoding="utf-8"), "module.yaml", {}),
}
JUNK = (
    None,
    True,
    False,
    0,
    1,
    -1,
    99,
    -99,
    2.5,
    1e300,
    float("nan"),
    "",
    " ",
    "x",
    "en",
    "a b",
    "ünï",
    "{",
    "${brand}",
)
JUNK += ("age >= 18", "not (", "brand in used", "and", "all", "not aware", "2030-02-30", "1_000", "-0", "~", "[1, 2]")
JUNK += (
    [],
    {},
    [None],
    [[]],
    {"en": "x"},
    {"en": None},
    [1, 2],
    ["warm", "warm"],
    {"a": {"b": []}},
    "x" * 40,
    "长" * 20,
)
SIGNS = "{}[]:,-#&*!|>'\"%@`\t\n \\?=~\u2028\ufeff\x07a1é中"


def paths(value, path=()):
    """Every place in data."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from paths(inner, (*path, key))


def edited(data, rng):
    """Data with one thing put in, taken out, moved, doubled or renamed."""
    data = deepcopy(data)
    places = [path for path in paths(data) if path]
    path = places[rng.integers(len(places))]
    holder = data
    for part in path[:-1]:
        holder = holder[part]
    match rng.integers(6):
        case 0:
            del holder[path[-1]]
        case 1 | 2:
            holder[path[-1]] = deepcopy(JUNK[rng.integers(len(JUNK))])
        case 3:
            other = data
            for part in places[rng.integers(len(places))]:
                other = other[part]
            holder[path[-1]] = deepcopy(other)
        case 4 if isinstance(holder, dict):
            holder[str(JUNK[rng.integers(len(JUNK))])] = holder.pop(path[-1])
        case _ if isinstance(holder, list):
            holder.insert(path[-1], deepcopy(holder[path[-1]]))
    return data


def smudged(text, rng):
    """Text with a few signs or lines changed."""
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(text) + 1))
        lines = text.split("\n")
        line = int(rng.integers(len(lines)))
        match rng.integers(5):
            case 0:
                text = text[:at] + SIGNS[rng.integers(len(SIGNS))] + text[at:]
            case 1:
                text = text[:at] + text[at + int(rng.integers(1, 9)) :]
            case 2:
                text = "\n".join(lines[:line] + lines[line + 1 :])
            case 3:
                text = "\n".join([*lines[:line], lines[line], *lines[line:]])
            case _:
                text = "\n".join([*lines[:line], " " * int(rng.integers(1, 4)) + lines[line], *lines[line + 1 :]])
    return text


@cache
def loaded(text):
    """A valid file as data, to be copied before it is broken."""
    return YAML(typ="safe", pure=True).load(text)


def broken(text, rng):
    """A text that was a valid file."""
    if rng.random() < 0.4:
        return smudged(text, rng)
    data = loaded(text)
    for _ in range(rng.integers(1, 4)):
        data = edited(data, rng)
        if not any(True for path in paths(data) if path):
            break
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(data, out)
    return out.getvalue()


def play(file):
    """One person goes through a study that passed its check, taking the first choice that is accepted."""
    study = load_study(file)
    if study.instrument is None:
        return
    course = Interview(study.instrument, study.file.brands, load_catalogue()).course(
        Interview(study.instrument, study.file.brands, load_catalogue()).begin(7)
    )
    for number, step in enumerate(course):
        assert number < 500
        if isinstance(step, Assign):
            course.assign([brand for tier in step.tiers for brand in tier][: step.n])
            continue
        raw = {asked.variable: [str(c.code) for c in asked.choices][:1] or ["1"] for asked in step.asked}
        try:
            course.answer(step, raw, [asked.variable for asked in step.asked])
        except AnswerError:
            return


def try_out(folder, seeds):
    """Break files; gives how many were refused."""
    refused = 0
    names = list(FILES)
    for seed in seeds:
        rng = np.random.default_rng([20, seed])
        name = names[seed % len(names)]
        text, file, beside = FILES[name]
        for other, content in beside.items():
            (folder / other).write_text(content, encoding="utf-8")
        (folder / file).write_bytes(broken(text, rng).encode("utf-8", errors="surrogatepass"))
        start = folder / ("study.yaml" if "study.yaml" in beside else file)
        try:
            found = check([start])
            if not found and start.name == "study.yaml":
                play(start)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {name}\n{(folder / file).read_text(encoding='utf-8')}") from error
        refused += bool(found)
        for problem in found:
            assert problem.file, (seed, problem)
            assert problem.line >= 1, (seed, problem)
            assert problem.column >= 1, (seed, problem)
            assert problem.message, (seed, problem)
        for path in folder.iterdir():
            path.unlink()
    return refused


def test_files_broken_at_random_give_messages_with_a_place_and_never_a_traceback(tmp_path):
    assert try_out(tmp_path, range(300)) > 200


@pytest.mark.slow
def test_ten_thousand_broken_files(tmp_path):
    assert try_out(tmp_path, range(10_000)) > 5_000
