"""From a table and options of the command line to a measurement; it knows files and options, no statistics."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import ValidationError

from analysis.measurement import FactorModel, Measurement, MeasurementPlan, measure, schema
from instruments.answer_files import read_table
from instruments.grammar import fit
from instruments.yaml_file import FileError, read_yaml
from survey_app.errors import WrongUseError

SEPARATORS: dict[str, Literal[",", ";", "\t"]] = {",": ",", ";": ";", "tab": "\t"}
_ENDS = 2


def measured(data: Path, *, separator: str, model: Path | None, **choices: Any) -> Measurement:  # noqa: ANN401
    """Measure the items of a file as the options say."""
    wanted = {name: choice for name, choice in choices.items() if choice is not None}
    frame = read_table(data, separator=SEPARATORS[separator])
    columns = [str(name) for name in frame.columns]
    wanted["items"] = _listed(wanted["items"], columns)
    wanted["reverse"] = _listed(wanted.get("reverse", ""), columns)
    wanted |= _ends(wanted.pop("ends", None))
    if model is not None:
        wanted["model"] = read_model(model)
    return measure(frame, _plan(wanted))


def read_model(path: Path) -> FactorModel:
    """Read a confirmatory model; raises FileError with every problem of the file."""
    source = read_yaml(path)
    if source.data is None:
        raise FileError(source.problems)
    model, misfits = fit(source, FactorModel)
    problems = [*source.problems, *misfits]
    if problems or model is None:
        raise FileError(tuple(dict.fromkeys(problems)))
    return model


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
