"""Commands over studies that nobody has been asked yet: checked, played through, answered by simulated respondents."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from survey_app.commands.options import NEW_FILE, PATH, json_option, make_folder, tell

FINDINGS = 1
PLAYED = 1000


@click.command()
@click.argument("files", type=PATH, nargs=-1, required=True)
@click.option("--play", type=click.IntRange(min=0), help="Simulated respondents who play each sound study; 0: none.")
@json_option
def check(files: tuple[Path, ...], play: int | None, as_json: bool) -> None:  # noqa: FBT001
    """Look through questionnaire and study files and name every problem with its place and remedy.

    Sound studies are then played through by 1,000 simulated respondents (with --json only where --play asks for it).
    """
    from survey_app.design.checking import CheckedFiles

    checked = CheckedFiles.of(files)
    played = checked.played((0 if as_json else PLAYED) if play is None else play)
    problems = played.all_problems
    if as_json:
        told = [vars(problem) for problem in problems]
        click.echo(json.dumps(told, ensure_ascii=False, default=str, indent=1))
    else:
        for line in played.lines():
            click.echo(line)
        for problem in problems:
            click.echo(str(problem), err=True)
        for notice in played.all_notices:
            click.echo(f"notice: {notice}", err=True)
        click.echo(f"{len(files)} file(s), {len(problems)} problem(s)")
    if problems:
        sys.exit(FINDINGS)


@click.command()
@click.argument("study", type=PATH)
@click.option("--respondents", type=click.IntRange(min=1), default=PLAYED, show_default=True)
@click.option("--out", type=NEW_FILE, required=True, help="CSV file; the study file is written beside it.")
@json_option
def simulate(study: Path, respondents: int, out: Path, as_json: bool) -> None:  # noqa: FBT001
    """Let simulated respondents answer a STUDY, labelled as such; to try an analysis before the field."""
    from survey_app.design.simulated_study import simulate_study

    make_folder(out.parent)
    written = simulate_study(study, respondents, out)
    tell({"answers": str(written.answers), "study": str(written.study), "rows": written.rows}, as_json)
