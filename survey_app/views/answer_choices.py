"""Reads from an address which answers are wanted, and names what the study does not know; pages and programs alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import cast, get_args

from werkzeug.datastructures import MultiDict

from instruments.answer_tables.convert import Form, Shape
from instruments.study_file import Study
from survey_app.interview.statuses import Status
from survey_app.results.answer_filters import ANSWERED, Wanted

NDJSON = "ndjson"


class ChoiceError(Exception):
    """Something was chosen that there is not; the words are for whoever wrote the address."""


@dataclass(frozen=True)
class Asked:
    """Which answers are asked for, and how they are to be written; `form` None is a line of JSON for each rating."""

    form: Form | None
    shape: Shape
    language: str
    scores: bool
    wanted: Wanted

    @property
    def words(self) -> str:
        """What was asked for, for the audit log."""
        scores = "with scores" if self.scores else ""
        parts = (self.form or NDJSON, self.shape, self.language, scores, self.wanted.words)
        return " ".join(part for part in parts if part)


def read_asked(asked: MultiDict[str, str], study: Study, *, lines: bool = False) -> Asked:
    """Read it all; `lines` says whether lines of JSON can be had, and are where no format is named."""
    forms = (NDJSON, *get_args(Form)) if lines else get_args(Form)
    languages = study.file.languages
    form = _one(asked, "form", forms, forms[0])
    return Asked(
        None if form == NDJSON else cast("Form", form),
        cast("Shape", _one(asked, "shape", get_args(Shape), "long")),
        _one(asked, "language", languages, str(languages[0])),
        bool(asked.get("scores")),
        _wanted(asked, study),
    )


def _wanted(asked: MultiDict[str, str], study: Study) -> Wanted:
    file = study.file
    return Wanted(
        statuses=cast("tuple[Status, ...]", tuple(sorted(_known(asked, "status", ANSWERED)))),
        sound=bool(asked.get("sound")),
        since=_day(asked, "since"),
        until=_day(asked, "until"),
        brands=_known(asked, "brand", [brand.key for brand in file.brands]),
        countries=_known(asked, "country", file.countries),
        languages=_known(asked, "answered_in", file.languages),
        sources=_known(asked, "source", ()),
    )


def _one(asked: MultiDict[str, str], name: str, known: Collection[str], otherwise: str) -> str:
    chosen = asked.get(name) or otherwise
    if chosen not in known:
        raise ChoiceError(f"{name}: {chosen[:40]!r} is none of {', '.join(known)}")
    return chosen


def _known(asked: MultiDict[str, str], name: str, known: Collection[str]) -> frozenset[str]:
    """Return what was chosen under a name; where nothing is known beforehand, anything may be."""
    chosen = frozenset(value for value in asked.getlist(name) if value)
    strange = sorted(chosen.difference(known)) if known else []
    if strange:
        raise ChoiceError(f"{name}: {strange[0][:40]!r} is none of {', '.join(known)}")
    return chosen


def _day(asked: MultiDict[str, str], name: str) -> date | None:
    written = asked.get(name, "")
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise ChoiceError(f"{name}: {written[:40]!r} is no day; write it as 2026-01-31") from None
