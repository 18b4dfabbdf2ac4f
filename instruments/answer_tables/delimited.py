"""Writes an answer table as CSV: codes as they are, text that no spreadsheet runs as a formula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from instruments.answer_tables.table import AnswerColumns, neutralised, written

_ROWS = 10_000


def write_csv(table: AnswerColumns, out: Path) -> None:
    """Write CSV in UTF-8.

    Parameters
    ----------
    table : AnswerColumns
    out : Path
        File to write.
    """
    with out.open("w", encoding="utf-8", newline="") as file:
        pd.DataFrame(columns=table.names).to_csv(file, index=False, lineterminator="\r\n")
        for block in table.blocks(_ROWS):
            cells = {name: _cells(block[name]) for name in block.columns}
            pd.DataFrame(cells).to_csv(file, index=False, header=False, lineterminator="\r\n")


def _cells(column: pd.Series) -> np.ndarray:
    """Cells as text; few values stand in many rows, each is written once."""
    say = neutralised if column.dtype == "str" else written
    number, values = pd.factorize(column, use_na_sentinel=False)
    return np.array([say(value) for value in values], dtype=object)[number]
