"""The shapes that results of a measurement share: labelled matrices, records as frames, numbers or nothing."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from analysis.numeric.arrays import Floats, Integers

SHAPE = ConfigDict(extra="forbid")

Number = float | None
"""A finite number; None (null) for what could not be computed or does not exist."""


@dataclass(frozen=True, config=SHAPE)
class LabelledMatrix:
    """A matrix with the names of its rows and columns; ``values`` row by row."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[Number, ...], ...]

    def to_frame(self) -> pd.DataFrame:
        """Give the matrix as a data frame, NaN for None.

        Returns
        -------
        DataFrame
        """
        return pd.DataFrame(self.values, index=list(self.rows), columns=list(self.columns), dtype=float)


@dataclass(frozen=True, config=SHAPE)
class Remark:
    """Something a reader must know about a section of the results.

    ``code`` is stable and for programs; ``refused`` says that the section (or the named part of it) is missing
    because the data cannot support it.
    """

    section: str
    code: str
    message: str
    refused: bool


def known(value: Any) -> Number:  # noqa: ANN401  (any number)
    """Give a finite number as it is, anything else as None.

    Parameters
    ----------
    value : object

    Returns
    -------
    float or None
    """
    return float(value) if value is not None and math.isfinite(value) else None


def numbers(values: Iterable[Any]) -> tuple[Number, ...]:
    """Give a row of numbers, None where there is none.

    Parameters
    ----------
    values : iterable

    Returns
    -------
    tuple of float or None
    """
    return tuple(known(value) for value in values)


def matrix(values: Floats | Integers, rows: Sequence[str], columns: Sequence[str] | None = None) -> LabelledMatrix:
    """Put names to a matrix.

    Parameters
    ----------
    values : (r, c) array
    rows, columns : sequence of str
        Square matrices have the same names twice, and need them once.

    Returns
    -------
    LabelledMatrix
    """
    table = tuple(numbers(row) for row in np.asarray(values))
    return LabelledMatrix(tuple(rows), tuple(rows if columns is None else columns), table)


def frame_of(records: Sequence[Any]) -> pd.DataFrame:
    """Give records as a data frame.

    Parameters
    ----------
    records : sequence of dataclasses

    Returns
    -------
    DataFrame
        One row for each.
    """
    return pd.DataFrame([dataclasses.asdict(record) for record in records])


def same_fields(found: object) -> dict[str, Any]:
    """Give the fields of a numeric result by name, for a record with the same names.

    Parameters
    ----------
    found : dataclass

    Returns
    -------
    dict
        Numbers that are not finite as None.
    """
    values = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}  # type: ignore[arg-type]
    return {name: known(value) if isinstance(value, float) else value for name, value in values.items()}
