"""Commands for open answers: suggest codes, compare coders, tell signals by archetype."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from survey_app.commands.options import NEW_FILE, PATH, json_option, tell

if TYPE_CHECKING:
    from analysis.findings import Estimate

frame_option = click.option("--frame", type=PATH, help="Coding frame; that of the toolkit unless named.")


@click.group()
def verbatims() -> None:
    """Code open answers, service notes and posts: the machine suggests, people decide."""


@verbatims.command()
@click.argument("texts", type=PATH)
@click.option("--text", required=True, help="Column of the texts.")
@click.option("--person", default="_person", show_default=True, help="Column of the person, if there is one.")
@click.option("--brand", default="brand", show_default=True, help="Column of the brand, if there is one.")
@click.option("--language-column", "language", default="_lang", show_default=True, help="Column of the language.")
@click.option("--language", "spoken", default="en", show_default=True, help="Language where no column tells it.")
@click.option("--coded", type=PATH, help="A sheet with codes that people gave: they are kept and learned from.")
@frame_option
@click.option("--out", type=NEW_FILE, required=True, help="Sheet to write: CSV for a coder to fill in.")
@json_option
def suggest(  # noqa: PLR0917  (click hands over every option)
    texts: Path,
    spoken: str,
    coded: Path | None,
    frame: Path | None,
    out: Path,
    as_json: bool,  # noqa: FBT001
    **columns: str,
) -> None:
    """Write a sheet of the texts in TEXTS (CSV), without names and contacts, with a suggestion beside each.

    A coder writes codes into the last column, with ; between, and - where none fits.
    """
    from survey_app.results.verbatim_files import frame_at, suggested_sheet

    found = suggested_sheet(texts, out, columns=columns, language=spoken, frame=frame_at(frame), coded=coded)
    learned = [
        f"{one.code}: precision {_share(one.precision)}, recall {_share(one.recall)}; "
        f"{one.examples} of {one.texts} coded texts have it"
        for one in found.learned
    ]
    people = {"sheet": str(out), "suggestions": len(found.suggested), "learned": learned}
    programs = {**people, "learned": [asdict(one) for one in found.learned]}
    tell(programs if as_json else people, as_json)


@verbatims.command()
@click.argument("first", type=PATH)
@click.argument("second", type=PATH)
@frame_option
@json_option
def agree(first: Path, second: Path, frame: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Compare two coders' sheets of the same texts: Cohen's kappa of each code with its 95 % interval."""
    from survey_app.results.verbatim_files import compared, frame_at

    found = compared(first, second, frame_at(frame))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=1))
        return
    for one in found:
        click.echo(f"{one.code}: alike {_estimate(one.share)}, kappa {_estimate(one.kappa)}, {one.share.n} texts")


@verbatims.command()
@click.argument("sheet", type=PATH)
@click.option("--findings", type=PATH, required=True, help="Findings with the archetypes of the same persons.")
@frame_option
@json_option
def signals(sheet: Path, findings: Path, frame: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Tell which signals (praise, complaint, boycott…) people of each archetype sent, from a coded sheet."""
    from survey_app.results.verbatim_files import frame_at
    from survey_app.results.verbatim_files import signals as told

    found = told(sheet, findings.read_bytes(), frame_at(frame))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=1))
        return
    for one in found:
        click.echo(f"{one.archetype} {one.code}: {_estimate(one.share)} of {one.share.n} texts")
    if not found:
        click.echo("No coded text belongs to an archetype: check the columns person and brand of the sheet.", err=True)


def _share(value: float | None) -> str:
    """A share for people, in hundredths."""
    return "unknown" if value is None else f"{value:.2f}"


def _estimate(estimate: Estimate) -> str:
    """A figure with its interval."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "unknown"
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"
