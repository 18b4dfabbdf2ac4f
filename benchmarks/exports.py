"""How much memory an export of a million ratings takes in each format; writes results/exports.json.

python3 benchmarks/exports.py [--rows N] [--form FORM …], with pyarrow beside the project's environment.
"""  # noqa: INP001 - a script

from __future__ import annotations

import csv
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click

HERE = Path(__file__).resolve().parent
STUDY = HERE.parent / "instruments" / "studies" / "demo.yaml"
LINES = "ndjson"
FORMS = ("csv", "xlsx", "sav", "dta", "parquet", LINES)
MILLION = 1_000_000
COLUMNS = 40
PERSONS = 500
BAR_MEGABYTES = 500
MOMENTS = ("_started_at", "_ended_at")

Shape: TypeAlias = Literal["long", "wide"]


def write_answers(folder: Path, rows: int, columns: int) -> Path:
    """Write a table of simulated ratings with its study file: the same persons over and over, each time as others."""
    # not at the top: a process that measures must not load what only the simulation needs
    from instruments.answer_tables.codebook import SYSTEM_COLUMNS, describe_answers  # noqa: PLC0415
    from instruments.study_file import load_study  # noqa: PLC0415
    from survey_app.design.simulated_study import simulate_study  # noqa: PLC0415

    few = simulate_study(STUDY, PERSONS, folder / "few.csv")
    asked = [column for column in describe_answers(load_study(few.study)).columns if column.name not in SYSTEM_COLUMNS]
    open_questions = [column.name for column in asked if column.kind == "text"]
    with few.answers.open(encoding="utf-8", newline="") as file:
        told = list(csv.DictReader(file))
    with (folder / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(told[0])[:columns], extrasaction="ignore")
        table.writeheader()
        table.writerows(_as_others(told[at % len(told)], at // len(told), open_questions) for at in range(rows))
    return few.study


def _as_others(row: dict[str, str], again: int, open_questions: list[str]) -> dict[str, str]:
    """The same codes by another person, at another time; a third of them write something that nobody else does."""
    person = f"{row['_person']}{again:05}"
    later = timedelta(seconds=7 * again)
    moments = {name: str(datetime.fromisoformat(row[name]) + later) for name in MOMENTS if row[name]}
    words = f"What {person} wrote: simulated words, some ninety letters, as long as most open answers are."
    said = dict.fromkeys(open_questions, "" if again % 3 else words)
    return row | moments | said | {"_person": person, "_seed": str(int(row["_seed"]) + PERSONS * again)}


def write_export(study: Path, form: str, shape: Shape, *, scores: bool) -> None:
    """Write one export: lines of JSON in the server's process, all else in one of its own, as the console does."""
    table = study.with_name("answers.csv")
    if form == LINES:
        from survey_app.views.api import json_lines  # noqa: PLC0415 - what it brings is part of what is measured

        deque(json_lines(table), maxlen=0)
        return
    from instruments.answer_tables.convert import convert_file  # noqa: PLC0415 - as above

    convert_file(table, study, study.with_name(f"export.{form}"), shape=shape, scores=scores)


def peak_megabytes() -> float:
    """Most memory this process has held, as Linux counts it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def measured(study: Path, form: str, shape: str, *, scores: bool) -> dict[str, object]:
    """Write in a process of its own, whose peak of memory is then that of this format."""
    command = [sys.executable, __file__, "--part", str(study), form, shape, *(["--scores"] if scores else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - this very file
    found: dict[str, object] = {"form": form, "shape": shape, "scores": scores, **json.loads(done.stdout)}
    return found


@click.command()
@click.option("--rows", type=int, default=MILLION, show_default=True, help="Simulated ratings.")
@click.option("--columns", type=int, default=COLUMNS, show_default=True, help="The first so many of the study's.")
@click.option("--form", "forms", type=click.Choice(FORMS), multiple=True, default=FORMS)
@click.option("--shape", type=click.Choice(["long", "wide"]), default="long", show_default=True)
@click.option("--scores", is_flag=True, help="With the scores of scales.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the simulated answers lie or are to be kept.")
@click.option("--out", type=click.Path(path_type=Path), default=HERE / "results" / "exports.json")
@click.option("--part", type=(click.Path(path_type=Path), str, str), hidden=True)
def main(
    *,
    rows: int,
    columns: int,
    forms: tuple[str, ...],
    shape: Shape,
    scores: bool,
    folder: Path | None,
    out: Path,
    part: tuple[Path, str, Shape] | None,
) -> None:
    """Measure one format after the other and write the figures as JSON."""
    if part is not None:
        write_export(*part, scores=scores)
        click.echo(json.dumps({"peak_megabytes": round(peak_megabytes()), "cpu_s": round(time.process_time(), 1)}))
        return
    with tempfile.TemporaryDirectory() as temporary:
        kept = folder or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        study = kept / "few.study.yaml"
        if not study.exists():
            study = write_answers(kept, rows, columns)
        found = []
        for form in forms:
            found.append(measured(study, form, shape, scores=scores))
            click.echo(json.dumps(found[-1]), err=True)
    result = {
        "simulated": True,
        "rows": rows,
        "columns": columns,
        "bar_megabytes": BAR_MEGABYTES,
        "python": platform.python_version(),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**result, "exports": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
