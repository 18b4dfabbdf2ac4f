"""From one file of answers to another format and shape, with codebook and reading scripts beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from instruments.answer_tables import shapes
from instruments.answer_tables.codebook import Codebook, describe_answers
from instruments.answer_tables.conflicts import conflicts
from instruments.answer_tables.delimited import write_csv
from instruments.answer_tables.own_files import study_blocks
from instruments.answer_tables.parquet import write_parquet
from instruments.answer_tables.problems import AnswerFileError
from instruments.answer_tables.reading import format_of
from instruments.answer_tables.scores import ScoreError, with_scores
from instruments.answer_tables.snippets import reading_scripts
from instruments.answer_tables.statistics_files import WrittenNames, write_statistics_file
from instruments.answer_tables.table import AnswerColumns, gather
from instruments.answer_tables.workbook import write_workbook
from instruments.measures import Measures
from instruments.recoding import recode
from instruments.study_file import Study, load_study

Form = Literal["csv", "sav", "dta", "parquet", "xlsx"]
Shape = Literal["long", "wide"]
FORMS: tuple[Form, ...] = get_args(Form)
_ROWS = 2_000


@dataclass(frozen=True)
class Converted:
    """What was written.

    Parameters
    ----------
    answers : Path
        The table.
    beside : tuple of Path
        Codebook (JSON and CSV) and the scripts that read the table in R and Python.
    rows, columns : int
        Of the table.
    notes : tuple of str
        What the format could not hold as it was: names that were changed, labels and texts that were cut.
    """

    answers: Path
    beside: tuple[Path, ...]
    rows: int
    columns: int
    notes: tuple[str, ...]


def convert(
    answers: Path,
    study: Study,
    out: Path,
    *,
    form: Form | None = None,
    shape: Shape | None = None,
    language: str | None = None,
    scores: bool = False,
) -> Converted:
    """Write answers in another format or shape.

    Parameters
    ----------
    answers : Path
        A file that the study describes, in any format that `read_answers` reads; long, or wide as written by this
        function.
    study : Study
        The study of the answers.
    out : Path
        File to write; others are written beside it.
    form : str, optional
        ``csv``, ``sav``, ``dta``, ``parquet`` or ``xlsx``; by the end of `out`'s name unless given.
    shape : str, optional
        ``long`` for a row for each rating, ``wide`` for a row for each person; as it is unless given.
    language : str, optional
        Of labels; the study's first unless given.
    scores : bool
        Whether the scores of scales and of outcomes with several columns stand at the end, as columns ``score_KEY``.

    Returns
    -------
    Converted
        What was written, and what had to be cut.

    Raises
    ------
    AnswerFileError
        For answers that cannot be read, and for a format or shape that they do not fit.
    """
    form = form or _form_of(out)
    spoken_in = language or str(study.file.languages[0])
    codebook = describe_answers(study)
    table = _gathered(answers, study, codebook)
    table = _shaped(answers, table, codebook, shape, study.measures if scores else None)
    written = _write(table, out, form, spoken_in)
    table = replace(table, codebook=replace(table.codebook, notes=written.cut))
    beside = _beside(table, out, form, spoken_in)
    return Converted(out, beside, table.rows, len(table.names), written.cut)


def convert_file(answers: Path, study: Path, out: Path, **choices: Any) -> Converted:  # noqa: ANN401 - of convert
    """Write answers in another format or shape, for whoever has only the names of files.

    Parameters
    ----------
    answers, out : Path
        As for `convert`.
    study : Path
        The study file.
    **choices
        As for `convert`.

    Returns
    -------
    Converted
        As `convert` gives.

    Raises
    ------
    FileError
        For a study file with problems.
    AnswerFileError
        As `convert` raises.
    """
    return convert(answers, load_study(study), out, **choices)


def _form_of(out: Path) -> Form:
    found = next((form for form in FORMS if out.suffix.lower() == f".{form}"), None)
    if found is None:
        raise AnswerFileError(out, [f"which format? End the name with one of .{', .'.join(FORMS)}, or say --format."])
    return found


def _gathered(answers: Path, study: Study, codebook: Codebook) -> AnswerColumns:
    """The file in memory, as the study means it; one that holds no rows is refused."""
    blocks = _meant(study_blocks(answers, study, codebook, _ROWS), study, codebook)
    first = next(blocks, None)
    if first is None or not len(first):
        raise AnswerFileError(answers, ["has a header but no rows. Export the answers again."])
    slots, neutral = shapes.slots_of(list(first.columns), codebook), format_of(answers) == "csv"
    return gather(shapes.widened(codebook, slots) if slots else codebook, chain([first], blocks), neutral=neutral)


def _meant(blocks: Iterator[pd.DataFrame], study: Study, codebook: Codebook) -> Iterator[pd.DataFrame]:
    """Cells of a file made elsewhere as codes; an export of ours holds codes already."""
    for block in blocks:
        if study.instrument is None and study.file.data is not None:
            described = [name for name in block.columns if name in codebook]
            yield block.assign(**{name: recode(block[name], study.file.data) for name in described})
        else:
            yield block


def _shaped(
    answers: Path, table: AnswerColumns, codebook: Codebook, shape: Shape | None, scored: Measures | None
) -> AnswerColumns:
    """The table long or wide; with scores, which are worked out rating by rating."""
    is_wide = shapes.slots_of(table.names, codebook) > 0
    wide = is_wide if shape is None else shape == "wide"
    if scored is None and wide == is_wide:
        return table
    try:
        long = shapes.lengthen(table, codebook) if is_wide else table
        if wide and not is_wide and (found := conflicts(long)):
            raise AnswerFileError(answers, found)
        long = with_scores(long, scored, codebook) if scored else long
        return shapes.widen(long) if wide else long
    except (shapes.ShapeError, ScoreError) as error:
        raise AnswerFileError(answers, [str(error)]) from None


def _write(table: AnswerColumns, out: Path, form: Form, language: str) -> WrittenNames:
    match form:
        case "csv":
            write_csv(table, out)
        case "parquet":
            write_parquet(table, out, language)
        case "xlsx":
            write_workbook(table, out, language)
        case _:
            return write_statistics_file(table, out, form, language)
    return WrittenNames({name: name for name in table.names}, ())


def _beside(table: AnswerColumns, out: Path, form: Form, language: str) -> tuple[Path, ...]:
    """Write the codebook and the scripts."""
    codebook = out.with_suffix(".codebook")
    scripts = reading_scripts(table.codebook, out.name, codebook.name, form, language)
    texts = {
        codebook.with_name(f"{codebook.name}.json"): table.codebook.to_json(),
        codebook.with_name(f"{codebook.name}.csv"): table.codebook.to_csv(language),
        **{out.with_name(f"{out.name}{ending}"): script for ending, script in scripts.items()},
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return tuple(texts)
