"""Studies: whether a study file's brands, languages, mapping and questionnaire fit together."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.catalogue import DIMENSIONS
from instruments.consistency.outline import Cursor
from instruments.grammar import did_you_mean
from instruments.measures import RESERVED
from instruments.model import Instrument
from instruments.yaml_file import DataPath, Problem, YamlFile

_TEXTS = ("title", "category", "label", "short")
_TEXTS_AT = (("contact",), ("consent", "text"))
_CODES = ("kept", "broken", "never_arose")
# Parts whose keys are words of a file, or of the plan, and none of ours.
_OTHERS = ("plan", "codes", "codes_of", "invalid", "amounts")


def check_study(file: YamlFile, instrument: Instrument | None) -> Iterator[Problem]:
    """Hold a study file against itself and its questionnaire.

    Parameters
    ----------
    file : YamlFile
        The study file as it was read; anything may be wrong with it.
    instrument : Instrument or None
        The questionnaire that it names.

    Yields
    ------
    Problem
        One for each place that is wrong.
    """
    root = Cursor(file.data, ())
    if bool(root["instrument"]) == bool(root["data"]):
        message = "a study has either an `instrument` (a questionnaire) or `data` (columns of a file)"
        yield file.problem((), message, "keep one of the two")
    yield from _languages(file, root, instrument)
    yield from _brands(file, root)
    yield from _scales(file, root)
    yield from _columns(file, root)
    yield from _rules(file, root)
    yield from _reading(file, root)


def _languages(file: YamlFile, root: Cursor, instrument: Instrument | None) -> Iterator[Problem]:
    languages = [language.text for language in root["languages"].elements()]
    if root.has("languages") and not languages:
        yield file.problem(("languages",), "a study speaks at least one language", "as [en]")
    for at in root["languages"].elements():
        if instrument and at.text not in instrument.languages:
            known = did_you_mean(at.text, instrument.languages)
            yield file.problem(at.path, f"the questionnaire does not speak '{at.text}'", known)
    for text in _texts(root):
        for language in languages:
            if isinstance(text.value, dict) and not text[language].text.strip():
                yield file.problem(text.path, f"the text in '{language}' is missing", "add it", at_key=True)


def _texts(at: Cursor) -> Iterator[Cursor]:
    for key, inner in at.entries():
        is_brand = key == "name" and at.path[:1] == ("brands",)
        if key in _TEXTS or is_brand or at.path == ("industries",) or inner.path in _TEXTS_AT:
            yield inner
        elif key not in _OTHERS:
            yield from _texts(inner)
    for inner in at.elements():
        yield from _texts(inner)


def _brands(file: YamlFile, root: Cursor) -> Iterator[Problem]:
    seen: set[str] = set()
    for brand in root["brands"].elements():
        key = str(brand["key"].value).lower()
        if key in seen:
            yield file.problem(brand["key"].path, f"the brand key '{key}' stands here a second time", "rename one")
        seen.add(key)


def _scales(file: YamlFile, root: Cursor) -> Iterator[Problem]:
    data = root["data"]
    for part in ("scales", "outcomes"):
        for _, measure in data[part].entries():
            yield from _measure(file, measure)
    if data.has("scales") and not any(True for _ in data["scales"].entries()):
        yield file.problem(("data", "scales"), "at least one scale is needed", "name columns that measure something")
    primary = [outcome for _, outcome in data["outcomes"].entries() if outcome["primary"].value is True]
    for outcome in primary[1:]:
        yield file.problem(outcome["primary"].path, "there is a primary outcome already", "keep one of them")


def _measure(file: YamlFile, measure: Cursor) -> Iterator[Problem]:
    bounds = [bound.value for bound in measure["range"].elements()]
    if all(isinstance(bound, (int, float)) for bound in bounds) and bounds != sorted(set(bounds)):
        yield file.problem(measure["range"].path, "the range runs from low to high", "as [1, 7]")
    columns = [column.text for column in measure["columns"].elements()]
    for reversed_column in measure["reversed"].elements():
        if reversed_column.text not in columns:
            known = did_you_mean(reversed_column.text, columns)
            yield file.problem(reversed_column.path, f"'{reversed_column.text}' is not one of the columns", known)
    dimension = measure["dimension"]
    if dimension and dimension.text not in DIMENSIONS:
        message = f"'{dimension.text}' is not a dimension of the relationship catalogue"
        yield file.problem(dimension.path, message, did_you_mean(dimension.text, DIMENSIONS))


def _columns(file: YamlFile, root: Cursor) -> Iterator[Problem]:
    """No column measures two things."""
    data = root["data"]
    used: dict[str, DataPath] = {}
    measures = (measure for part in ("scales", "outcomes") for _, measure in data[part].entries())
    for column in (column for measure in measures for column in measure["columns"].elements()):
        if column.text in used:
            line = file.places.value(used[column.text])[0]
            yield file.problem(column.path, f"column '{column.text}' is used already in line {line}", "use it once")
        used.setdefault(column.text, column.path)
    for column in _measured(data):
        if column.text in RESERVED:
            message = f"no measured column may be called '{column.text}': the analysis has one of its own"
            yield file.problem(column.path, message, "rename it in the file and here")


def _measured(data: Cursor) -> Iterator[Cursor]:
    """The columns that a data part puts into the analysed ratings under their own names."""
    for part in ("scales", "outcomes"):
        for _, measure in data[part].entries():
            yield from measure["columns"].elements()
    for _, rule in data["rules"].entries():
        yield from (rule[question] for question in ("importance", "experience"))
    for _, value in data["value"].entries():
        yield value["column"]
    for _, columns in data["background"].entries():
        yield from columns.elements()


def _rules(file: YamlFile, root: Cursor) -> Iterator[Problem]:
    data = root["data"]
    rules = [rule for _, rule in data["rules"].entries()]
    if any(rule.has("importance") for rule in rules) and not data.has("importance_range"):
        yield file.problem(("data", "rules"), "importance needs a range", "add `importance_range: [1, 5]`", at_key=True)
    missing = [code for code in _CODES if not data["experience_codes"].has(code)]
    if any(rule.has("experience") for rule in rules) and missing:
        remedy = "add `experience_codes: {kept: 1, broken: 2, never_arose: 3}`"
        yield file.problem(("data", "rules"), f"experience needs the code of {', '.join(missing)}", remedy, at_key=True)


def _reading(file: YamlFile, root: Cursor) -> Iterator[Problem]:
    """Whether the file that the data part describes can be read as it says."""
    data = root["data"]
    brands = sum(1 for _ in root["brands"].elements())
    if isinstance(data.value, dict) and not data["brand"] and brands > 1:
        message = f"which of the {brands} brands a row is about is not said"
        yield file.problem(data.path, message, "add `brand: <its column>`, or leave one brand", at_key=True)
    if data["encoding"].text and not _is_encoding(data["encoding"].text):
        message = f"'{data['encoding'].text}' is not an encoding"
        yield file.problem(data["encoding"].path, message, "as utf-8, windows-1252 or utf-16")
    used = set(_used(data))
    for part in ("codes_of", "invalid"):
        for column, meanings in data[part].entries():
            if column not in used:
                message = f"column '{column}' is not used in this study"
                yield file.problem(meanings.path, message, did_you_mean(column, used), at_key=True)


def _is_encoding(name: str) -> bool:
    try:
        "".encode(name)
    except LookupError:
        return False
    return True


def _used(at: Cursor) -> Iterator[str]:
    """Columns that a data part names, and texts beside them; what stands under `codes` and the like names none."""
    yield at.text
    for key, inner in at.entries():
        if key not in _OTHERS:
            yield from _used(inner)
    for inner in at.elements():
        yield from _used(inner)
