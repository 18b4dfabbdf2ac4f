"""Open answers between tables of texts and coders: what is suggested goes out, what people decided comes back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from analysis.quoting import AgreedText
from analysis.redaction import redacted
from analysis.saving import load_findings
from analysis.verbatims import (
    CoderAgreement,
    SignalShare,
    Suggestions,
    Verbatim,
    coder_agreement,
    signal_shares,
    suggest_codes,
)
from instruments.answer_tables.table import neutralised
from instruments.coding_frame import CodingFrame, library_coding_frame, load_coding_frame
from instruments.measures import MISSING_CODES
from survey_app.errors import RefusedError

SHEET = ("key", "person", "brand", "language", "text", "suggested", "why", "codes", "quote")
QUOTE_CHOICES = {"": False, "no": False, "yes": True}
NONE = "-"
"""What a coder writes into `codes` of a text that no code fits; empty is not coded yet."""

_MISSING = {"", *(str(code) for code in MISSING_CODES)}


def frame_at(path: Path | None) -> CodingFrame:
    """Read the coding frame named, or the toolkit's own."""
    return library_coding_frame() if path is None else load_coding_frame(path)


def texts_of(path: Path, columns: Mapping[str, str], language: str) -> list[Verbatim]:
    """Read the texts of a table, redacted; a text repeated in the rows of one person counts once."""
    found: dict[tuple[str, str], Verbatim] = {}
    for number, row in enumerate(_rows(path, (columns["text"],)), start=1):
        if (text := row[columns["text"]].strip()) in _MISSING:
            continue
        person, brand = (row.get(columns[name], "").strip() or None for name in ("person", "brand"))
        place = (person or str(number), text)
        if place in found:
            # the same answer beside each brand the person rated is about none of them in particular
            brand = None
        key = found[place].key if place in found else f"{person or 'row'}-{number}"
        spoken = row.get(columns["language"], "").strip() or language
        found[place] = Verbatim(key, redacted(text).text, spoken, person, brand)
    return list(found.values())


def sheet_of(path: Path, frame: CodingFrame) -> tuple[list[Verbatim], dict[str, frozenset[str]]]:
    """Read a coder's sheet: its texts, and the codes of those that were coded."""
    verbatims, codes = [], {}
    for number, row in enumerate(_rows(path, ("key", "text", "codes")), start=2):
        verbatims.append(
            Verbatim(
                row["key"], row["text"], row.get("language", ""), row.get("person") or None, row.get("brand") or None
            )
        )
        given = [code.strip() for code in row["codes"].replace(",", ";").split(";") if code.strip()]
        if strange := [code for code in given if code not in frame.codes and code != NONE]:
            known = ", ".join(frame.codes)
            raise RefusedError(
                f"{path}, row {number}: there is no code '{strange[0]}'. Use {known}, or {NONE} for none."
            )
        if given:
            codes[row["key"]] = frozenset(given) - {NONE}
    return verbatims, codes


def agreed_texts(sheet: bytes, name: str = "the sheet") -> tuple[AgreedText, ...]:
    """Return the texts of a coding sheet that a researcher agreed to have quoted, reworded where it says so."""
    agreed = []
    for number, row in enumerate(_parsed(sheet, name, ("text", "quote")), start=2):
        choice = row["quote"].strip().lower()
        if choice not in QUOTE_CHOICES:
            raise RefusedError(f"{name}, row {number}: write yes or no into the column 'quote', or nothing for no.")
        if QUOTE_CHOICES[choice]:
            said = row.get("quotation") or row["text"]
            text = said[1:] if neutralised(said[1:]) == said else said
            agreed.append(
                AgreedText(text, row.get("language", ""), row.get("person") or None, row.get("brand") or None)
            )
    return tuple(agreed)


def write_sheet(
    path: Path,
    verbatims: Iterable[Verbatim],
    codes: Mapping[str, frozenset[str]],
    suggestions: Suggestions,
    quoted: Mapping[str, str],
) -> None:
    """Write the sheet that a coder fills in; what was decided before stands in it, and what may be quoted."""
    by_text: dict[str, list[str]] = {}
    for one in suggestions.suggested:
        why = one.basis if one.probability is None else f"{one.basis} {one.probability:.2f}"
        by_text.setdefault(one.key, []).append(f"{one.code} ({why})")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(SHEET)
        for verbatim in verbatims:
            hints = by_text.get(verbatim.key, [])
            decided = ";".join(sorted(codes[verbatim.key])) or NONE if verbatim.key in codes else ""
            facts = (verbatim.key, verbatim.person or "", verbatim.brand or "", verbatim.language, verbatim.text)
            quote = quoted.get(verbatim.key, "")
            cells = (*facts, ";".join(hint.split(" ")[0] for hint in hints), "; ".join(hints), decided, quote)
            # a lone hyphen is ours and no formula
            table.writerow([cell if cell == NONE else neutralised(cell) for cell in cells])


def suggested_sheet(
    texts: Path, out: Path, *, columns: Mapping[str, str], language: str, frame: CodingFrame, coded: Path | None
) -> Suggestions:
    """Suggest codes for the texts of a table and write the sheet to fill in."""
    verbatims = texts_of(texts, columns, language)
    codes = sheet_of(coded, frame)[1] if coded else {}
    suggestions = suggest_codes(verbatims, frame, {one.key: codes[one.key] for one in verbatims if one.key in codes})
    quoted = {row["key"]: row.get("quote", "") for row in _rows(coded, ("key",))} if coded else {}
    write_sheet(out, verbatims, codes, suggestions, quoted)
    return suggestions


def compared(first: Path, second: Path, frame: CodingFrame) -> tuple[CoderAgreement, ...]:
    """Compare two coders' sheets."""
    _, one = sheet_of(first, frame)
    _, other = sheet_of(second, frame)
    return coder_agreement(one, other, frame, rng=np.random.default_rng(1))


def signals(sheet: Path, findings: bytes, frame: CodingFrame) -> tuple[SignalShare, ...]:
    """Join a coder's sheet to the archetypes of findings."""
    archetypes = load_findings(findings).archetypes
    return signal_shares(*sheet_of(sheet, frame), frame, archetypes.memberships if archetypes else ())


def _rows(path: Path, needed: Iterable[str]) -> Iterator[dict[str, str]]:
    """Rows of a CSV file in UTF-8 with the columns needed."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RefusedError(f"{path}: cannot be read as CSV in UTF-8 ({error}). Save it as such.") from None
    yield from _parsed(content, str(path), needed)


def _parsed(content: bytes, name: str, needed: Iterable[str]) -> Iterator[dict[str, str]]:
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), restval="")
        if absent := [column for column in needed if column not in (rows.fieldnames or ())]:
            there = ", ".join(rows.fieldnames or ()) or "nothing"
            raise RefusedError(f"{name}: there is no column '{absent[0]}'. It has {there}.")
        yield from rows
    except (UnicodeDecodeError, csv.Error) as error:
        raise RefusedError(f"{name}: cannot be read as CSV in UTF-8 ({error}). Save it as such.") from None
