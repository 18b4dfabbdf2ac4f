"""From a table and options of the command line to a measurement; it knows files and options, no statistics."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from analysis.measurement import (
    FactorModel,
    LoadingTarget,
    Measurement,
    MeasurementPlan,
    PopulationMargins,
    measure,
    measure_blocks,
    schema,
)
from instruments.answer_files import AnswerFileError, Separator, column_names, read_chunks, read_table
from instruments.grammar import fit
from instruments.yaml_file import FileError, read_yaml
from survey_app.errors import WrongUseError

SEPARATORS: dict[str, Separator] = {",": ",", ";": ";", "tab": "\t"}
# Bytes from which a file is read in blocks unless the options say otherwise.
LARGE_FILE = 1 << 28
_ENDS = 2
_Grammar = TypeVar("_Grammar", bound=BaseModel)


def measured(data: Path, *, separator: str, in_chunks: bool | None, **choices: Any) -> Measurement:  # noqa: ANN401
    """Measure the items of a file as the options say."""
    columns = column_names(data, separator=SEPARATORS[separator])
    plan = _plan(_wanted(choices, columns))
    if in_chunks is None:
        in_chunks = data.stat().st_size >= LARGE_FILE
    if not in_chunks:
        return measure(read_table(data, separator=SEPARATORS[separator]), plan)
    numbers, texts = [*plan.items, *filter(None, [plan.weight])], list(filter(None, [plan.person]))
    return measure_blocks(read_chunks(data, numbers, texts=texts, separator=SEPARATORS[separator]), plan)


def read_model(path: Path) -> FactorModel:
    """Read a confirmatory model; raises FileError with every problem of the file."""
    return _read(path, FactorModel)


def read_target(path: Path) -> LoadingTarget:
    """Read loadings to rotate to: a table of items and a column for each factor, blank where nothing is expected."""
    table = read_table(path)
    factors = table.columns[1:]
    if texts := [str(name) for name in factors if not pd.api.types.is_numeric_dtype(table[name])]:
        raise AnswerFileError(path, [f"column {', '.join(texts)} holds text. Give loadings as numbers."])
    loadings = {
        str(item): tuple(None if math.isnan(value) else value for value in row)
        for item, row in zip(table.iloc[:, 0], table[factors].to_numpy(dtype=float), strict=True)
    }
    try:
        return LoadingTarget(factors=tuple(map(str, factors)), loadings=loadings)
    except ValidationError as error:
        raise AnswerFileError(path, [one["msg"] for one in error.errors()]) from None


def _wanted(choices: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    """Options that were chosen, files read and lists taken apart."""
    wanted = {name: choice for name, choice in choices.items() if choice is not None}
    wanted["items"] = _listed(wanted["items"], columns)
    wanted["reverse"] = _listed(wanted.get("reverse", ""), columns)
    wanted |= _ends(wanted.pop("ends", None))
    if "model" in wanted:
        wanted["model"] = read_model(wanted["model"])
    if "population" in wanted:
        wanted["population"] = _read(wanted["population"], PopulationMargins)
    if "target" in wanted:
        wanted["target"] = read_target(wanted["target"])
        wanted.setdefault("rotation", "target")
    if "instructed" in wanted:
        wanted["instructed"] = _instructed(wanted["instructed"])
    return wanted


def _read(path: Path, grammar: type[_Grammar]) -> _Grammar:
    """Read a YAML file as a value of a grammar; raises FileError with every problem of the file."""
    source = read_yaml(path)
    if source.data is None:
        raise FileError(source.problems)
    value, misfits = fit(source, grammar)
    problems = [*source.problems, *misfits]
    if problems or value is None:
        raise FileError(tuple(dict.fromkeys(problems)))
    return value


def _instructed(text: str) -> dict[str, float]:
    """Columns and the answers they ask for."""
    parts = [part.partition("=") for part in text.split(",")]
    try:
        return {name.strip(): float(answer) for name, _, answer in parts}
    except ValueError:
        raise WrongUseError(f"--instructed {text}: give columns and answers, as check1=3,check2=5") from None


def output_schema() -> dict[str, Any]:
    """Give the JSON Schema of what `measure --json` prints."""
    return schema()


def summary(found: Measurement) -> str:
    """Tell people the main figures; everything stands in the JSON."""
    rows = found.rows
    parts = [f"{rows.used} of {rows.read} rows, {rows.complete} complete, {rows.independent} independent"]
    tables = {
        "Items and loadings": found.to_frame().drop(columns="counts", errors="ignore"),
        "Number of factors": None if found.retention is None else found.retention.to_frame(),
        "Reliability": None if found.reliability is None else found.reliability.to_frame(),
        "Parameters": None if found.cfa is None else found.cfa.to_frame(),
        "Invariance": None if found.invariance is None else found.invariance.to_frame(),
    }
    with pd.option_context("display.max_rows", None, "display.max_columns", None, "display.width", 160):
        parts += [f"{title}\n{table}" for title, table in tables.items() if table is not None and len(table)]
    if found.invariance is not None:
        parts.append(found.invariance.verdict)
    return "\n\n".join(parts)


def _plan(wanted: dict[str, Any]) -> MeasurementPlan:
    """Check the options together."""
    try:
        return MeasurementPlan(**wanted)
    except ValidationError as error:
        told = [f"--{'.'.join(map(str, one['loc'])).replace('_', '-')}: {one['msg']}" for one in error.errors()]
        raise WrongUseError("\n".join(told)) from None


def _listed(names: str, columns: list[str]) -> tuple[str, ...]:
    """Names between commas; `a:c` is every column from a to c in the order of the file."""
    parts = [part.strip() for part in names.split(",") if part.strip()]
    return tuple(itertools.chain.from_iterable(_run(part, columns) for part in parts))


def _run(part: str, columns: list[str]) -> list[str]:
    """One name, or a run of columns."""
    first, _, last = part.partition(":")
    if part in columns or first not in columns or last not in columns:
        return [part]
    run = columns[columns.index(first) : columns.index(last) + 1]
    if not run:
        raise WrongUseError(f"--items: in {part} the second column stands before the first. Turn them round.")
    return run


def _ends(text: str | None) -> dict[str, float]:
    """Ends of the response scale."""
    if text is None:
        return {}
    try:
        ends = [float(end) for end in text.split(",")]
    except ValueError:
        ends = []
    if len(ends) != _ENDS or ends[0] >= ends[1]:
        raise WrongUseError(f"--range {text}: give the lowest and the highest answer, as 1,5")
    return dict(zip(("lowest", "highest"), ends, strict=True))
