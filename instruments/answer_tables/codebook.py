"""The codebook of an answer table: what each column holds, in every language; reads no answers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from instruments.catalogue import load_catalogue
from instruments.interview import Interview, Variable
from instruments.measures import MISSING_CODES, NOT_ANSWERED, ONLY_BRAND, Measures, OutcomeMeasure, ScaleMeasure
from instruments.model import Code, Instrument, Texts
from instruments.study_file import Mapping, Study
from instruments.yaml_file import read_yaml

SYSTEM_COLUMNS = (
    "_person",
    "_status",
    "_lang",
    "_started_at",
    "_ended_at",
    "_instrument",
    "_version",
    "_digest",
    "_seed",
    "_simulated",
    "_test",
    "_sets",
)
RATING_COLUMNS = ("brand", "_position", "_eligible", "_weight", "_seconds")

Kind = Literal["code", "number", "word", "text", "date", "moment"]
"""`code` a whole number with a meaning, `word` a word with one, `number` an amount, `text` anything, `date` a day,
`moment` a day and time in UTC."""
_KINDS: dict[str, Kind] = {"text": "text", "date": "date", "decimal": "number"}
_MOMENTS = ("_started_at", "_ended_at")
_NUMBERS = ("_version", "_seed", "_position", "_eligible", "_weight", "_seconds")


@dataclass(frozen=True)
class Value:
    """A code and what it stands for."""

    code: Code
    label: Texts


@dataclass(frozen=True)
class Column:
    """One column of an answer table.

    Parameters
    ----------
    name : str
        As in the table.
    label : Texts
        What it holds.
    kind : str
        See `Kind`.
    level : str
        Whether a person or a person's rating of a brand has it.
    measure : str
        Level of measurement, as SPSS calls it.
    codes, missing : tuple of Value
        Codes that are answers, and codes that say why there is none.
    scale : str
        Scale that the column is an item of; empty for none.
    reversed : bool
        Whether the item runs against its scale; it is stored as answered.
    """

    name: str
    label: Texts
    kind: Kind
    level: Literal["person", "rating"] = "rating"
    measure: Literal["nominal", "ordinal", "scale"] = "nominal"
    codes: tuple[Value, ...] = ()
    missing: tuple[Value, ...] = ()
    scale: str = ""
    reversed: bool = False

    @property
    def is_numeric(self) -> bool:
        """Whether cells are numbers."""
        return self.kind in ("code", "number")

    def numbers(self) -> dict[str, int]:
        """Numbers that stand for words where a format wants numbers.

        Returns
        -------
        dict of str to int
            1, 2, … in the order of the codes.
        """
        return {str(value.code): at for at, value in enumerate(self.codes, start=1)}


@dataclass(frozen=True)
class Codebook:
    """The columns of a study's answer table, in their order.

    Parameters
    ----------
    study : str
        Key of the study.
    title : Texts
        What it is called.
    simulated : bool
        Whether nobody gave these answers.
    languages : tuple of str
        Languages of the labels, the first where none is asked for.
    brand, person : str or None
        The columns of brand and person.
    columns : tuple of Column
        All of them.
    """

    study: str
    title: Texts
    simulated: bool
    languages: tuple[str, ...]
    brand: str | None
    person: str | None
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    def with_columns(self, columns: Iterable[Column]) -> Codebook:
        """The same study with other columns.

        Parameters
        ----------
        columns : iterable of Column

        Returns
        -------
        Codebook
        """
        return replace(self, columns=tuple(columns))

    def to_json(self) -> str:
        """All of it, in every language.

        Returns
        -------
        str
            JSON: study, title, simulated, languages, brand, person, columns, notes.
        """
        content = {
            "study": self.study,
            "title": self.title,
            "simulated": self.simulated,
            "languages": list(self.languages),
            "brand": self.brand,
            "person": self.person,
            "columns": [asdict(column) for column in self.columns],
            "notes": list(self.notes),
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    def to_csv(self, language: str) -> str:
        """One row for each code of a column, one for a column without codes.

        Parameters
        ----------
        language : str
            Of the labels.

        Returns
        -------
        str
            CSV with the columns of `CSV_HEADER`.
        """
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(CSV_HEADER)
        table.writerows(self.rows(language))
        return text.getvalue()

    def rows(self, language: str) -> Iterator[tuple[str | int, ...]]:
        """The rows of the codebook as a table.

        Parameters
        ----------
        language : str
            Of the labels.

        Yields
        ------
        tuple
            In the order of `CSV_HEADER`.
        """
        for column in self.columns:
            about = (column.name, spoken(column.label, language), column.level, column.kind, column.measure)
            tail = (column.scale, int(column.reversed))
            coded = [*((value, 0) for value in column.codes), *((value, 1) for value in column.missing)]
            for value, missing in coded:
                yield (*about, value.code, spoken(value.label, language), missing, *tail)
            if not coded:
                yield (*about, "", "", "", *tail)


CSV_HEADER = ("name", "label", "level", "kind", "measure", "code", "code_label", "missing", "scale", "reversed")


def spoken(texts: Texts, language: str) -> str:
    """A text in a language.

    Parameters
    ----------
    texts : Texts
        Words of a file stand in one language only.
    language : str
        The language wanted.

    Returns
    -------
    str
        In that language, else in the first there is.
    """
    said = {str(key): text for key, text in texts.items()}
    return said.get(language) or next(iter(said.values()), "")


def describe_answers(study: Study) -> Codebook:
    """Describe the columns of a study's answers.

    Parameters
    ----------
    study : Study
        With its questionnaire, or with the mapping of a file made elsewhere.

    Returns
    -------
    Codebook
        The columns of the export in their order; of a mapped file the columns that the study names.
    """
    columns = _of_questionnaire(study) if study.instrument else _of_mapping(study)
    measures, file = study.measures, study.file
    brand = None if measures.brand == ONLY_BRAND else measures.brand
    return Codebook(
        file.study, file.title, file.simulated, tuple(file.languages), brand, measures.person, tuple(columns)
    )


def columns_of(variable: Variable) -> list[str]:
    """Columns of a variable: one, or one for each choice of a multiple answer.

    Parameters
    ----------
    variable : Variable

    Returns
    -------
    list of str
    """
    if variable.type != "select_multiple":
        return [variable.name]
    return [f"{variable.name}_{choice.code}" for choice in variable.choices if not choice.missing]


@cache
def words() -> dict[str, Any]:
    """What the codebook says itself.

    Returns
    -------
    dict
        The content of ``words.yaml``.
    """
    content: dict[str, Any] = read_yaml(Path(__file__).parent / "words.yaml").data
    return content


def missing_values(own: dict[Code, Texts] | None = None) -> tuple[Value, ...]:
    """The seven reasons not to have an answer.

    Parameters
    ----------
    own : dict, optional
        What a question calls a reason itself.

    Returns
    -------
    tuple of Value
        From −99 to −93.
    """
    said = words()["missing"]
    return tuple(Value(code, (own or {}).get(code) or said[str(code)]) for code in MISSING_CODES)


def _of_questionnaire(study: Study) -> Iterator[Column]:
    instrument = study.require_instrument()
    variables = Interview(instrument, study.file.brands, load_catalogue()).variables()
    scales = {item.name: (key, item.reversed) for key, scale in instrument.scales.items() for item in scale.items}
    yield from (_system(name, study, "person") for name in SYSTEM_COLUMNS)
    for level in ("person", "rating"):
        if level == "rating":
            yield from (_system(name, study, "rating") for name in RATING_COLUMNS)
        for variable in variables:
            if variable.level == level:
                yield from _of_variable(variable, instrument, scales)


def _system(name: str, study: Study, level: Literal["person", "rating"]) -> Column:
    said, brands = words(), {brand.key: brand.name for brand in study.file.brands}
    labels: dict[str, dict[str, Texts]] = {"_status": said["status"], "brand": dict(brands)}
    label = said["columns"][name]
    if name in labels:
        return Column(name, label, "word", level, codes=_values(labels[name]))
    if name in ("_simulated", "_test"):
        return Column(name, label, "code", level, codes=_values(said["flag"]))
    if name in _NUMBERS:
        return Column(name, label, "number", level, "scale")
    return Column(name, label, "moment" if name in _MOMENTS else "text", level)


def _values(labels: dict[str, Texts]) -> tuple[Value, ...]:
    return tuple(Value(int(code) if code.isdecimal() else code, label) for code, label in labels.items())


def _of_variable(variable: Variable, instrument: Instrument, scales: dict[str, tuple[str, bool]]) -> Iterator[Column]:
    label = named(variable.label)
    own = {choice.code: named(choice.label) for choice in variable.choices if choice.missing}
    given = [Value(choice.code, named(choice.label)) for choice in variable.choices if not choice.missing]
    missing = missing_values(own)
    if variable.type == "select_multiple":
        for name, value in zip(columns_of(variable), given, strict=True):
            said = {language: f"{text} – {spoken(value.label, language)}" for language, text in label.items()}
            picked = _values(words()["selected"])
            yield Column(name, said, "code", variable.level, codes=picked, missing=missing)
        return
    scale, is_reversed = scales.get(variable.name, ("", False))
    if variable.kind in ("importance", "experience"):
        label = {language: f"{spoken(words()[variable.kind], language)}: {text}" for language, text in label.items()}
    kind = _kind(variable, given)
    column = Column(variable.name, label, kind, variable.level, codes=tuple(given), missing=missing, scale=scale)
    if kind == "text":
        column = replace(column, missing=())
    judged = {name for outcome in instrument.outcomes.values() for name in (outcome.item, *outcome.also)}
    ordered = variable.name in judged or scale or variable.kind == "importance"
    measure: Literal["nominal", "ordinal", "scale"] = "ordinal" if ordered and given else "nominal"
    yield replace(column, measure="scale" if kind == "number" else measure, reversed=is_reversed)


def _kind(variable: Variable, given: list[Value]) -> Kind:
    if given:
        return "code" if all(isinstance(value.code, int) for value in given) else "word"
    return _KINDS.get(variable.type, "number")


def named(texts: Texts) -> Texts:
    """Texts in which a word stands for the brand that is rated.

    Parameters
    ----------
    texts : Texts
        With ``${brand}``.

    Returns
    -------
    Texts
        With ``[brand]`` in each language.
    """
    brand = words()["the_brand"]
    return {language: text.replace("${brand}", brand[language]) for language, text in texts.items()}


def _of_mapping(study: Study) -> Iterator[Column]:
    """The columns that a study file names, each once."""
    data = study.file.data or Mapping(scales={})
    seen: set[str] = set()
    for column in _mapped(study.measures, data):
        if column.name not in seen and column.name != ONLY_BRAND:
            seen.add(column.name)
            yield column


def _mapped(measures: Measures, data: Mapping) -> Iterator[Column]:
    said = words()
    no_answer = tuple(value for value in missing_values() if value.code == NOT_ANSWERED)
    brands = tuple(Value(key, name) for key, name in measures.brands.items())
    yield Column(measures.brand, said["columns"]["brand"], "word", codes=brands)
    for name, label in ((measures.person, said["columns"]["_person"]), (measures.language, said["columns"]["_lang"])):
        if name:
            yield Column(name, label, "text", "person")
    if measures.country:
        yield Column(measures.country, said["country"], "text", "person")
    if measures.weight:
        yield Column(measures.weight, said["weight"], "number", "rating", "scale")
    measured: tuple[ScaleMeasure | OutcomeMeasure, ...] = (*measures.scales, *measures.outcomes)
    for measure in measured:
        for name in measure.columns:
            label = {language: f"{text} ({name})" for language, text in measure.label.items()}
            values, is_reversed = _coded(name, data), name in measure.reversed
            yield Column(name, label, "code", "rating", "ordinal", values, no_answer, measure.key, is_reversed)
    for rule in measures.rules:
        for question, name in (("importance", rule.importance), ("experience", rule.experience)):
            if name:
                label = {key: f"{spoken(said[question], key)}: {text}" for key, text in rule.label.items()}
                yield Column(name, label, "code", codes=_coded(name, data), missing=no_answer)


def _coded(column: str, data: Mapping) -> tuple[Value, ...]:
    """Codes that words of the file stand for."""
    meant = {**data.codes, **data.codes_of.get(column, {})}
    return tuple(Value(code, {"en": word}) for word, code in meant.items() if isinstance(code, int))
