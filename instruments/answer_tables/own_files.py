"""Tables as the study means them: names and words that a statistics program could not keep are put back."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pandas as pd

from instruments.answer_tables.codebook import Codebook
from instruments.answer_tables.problems import AnswerFileError
from instruments.answer_tables.reading import column_names_of, format_of, text_blocks
from instruments.answer_tables.shapes import base_name, slots_of, widened
from instruments.answer_tables.statistics_files import Program, program_names
from instruments.study_file import Mapping as DataPart
from instruments.study_file import Study


def study_blocks(path: Path, study: Study, codebook: Codebook, rows: int) -> Iterator[pd.DataFrame]:
    """Read the answers to a study in blocks of text, whatever the format.

    Parameters
    ----------
    path : Path
        The file; CSV as the study's ``data`` part says.
    study : Study
    codebook : Codebook
        Of the study.
    rows : int
        At most so many in a block.

    Yields
    ------
    DataFrame
        Text, as our CSV export or the file that the study describes has it.

    Raises
    ------
    AnswerFileError
        For a file that cannot be read.
    """
    form = format_of(path)
    if form == "csv":
        yield from csv_blocks(path, study.file.data or DataPart(scales={}), rows)
        return
    blocks = text_blocks(path, _known_words(study), rows)
    if study.instrument is None or form not in ("sav", "dta"):
        yield from blocks
        return
    names = original_names(column_names_of(path), codebook, cast("Program", form))
    for block in blocks:
        yield _with_codes(block.rename(columns=names), codebook)


def original_names(found: Sequence[str], codebook: Codebook, program: Program) -> dict[str, str]:
    """What columns of a statistics program's file are called in the study.

    Parameters
    ----------
    found : sequence of str
        Names in the file.
    codebook : Codebook
        Of the long table.
    program : str
        ``sav`` or ``dta``.

    Returns
    -------
    dict of str to str
        For each name in the file the study's; names that the study does not know stay.
    """
    slots = slots_of(found, codebook)
    ours = widened(codebook, slots) if slots else codebook
    back = {short: name for name, short in program_names(ours.columns, program).items()}
    return {name: back.get(name, name) for name in found}


def _with_codes(block: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Numbers that stand for words as those words."""
    for name in map(str, block.columns):
        base = base_name(name) if base_name(name) in codebook else name
        if base in codebook and codebook[base].kind == "word":
            words = {str(number): word for word, number in codebook[base].numbers().items()}
            block[name] = block[name].map(lambda cell, words=words: words.get(cell, cell))
    return block


def _known_words(study: Study) -> Mapping[str, Collection[str]]:
    """Words that a mapped study knows: a file's labels are read where they are among them."""
    data = study.file.data
    if data is None:
        return {}
    missing = {word for word in data.missing if isinstance(word, str)}
    known: dict[str, set[str]] = {"": {*data.codes, *missing}}
    for name, codes in data.codes_of.items():
        known.setdefault(name, set()).update(codes)
    for name, invalid in data.invalid.items():
        known.setdefault(name, set()).update(str(code) for code in invalid if isinstance(code, str))
    if data.brand:
        names = {name for brand in study.file.brands for name in brand.name.values()}
        known.setdefault(data.brand, set()).update(names)
    return known


def csv_blocks(path: Path, reading: DataPart, rows: int) -> Iterator[pd.DataFrame]:
    """Read a CSV file in blocks of text.

    Parameters
    ----------
    path : Path
    reading : Mapping
        Its separator and encoding.
    rows : int
        At most so many in a block.

    Yields
    ------
    DataFrame
        Text; blank lines are left out.

    Raises
    ------
    AnswerFileError
        Also for a line of another length than the header: it may be the end of a cut-off file.
    """
    encoding = "utf-8-sig" if reading.encoding.lower() in ("utf-8", "utf8") else reading.encoding
    try:
        with path.open(encoding=encoding, newline="") as file:
            lines = csv.reader(file, delimiter=reading.separator, strict=True)
            header = [name.strip() for name in next(lines, [])]
            while block := list(islice(_even(path, lines, len(header)), rows)):
                yield pd.DataFrame(block, columns=header, dtype=object)
    except (OSError, LookupError, UnicodeError, csv.Error) as error:
        message = f"cannot be read as CSV ({error}). Check the path, the separator and the encoding."
        raise AnswerFileError(path, [message]) from None


def _even(path: Path, lines: Any, cells: int) -> Iterator[list[str]]:  # noqa: ANN401 - csv's reader has no public type
    """Rows that are not blank."""
    for line in lines:
        if len(line) != cells and any(map(str.strip, line)):
            message = f"line {lines.line_num} has more or fewer cells than the header."
            raise AnswerFileError(path, [f"{message} Check the separator and the end of the file."])
        if len(line) == cells:
            yield line
