"""Findings as data frames: a mixin that any finding may take; it computes nothing and rounds nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.findings.estimates import Estimate

if TYPE_CHECKING:
    import pandas as pd


class Tabular:
    """A finding with ``.to_frame()``: list ``Tabular`` as a base, and name the field whose records are the rows.

    ``_rows`` is that field; without one the finding itself is the only row. ``_index`` names the column that becomes
    the index. An `Estimate` fills four columns (``x``, ``x_low``, ``x_high``, ``x_n``), a dictionary one for each key
    (``x.key``); None is NaN.
    """

    _rows: ClassVar[str | None] = None
    _index: ClassVar[str | None] = None

    def to_frame(self) -> pd.DataFrame:
        """Give this finding as a data frame.

        Returns
        -------
        DataFrame
        """
        records = (self,) if self._rows is None else getattr(self, self._rows)
        return frame_of(records, index=self._index)


def frame_of(records: Sequence[Any], *, index: str | None = None) -> pd.DataFrame:
    """Put findings of one kind under each other.

    Parameters
    ----------
    records : sequence of dataclass instances
    index : str, optional
        The column that becomes the index.

    Returns
    -------
    DataFrame
        One row for each, in their order.
    """
    import pandas as pd  # reports read findings and do not wait for pandas

    frame = pd.DataFrame([dict(_columns(record)) for record in records])
    return frame.set_index(index) if index is not None and index in frame else frame


def matrix_frame(values: Sequence[Sequence[float | None]], rows: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Put names to a matrix.

    Parameters
    ----------
    values : sequence of rows
    rows, columns : sequence of str

    Returns
    -------
    DataFrame
    """
    import pandas as pd

    return pd.DataFrame([list(row) for row in values], index=list(rows), columns=list(columns), dtype=float)


def _columns(record: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (any finding)
    """Columns of one record, estimates and dictionaries spread over several."""
    for field in dataclasses.fields(record):
        yield from _spread(field.name, getattr(record, field.name))


def _spread(name: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (any value)
    """Columns of one value."""
    if isinstance(value, Estimate):
        yield name, value.value
        yield from ((f"{name}_{part}", getattr(value, part)) for part in ("low", "high", "n"))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _spread(f"{name}.{key}", inner)
    else:
        yield name, value
