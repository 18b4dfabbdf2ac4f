"""The verb `measure`: statistics of items in a table as JSON; it computes nothing and needs no study file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from survey_app.errors import WrongUseError

REFUSED = 1
_path = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--items", help="Columns of the items, with commas between them; a run as q01:q12."),
    click.option("--reverse", default="", help="Items that run the other way, with commas between them."),
    click.option("--range", "ends", help="Ends of the response scale, as 1,5. The lowest and highest answer unless."),
    click.option(
        "--missing",
        type=click.Choice(["pairwise", "listwise", "em"]),
        help="em: maximum likelihood of all answers. pairwise unless named.",
    ),
    click.option("--matrix", type=click.Choice(["pearson", "spearman", "polychoric", "mixed"]), help="pearson."),
    click.option("--correction", type=float, help="Put into empty cells of polychoric tables; 0 unless named."),
    click.option("--smooth", is_flag=True, help="Repair correlations that contradict each other."),
    click.option("--factors", type=int, help="By parallel analysis unless named."),
    click.option("--method", type=click.Choice(["minres", "ml", "paf"]), help="minres unless named."),
    click.option(
        "--rotation",
        type=click.Choice(
            [
                "none",
                "varimax",
                "promax",
                "oblimin",
                "quartimin",
                "geomin",
                "geomin_orthogonal",
                "target",
                "target_orthogonal",
            ]
        ),
        help="oblimin unless named; target with --target.",
    ),
    click.option("--target", type=_path, help="CSV file with loadings to rotate to: item, then a column per factor."),
    click.option("--kaiser/--no-kaiser", default=None, help="Kaiser normalisation; for varimax only unless named."),
    click.option("--starts", type=int, help="Starts of the rotation; 30 unless named."),
    click.option("--draws", type=int, help="Draws of parallel analysis; 1000 unless named."),
    click.option("--resamples", type=int, help="Resamples for intervals of loadings; 200 unless named, 0 for none."),
    click.option("--model", type=_path, help="YAML file with a confirmatory model (see analysis/measure.md)."),
    click.option("--ordered", is_flag=True, help="Items are ordinal: WLSMV, thresholds compared between groups."),
    click.option("--group", help="Column with the groups to compare."),
    click.option("--person", help="Column with whose rating a row is."),
    click.option("--brand", help="Column with what was rated: a level of its own beside persons."),
    click.option("--weight", help="Column with the rows' weights."),
    click.option("--population", type=_path, help="YAML file with margins to rake the weights to."),
    click.option("--instructed", help="Items that ask for an answer, as check1=3,check2=5."),
    click.option("--seconds", help="Column with the seconds that the items took."),
    click.option("--blocks", type=int, help="Blocks of rows by order of entry, for alpha of each; 10 unless named."),
    click.option("--synonyms-above", type=float, help="Correlation that makes two items synonyms; 0.6 unless named."),
    click.option("--rows", is_flag=True, help="Add factor scores and careless indices of every row."),
    click.option("--seed", type=int, help="Seed of all random numbers."),
    click.option(
        "--chunks/--no-chunks",
        "in_chunks",
        default=None,
        help="Read the file in blocks, for files larger than memory; by itself from 256 MB on.",
    ),
    click.option(
        "--separator", type=click.Choice([",", ";", "tab"]), default=",", help="Of a CSV file; a comma unless."
    ),
    click.option("--json", "as_json", is_flag=True, help="Print JSON for programs."),
    click.option("--schema", is_flag=True, help="Print the JSON Schema of the output, and do nothing else."),
)


def _with_options(command: Any) -> Any:  # noqa: ANN401  (click's decorators take and give any callable)
    """Put the options on a command, in their order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("data", type=_path, required=False)
@_with_options
def measure(data: Path | None, *, as_json: bool, schema: bool, **choices: Any) -> None:  # noqa: ANN401
    """Measure items: correlations, factors, reliability, confirmatory models, invariance.

    DATA is a CSV file with one row per rating, or Parquet where pyarrow is installed. Missing answers are blank, NA
    or the codes -99 to -93. Ends with 1 when the data cannot support something that was asked for; what it can
    support is printed all the same. analysis/measure.md describes the files that options name, and the output.
    """
    from survey_app.commands.measuring import measured, output_schema, summary

    if schema:
        click.echo(json.dumps(output_schema(), ensure_ascii=False, indent=1))
        return
    if data is None or not choices["items"]:
        raise WrongUseError("Name the data file and its items: run.py measure DATA --items q01,q02,q03")
    found = measured(data, **choices)
    click.echo(found.to_json() if as_json else summary(found))
    for remark in found.remarks:
        click.echo(f"{remark.section}: {remark.message} [{remark.code}]", err=True)
    if any(remark.refused for remark in found.remarks):
        sys.exit(REFUSED)
