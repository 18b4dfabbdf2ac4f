"""What is known of each translation: status, back-translation, notes; kept beside the file, which stays readable."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field
from ruamel.yaml import YAML

from instruments.grammar import fit
from instruments.model import Language, Part
from instruments.translation.texts import TextFile, TranslationError, digest, texts_of
from instruments.yaml_file import YamlFile, parse_yaml, read_yaml

Status = Literal["draft", "reviewed", "adjudicated"]
STATUSES: tuple[Status, ...] = get_args(Status)
_WIDTH = 4096
Standing = Literal["missing", "stale", "draft", "reviewed", "adjudicated"]
"""`stale`: the source has changed since the translation was looked at."""


class Record(Part):
    """What is known of one translation.

    `source` and `target` are digests of the wordings that it speaks of; `back` is the back-translation, `by` whoever
    gave the status.
    """

    status: Status = "draft"
    source: str
    target: str
    back: str = ""
    notes: tuple[str, ...] = ()
    by: str = ""


class RecordFile(Part):
    """The grammar of the file beside a questionnaire: records by place and language."""

    format: Literal[1]
    translation_of: str
    texts: dict[str, dict[Language, Record]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Unit:
    """A text and its translation, with all that is known of it.

    Parameters
    ----------
    place : str
        See `Text`.
    line : int
        Line of the file.
    source, target : str
        The text and its translation; "" for none.
    standing : str
        How far the translation is.
    back : str
        Its back-translation.
    notes : tuple of str
        What reviewers wrote.
    by : str
        Whoever gave the status.
    """

    place: str
    line: int
    source: str
    target: str
    standing: Standing
    back: str = ""
    notes: tuple[str, ...] = ()
    by: str = ""


def record_path(path: Path) -> Path:
    """Name the file beside a questionnaire.

    Parameters
    ----------
    path : Path
        The questionnaire.

    Returns
    -------
    Path
        ``x.translation.yml`` for ``x.yaml``.
    """
    return path.with_name(f"{path.stem}.translation.yml")


def read_records(path: Path) -> dict[str, dict[Language, Record]]:
    """Read what is known of the translations of a file.

    Parameters
    ----------
    path : Path
        The questionnaire.

    Returns
    -------
    dict
        Records by place and language; empty where nothing was kept.

    Raises
    ------
    TranslationError
        For a file of records that is none.
    """
    beside = record_path(path)
    return _records_in(read_yaml(beside)) if beside.exists() else {}


def records_in(content: str, name: str) -> dict[str, dict[Language, Record]]:
    """Read what is known of translations from what its file holds.

    Parameters
    ----------
    content, name : str
        YAML, "" for none, and what problems call it.

    Returns
    -------
    dict
        As `read_records` gives.

    Raises
    ------
    TranslationError
        As `read_records` does.
    """
    return _records_in(parse_yaml(content, name)) if content.strip() else {}


def _records_in(file: YamlFile) -> dict[str, dict[Language, Record]]:
    if file.data is None:
        raise TranslationError(file.problems)
    records, misfits = fit(file, RecordFile)
    if records is None or file.problems or misfits:
        raise TranslationError((*file.problems, *misfits))
    return records.texts


def records_text(path: Path, records: Mapping[str, Mapping[Language, Record]]) -> str:
    """Write what is known of the translations of a file.

    Parameters
    ----------
    path : Path
        The questionnaire.
    records : mapping
        By place and language.

    Returns
    -------
    str
        YAML for the file beside it.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode, yaml.default_flow_style, yaml.width = True, None, _WIDTH
    yaml.representer.sort_base_mapping_type_on_output = False
    texts = {
        place: {language: record.model_dump(exclude_defaults=True, mode="json") for language, record in told.items()}
        for place, told in records.items()
    }
    text = io.StringIO()
    text.write("# Status of the translations, by place; written by run.py translate.\n")
    yaml.dump({"format": 1, "translation_of": path.name, "texts": texts}, text)
    return text.getvalue()


def units_of(path: Path, language: str) -> tuple[Unit, ...]:
    """Lay the texts of a file beside their translations.

    Parameters
    ----------
    path : Path
        A file that `texts_of` reads.
    language : str
        The language of the translations.

    Returns
    -------
    tuple of Unit
        In the order of the file; texts without a source are left out.

    Raises
    ------
    TranslationError
        As `texts_of` and `read_records` do.
    """
    return units_in(texts_of(path), read_records(path), language)


def units_in(file: TextFile, records: Mapping[str, Mapping[Language, Record]], language: str) -> tuple[Unit, ...]:
    """Lay texts beside their translations.

    Parameters
    ----------
    file : TextFile
        The texts.
    records : mapping
        What is known of their translations, by place and language.
    language : str
        The language of the translations.

    Returns
    -------
    tuple of Unit
        As `units_of` gives.
    """
    return tuple(_units(file, records, language))


def _units(file: TextFile, records: Mapping[str, Mapping[Language, Record]], language: str) -> Iterator[Unit]:
    for text in file.texts:
        source, target = text.texts.get(file.source, ""), text.texts.get(language, "")
        if not source.strip():
            continue
        record = {str(key): kept for key, kept in records.get(text.place, {}).items()}.get(language)
        standing = _standing(source, target, record)
        if record is None:
            yield Unit(text.place, text.line, source, target, standing)
        else:
            yield Unit(text.place, text.line, source, target, standing, record.back, record.notes, record.by)


def _standing(source: str, target: str, record: Record | None) -> Standing:
    if not target.strip():
        return "missing"
    if record is None:
        return "draft"
    if record.source != digest(source):
        return "stale"
    return record.status if record.target == digest(target) else "draft"
