"""Translations that come back: held against the file as it is now, then put into it; what does not fit is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from instruments.model import Language
from instruments.translation.records import (
    STATUSES,
    Record,
    Status,
    read_records,
    record_path,
    records_text,
    units_of,
)
from instruments.translation.texts import (
    Text,
    TextFile,
    TranslationError,
    digest,
    placeholder_faults,
    texts_of,
    with_texts,
)
from instruments.yaml_file import Problem


@dataclass(frozen=True)
class Returned:
    """One translation as it came back.

    Parameters
    ----------
    place : str
        The text's place.
    source, target : str
        The text as it was sent out, and its translation; "" for none yet.
    status : str
        ``draft``, ``reviewed`` or ``adjudicated``; "" leaves it.
    back : str
        Back-translation; "" leaves it.
    notes : tuple of str
        All notes; empty leaves them.
    where : str
        Where it stood in the file that came back.
    """

    place: str
    source: str
    target: str
    status: str = ""
    back: str = ""
    notes: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class TakenIn:
    """What became of translations that came back.

    Parameters
    ----------
    changed : int
        Texts that are new or other than before.
    same : int
        Texts that were there already.
    left_out : tuple of str
        A sentence for each translation that was not taken: none was given, or its source has changed meanwhile.
    """

    changed: int
    same: int
    left_out: tuple[str, ...]


Records = Mapping[str, Mapping[Language, Record]]
"""What is known of translations, by place and language."""


@dataclass(frozen=True)
class PutIn:
    """What two files hold after translations were put in.

    Parameters
    ----------
    content : str
        The file with the texts.
    records : dict
        What is known of the translations then, by place and language.
    taken : TakenIn
        What became of them.
    """

    content: str
    records: dict[str, dict[Language, Record]]
    taken: TakenIn


def take_in(path: Path, language: str, returned: Sequence[Returned], *, by: str = "") -> TakenIn:
    """Put translations that came back into a file, and what is known of them beside it.

    Parameters
    ----------
    path : Path
        The questionnaire, module, study or catalogue.
    language : str
        The language of the translations.
    returned : sequence of Returned
        What came back; the file may hold more texts.
    by : str
        Who gave the status.

    Returns
    -------
    TakenIn
        What was changed and what was left out. Nothing is written where nothing changes.

    Raises
    ------
    TranslationError
        Where a placeholder is missing, unknown or damaged, a status or place unknown: then nothing is written.
    """
    put = put_in(texts_of(path), read_records(path), language, returned, by=by)
    _write(path, put.content)
    _write(record_path(path), records_text(path, put.records))
    return put.taken


def put_in(file: TextFile, records: Records, language: str, returned: Sequence[Returned], *, by: str = "") -> PutIn:
    """Put translations into what a file holds; writes none.

    Parameters
    ----------
    file : TextFile
        The file as it is now.
    records : mapping
        What is known of its translations, by place and language.
    language, returned, by
        As for `take_in`.

    Returns
    -------
    PutIn
        What both files hold then.

    Raises
    ------
    TranslationError
        As `take_in` does.
    """
    known = {text.place: text for text in file.texts}
    problems = [problem for one in returned for problem in _problems(file, known.get(one.place), one)]
    if problems:
        raise TranslationError(tuple(problems))
    taken, left_out = [], []
    for one in returned:
        reason = _reason_not_to(known[one.place].texts[file.source], one)
        if reason:
            left_out.append(f"{one.place}: {reason}")
        else:
            taken.append(one)
    content = with_texts(file, language, {one.place: one.target for one in taken})
    spoken = cast("Language", language)
    told = {place: dict(of_place) for place, of_place in records.items()}
    for one in taken:
        of_place = told.setdefault(one.place, {})
        of_place[spoken] = _record(one, known[one.place].texts[file.source], of_place.get(spoken), by)
    changed = sum(known[one.place].texts.get(language) != one.target for one in taken)
    return PutIn(content, told, TakenIn(changed, len(taken) - changed, tuple(left_out)))


def with_source(file: TextFile, records: Records, place: str, text: str) -> PutIn:
    """Change a text in the language that others are translated from; its translations are stale from then on.

    Parameters
    ----------
    file : TextFile
        The file as it is now.
    records : mapping
        What is known of its translations, by place and language.
    place, text : str
        Where, and the new wording.

    Returns
    -------
    PutIn
        What both files hold then.

    Raises
    ------
    TranslationError
        For a place that the file does not have.
    """
    content = with_texts(file, file.source, {place: text})
    before = next(one.texts for one in file.texts if one.place == place)
    source = before.get(file.source, "")
    told = {at: dict(of_place) for at, of_place in records.items()}
    if digest(source) == digest(text):
        return PutIn(content, told, TakenIn(0, 1, ()))
    of_place = told.setdefault(place, {})
    for language, target in before.items():
        if language != file.source and target.strip():
            # What nobody has looked at has no record yet, and only a record knows the wording it was made from.
            of_place.setdefault(cast("Language", language), Record(source=digest(source), target=digest(target)))
    return PutIn(content, told, TakenIn(1, 0, ()))


def mark(path: Path, language: str, status: str, places: Collection[str] = (), *, by: str = "") -> TakenIn:
    """Give translations a status without changing them.

    Parameters
    ----------
    path : Path
        The questionnaire, module, study or catalogue.
    language : str
        The language of the translations.
    status : str
        ``draft``, ``reviewed`` or ``adjudicated``.
    places : collection of str
        Of the texts; all texts that have a translation unless named.
    by : str
        Who gives the status.

    Returns
    -------
    TakenIn
        How many were marked, as `same`.

    Raises
    ------
    TranslationError
        For a place that the file does not have, an unknown status, and damaged placeholders.
    """
    units = {unit.place: unit for unit in units_of(path, language)}
    known = [unit for unit in units.values() if (unit.place in places if places else unit.target)]
    unknown = [Returned(place, "", "", status) for place in places if place not in units]
    marked = [Returned(unit.place, unit.source, unit.target, status) for unit in known]
    return take_in(path, language, [*marked, *unknown], by=by)


def _problems(file: TextFile, text: Text | None, one: Returned) -> Iterator[Problem]:
    where = one.where or file.name
    if text is None or file.source not in text.texts:
        yield Problem(where, 1, 1, one.place, f"{Path(file.name).name} has no such text", "export it again")
        return
    if one.status and one.status not in STATUSES:
        remedy = f"one of {', '.join(STATUSES)}"
        yield Problem(where, 1, 1, one.place, f"unknown status '{one.status}'", remedy)
    if one.target.strip() and not _reason_not_to(text.texts[file.source], one):
        for fault in placeholder_faults(text.texts[file.source], one.target):
            yield Problem(where, 1, 1, one.place, fault, f"source: {text.texts[file.source]}")


def _reason_not_to(source: str, one: Returned) -> str:
    if not one.target.strip():
        return "no translation was given"
    if digest(one.source) != digest(source):
        return "the source has changed since it was sent out; translate it anew"
    return ""


def _record(one: Returned, source: str, before: Record | None, by: str) -> Record:
    """What is known now; a status that was given to another wording counts no more."""
    target = digest(one.target)
    holds = before is not None and before.target == target and before.source == digest(source)
    status = one.status or (before.status if before is not None and holds else "draft")
    was = before.by if before is not None and holds and before.status == status else ""
    return Record(
        status=cast("Status", status),
        source=digest(source),
        target=target,
        back=one.back or (before.back if before is not None else ""),
        notes=one.notes or (before.notes if before is not None else ()),
        by=(by or was) if status != "draft" else was,
    )


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="")
