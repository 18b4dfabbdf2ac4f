"""How questions were answered, not what: order, times, changes, device, language; from browsers, into a file.

A browser sends `12.4|1|q1:3.2:1,q2:5.0:2`: seconds the page was in view, how often it was left, and for each question
the second of its last answer and the number of answers given. Whatever else comes is left aside.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from instruments.screens import Screen
from survey_app.design.publishing import published
from survey_app.store import Store, Transaction, sittings
from survey_app.store.sittings import SavedPage, Sitting

FIELD = "paradata"
LONGEST_TEXT = 8192
# A page left open overnight is a day at most.
MOST_SECONDS = 86_400.0
MOST_CHANGES = 999
_NUMBER = r"\d{1,6}(?:\.\d{1,3})?"
_WHOLE = re.compile(rf"({_NUMBER})\|(\d{{1,3}})\|(.*)", re.ASCII)
_QUESTION = re.compile(rf"q(\d{{1,4}}):({_NUMBER}):(\d{{1,4}})", re.ASCII)

COLUMNS = (
    "_person",
    "_status",
    "_lang",
    "_device",
    "_flags",
    "screen",
    "visit",
    "page_seconds",
    "page_left",
    "server_seconds",
    "position",
    "variable",
    "seconds",
    "changes",
    "languages",
)


def read_paradata(text: str, screen: Screen, met: Collection[str]) -> dict[str, Any]:
    """Return what is stored of one visit: the questions in the order shown, with what the browser measured of them.

    `met` are the variables of the questions that were shown; a browser counts those as well that never came up.
    """
    whole = _WHOLE.fullmatch(text[:LONGEST_TEXT])
    told = dict(_told(whole[3])) if whole else {}
    items = [
        [asked.variable, *told.get(place, (None, 0))]
        for place, asked in enumerate(screen.with_candidates().asked, start=1)
        if asked.variable in met
    ]
    measured = {"seconds": min(float(whole[1]), MOST_SECONDS), "left": int(whole[2])} if whole else {}
    return {**measured, "items": items}


def export_paradata(store: Store, study: str, out: Path) -> int:
    """Write a line for each question each time it was shown; returns the number of lines."""
    with store.reading() as tx, out.open("w", encoding="utf-8", newline="") as file:
        published(tx, study)
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        lines = 0
        for line in _lines(tx, study):
            table.writerow(line)
            lines += 1
    return lines


def _told(text: str) -> Iterator[tuple[int, tuple[float, int]]]:
    for part in text.split(","):
        found = _QUESTION.fullmatch(part)
        if found:
            seconds, changes = min(float(found[2]), MOST_SECONDS), min(int(found[3]), MOST_CHANGES)
            yield int(found[1]), (seconds, changes)


def _lines(tx: Transaction, study: str) -> Iterator[dict[str, object]]:
    languages = sittings.languages_of(tx, study)
    for sitting, pages in sittings.of_study(tx, study, statuses=sittings.STATUSES):
        person = {
            "_person": sitting.pseudonym,
            "_status": sitting.status,
            "_lang": sitting.language,
            "_device": sitting.device or "",
            "_flags": sitting.flags or "",
            "languages": " ".join(languages.get(sitting.id, ())),
        }
        for page, seconds in _timed(sitting, pages):
            yield from ({**person, **line} for line in _page_lines(page, seconds))


def _page_lines(page: SavedPage, server_seconds: float) -> Iterator[dict[str, object]]:
    measured = page.paradata or {}
    shown = {
        "screen": page.screen,
        "visit": page.visit,
        "page_seconds": measured.get("seconds", ""),
        "page_left": measured.get("left", ""),
        "server_seconds": server_seconds,
    }
    for position, (variable, seconds, changes) in enumerate(measured.get("items", ()), start=1):
        told = "" if seconds is None else seconds
        yield {**shown, "position": position, "variable": variable, "seconds": told, "changes": changes}


def _timed(sitting: Sitting, pages: tuple[SavedPage, ...]) -> Iterator[tuple[SavedPage, float]]:
    before: datetime = sitting.started_at
    for page in pages:
        yield page, (page.saved_at - before).total_seconds()
        before = page.saved_at
