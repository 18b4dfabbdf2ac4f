"""Recoding: cells of a file made elsewhere become the codes of its study; it judges no code and reads no file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from instruments.measures import NOT_ANSWERED

if TYPE_CHECKING:
    from instruments.study_file import Mapping

Text: TypeAlias = "pd.Series[str]"
BLANK = ("", "NA", "NaN", "nan", ".", "#N/A", "#NULL!")
"""What programs write where there is no number."""

_MOST_WORDS = 12
_WHOLE = re.compile(r"^([+-]?\d+)\.0+$")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


def recode(cells: Text, reading: Mapping, *, blank: tuple[str, ...] = BLANK) -> Text:
    """Turn the cells of a column into codes, as its study file says.

    Parameters
    ----------
    cells : Series of str
        A column as it stands in the file; its name is the column's.
    reading : Mapping
        Words and their codes, missing codes, the decimal sign.
    blank : tuple of str
        Cells that are no answer whatever the study says.

    Returns
    -------
    Series of str
        Codes as text; what stands for no answer is ``NOT_ANSWERED``, an unknown word remains itself.
    """
    name = str(cells.name)
    meant = {word: str(code) for word, code in {**reading.codes, **reading.codes_of.get(name, {})}.items()}
    # a column's own word weighs more than what is missing in every column
    meant |= {str(c): str(NOT_ANSWERED) for c in reading.missing if str(c) not in reading.codes_of.get(name, {})}
    meant |= {str(code): str(NOT_ANSWERED) for code in reading.invalid.get(name, ())}
    meant = dict.fromkeys(blank, str(NOT_ANSWERED)) | meant
    # few words stand in many rows: each is looked up once
    number, words = pd.factorize(cells)
    codes = np.array([_code(word.strip(), meant, reading.decimal) for word in words], dtype=object)
    return pd.Series(codes[number], index=cells.index, name=cells.name, dtype=str)


def _code(word: str, meant: dict[str, str], decimal: str) -> str:
    """What a word stands for; 3 and 3.0 are the same code."""
    if word in meant:
        return meant[word]
    point = word.replace(",", ".") if decimal == "," and _DECIMAL_COMMA.fullmatch(word) else word
    code = _WHOLE.sub(r"\1", point)
    return meant.get(code, code)


def remedy_of(column: str, words: Iterable[str], code: str = "…") -> str:
    """Say what to write into the study file so that words of a column can be read.

    Parameters
    ----------
    column : str
        Its name.
    words : iterable of str
        Words that have no code.
    code : str
        What stands in place of the codes to be filled in.

    Returns
    -------
    str
        Part of a sentence, with lines that can be copied.
    """
    without = list(dict.fromkeys(words))
    if all(_DECIMAL_COMMA.fullmatch(word) for word in without):
        return '`decimal: ","`'
    entries = ", ".join(f"{_quoted(word)}: {code}" for word in without[:_MOST_WORDS])
    more = f" (and {len(without) - _MOST_WORDS} more)" if len(without) > _MOST_WORDS else ""
    return f"`codes_of: {{{_quoted(column)}: {{{entries}}}}}`{more}"


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)
