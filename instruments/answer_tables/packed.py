"""Refuses workbooks that unpack to far more than a table needs, before any of it is unpacked; reads no cell."""

from __future__ import annotations

import zipfile
from pathlib import Path

from instruments.answer_tables.problems import AnswerFileError

_MOST_PARTS = 2_000
_SUSPICIOUS_BYTES = 100_000_000
_MOST_TIMES = 100
"""Sheets of answers unpack to ten or twenty times their size, crafted files to a thousand times."""
_MOST_BESIDE_SHEETS = 300_000_000
"""Sheets are read row by row; all else, as the texts that cells share, has to stand in memory."""
_SHEETS = "xl/worksheets/"


def require_bearable(path: Path) -> None:
    """Refuse a workbook that is crafted to fill memory or time.

    Parameters
    ----------
    path : Path
        An XLSX file. The sizes that it states are true: nothing beyond them is ever unpacked.

    Raises
    ------
    AnswerFileError
        For a file that is no workbook, has a password, or unpacks to far more than its own size or the memory at hand.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise AnswerFileError(path, [f"cannot be read as a workbook ({error}). Check the file."]) from None
    whole = sum(part.file_size for part in parts)
    beside = sum(part.file_size for part in parts if not part.filename.startswith(_SHEETS))
    is_bomb = whole > max(_SUSPICIOUS_BYTES, _MOST_TIMES * path.stat().st_size)
    if is_bomb or beside > _MOST_BESIDE_SHEETS or len(parts) > _MOST_PARTS:
        message = f"unpacks to {whole // 1_000_000} MB, far more than a table of its size needs, and was not opened"
        raise AnswerFileError(path, [f"{message}. Save the table alone as a new workbook, or as CSV."])
    if any(part.flag_bits & 1 for part in parts):
        raise AnswerFileError(path, ["is protected with a password. Save it without one."])
