"""Writes an answer table as Parquet: codes in the smallest type, labels and missing codes beside each column."""

from __future__ import annotations

import json
from pathlib import Path

from instruments.answer_tables.codebook import Column, spoken
from instruments.answer_tables.reading import pyarrow_part
from instruments.answer_tables.table import AnswerColumns

_ROWS = 10_000
CODEBOOK_KEY = b"relata.codebook"
"""Key of the schema's metadata that holds the codebook as JSON, in every language."""


def write_parquet(table: AnswerColumns, out: Path, language: str) -> None:
    """Write Parquet.

    Parameters
    ----------
    table : AnswerColumns
    out : Path
        File to write.
    language : str
        Of the columns' labels.

    Raises
    ------
    AnswerFileError
        Where pyarrow is not installed.
    """
    arrow, parquet = pyarrow_part("", out), pyarrow_part("parquet", out)
    schema = arrow.Schema.from_pandas(table.frame(slice(0, 0)), preserve_index=False)
    fields = [
        field.with_metadata(_said(column, language))
        for field, column in zip(schema, table.codebook.columns, strict=True)
    ]
    about = {**(schema.metadata or {}), CODEBOOK_KEY: table.codebook.to_json().encode()}
    schema = arrow.schema(fields, metadata=about)
    with parquet.ParquetWriter(out, schema, compression="zstd") as file:
        for block in table.blocks(_ROWS):
            file.write_table(arrow.Table.from_pandas(block, schema=schema, preserve_index=False))


def _said(column: Column, language: str) -> dict[str, str]:
    """What stands beside a column: its label, what its codes mean and which of them are missing answers."""
    values = {str(value.code): spoken(value.label, language) for value in column.codes}
    missing = {str(value.code): spoken(value.label, language) for value in column.missing}
    return {
        "label": spoken(column.label, language),
        "values": json.dumps(values, ensure_ascii=False),
        "missing": json.dumps(missing, ensure_ascii=False),
    }
