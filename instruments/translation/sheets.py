"""Texts and translations as a workbook, for people without a translation program; opens no questionnaire."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instruments.answer_tables.reading import sheet_rows
from instruments.translation.records import STATUSES, Unit
from instruments.translation.returning import Returned
from instruments.translation.texts import LANGUAGES, TranslationError
from instruments.yaml_file import Problem

HEADER = ("place", "source", "translation", "status", "back-translation", "notes")
_WIDTHS = (34, 60, 60, 14, 50, 40)
_ABOUT = "about"
_HELP = (
    "Write into the columns translation, status, back-translation and notes; leave place and source as they are.",
    "What stands between ${ and } is filled in by the program: keep it letter for letter.",
    "status: draft (translated once), reviewed (a second translator agrees), adjudicated (differences are settled).",
    "Several notes: one a line.",
)


def write_sheet(out: Path, file_name: str, source: str, language: str, units: Sequence[Unit]) -> None:
    """Write texts as a workbook.

    Parameters
    ----------
    out : Path
        File to write.
    file_name : str
        The questionnaire's own name, without folders.
    source, language : str
        The languages translated from and into.
    units : sequence of Unit
        The texts.
    """
    book = importlib.import_module("xlsxwriter").Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False})
    with book:
        sheet = book.add_worksheet("texts")
        head, fixed, open_ = _formats(book)
        sheet.freeze_panes(1, 2)
        for at, (name, width) in enumerate(zip(HEADER, _WIDTHS, strict=True)):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, name, head)
        for row, unit in enumerate(units, start=1):
            status = unit.standing if unit.standing in STATUSES else ""
            cells = (unit.place, unit.source, unit.target, status, unit.back, "\n".join(unit.notes))
            for at, cell in enumerate(cells):
                sheet.write_string(row, at, cell, fixed if at < 2 else open_)  # noqa: PLR2004 - place and source
        choices = {"validate": "list", "source": list(STATUSES)}
        sheet.data_validation(1, HEADER.index("status"), max(1, len(units)), HEADER.index("status"), choices)
        about = book.add_worksheet(_ABOUT)
        about.set_column(0, 0, 110)
        for row, line in enumerate((f"{file_name} {source} {language}", *_HELP)):
            about.write_string(row, 0, line)


def _formats(book: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401 - no types published
    """Formats of the header, of cells to leave alone, and of cells to write into."""
    head = book.add_format({"bold": True, "bottom": 1})
    fixed = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#555555", "quote_prefix": True})
    return head, fixed, book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})


def read_sheet(path: Path) -> tuple[str, str, tuple[Returned, ...]]:
    """Read translations that came back in a workbook.

    Parameters
    ----------
    path : Path
        As `write_sheet` wrote it; columns may stand in another order.

    Returns
    -------
    tuple
        The name of the questionnaire, the language, and the translations.

    Raises
    ------
    TranslationError
        For a workbook that is no such table.
    AnswerFileError
        For a file that is no workbook.
    """
    about = next(sheet_rows(path, _ABOUT), [""])[0].split()
    lines = sheet_rows(path, "texts")
    header = next(lines, [])
    missing = [name for name in HEADER[:3] if name not in header]
    if missing or len(about) != 3 or about[2] not in LANGUAGES:  # noqa: PLR2004 - file, source, language
        what = f"has no column {', '.join(missing)}" if missing else "does not say in its sheet 'about' what it is"
        problem = Problem(
            str(path), 1, 1, "", f"the workbook {what}", "export the texts again and write into that file"
        )
        raise TranslationError((problem,))
    return about[0], about[2], tuple(_returned(path, at, header, line) for at, line in enumerate(lines, start=2))


def _returned(path: Path, at: int, header: list[str], line: list[str]) -> Returned:
    cells = dict(zip(header, [*line, *[""] * len(header)], strict=False))
    return Returned(
        place=cells["place"],
        source=cells["source"],
        target=cells["translation"],
        status=cells.get("status", "").strip(),
        back=cells.get("back-translation", ""),
        notes=tuple(note for note in cells.get("notes", "").splitlines() if note.strip()),
        where=f"{path}, row {at}",
    )
