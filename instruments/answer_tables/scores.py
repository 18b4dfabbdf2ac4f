"""Scores of scales and outcomes as columns beside the answers they come from; changes no answer and opens no files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from instruments.answer_tables.codebook import Codebook, Column, spoken, words
from instruments.answer_tables.table import AnswerColumns
from instruments.measures import Measures, OutcomeMeasure, ScaleMeasure

PREFIX = "score_"


class ScoreError(ValueError):
    """A table that scores cannot be put beside; says why."""


def with_scores(table: AnswerColumns, measures: Measures, codebook: Codebook) -> AnswerColumns:
    """Put the scores of scales, and of outcomes with several columns, at the end of a table.

    Parameters
    ----------
    table : AnswerColumns
        A row for each rating.
    measures : Measures
        Which columns measure what, in which range, and which of them are reversed.
    codebook : Codebook
        The study's answers; a score that the table has from an earlier time is none of them, and is worked out anew.

    Returns
    -------
    AnswerColumns
        With a column ``score_KEY`` for each: the mean of the answered items, reversed ones turned round, in the range
        of the items; blank where none is answered.

    Raises
    ------
    ScoreError
        When an answer has the name of a score.

    Notes
    -----
    The same numbers as `analysis.dataset.Dataset.scale_scores`.
    """
    scored = {f"{PREFIX}{measure.key}": measure for measure in _scored(measures)}
    if taken := sorted(name for name in scored if name in codebook):
        raise ScoreError(f"has answers named {', '.join(taken)}: rename them, or leave the scores out.")
    answers = [column for column in table.codebook.columns if column.name not in scored]
    columns = (*answers, *(_described(name, measure) for name, measure in scored.items()))
    cells = {**table.cells, **{name: _score(table, measure) for name, measure in scored.items()}}
    return replace(table, codebook=table.codebook.with_columns(columns), cells=cells)


def _scored(measures: Measures) -> Iterator[ScaleMeasure | OutcomeMeasure]:
    """Scales, and the outcomes that are an index; what is one column is its own score."""
    yield from measures.scales
    scales = {scale.key for scale in measures.scales}
    yield from (each for each in measures.outcomes if len(each.columns) > 1 and each.key not in scales)


def _score(table: AnswerColumns, measure: ScaleMeasure | OutcomeMeasure) -> npt.NDArray[np.float64]:
    total, answered = np.zeros(table.rows), np.zeros(table.rows)
    for name in measure.columns:
        cells = table.cells.get(name)
        if not isinstance(cells, np.ndarray):
            continue
        # What lies outside the range is a reason not to answer.
        given = (cells >= measure.low) & (cells <= measure.high)
        turned = measure.low + measure.high - cells if name in measure.reversed else cells
        total += np.where(given, turned, 0)
        answered += given
    total[answered == 0] = np.nan
    return total / np.maximum(answered, 1)


def _described(name: str, measure: ScaleMeasure | OutcomeMeasure) -> Column:
    said = words()["score"]
    label = {
        language: f"{text} ({spoken(said, language).format(low=f'{measure.low:g}', high=f'{measure.high:g}')})"
        for language, text in measure.label.items()
    }
    return Column(name, label, "number", "rating", "scale", scale=measure.key)
