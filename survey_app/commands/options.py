"""What commands share: options, folders they write to, how they tell a result; no command of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from survey_app.errors import WrongUseError

PATH = click.Path(path_type=Path)
NEW_FILE = click.Path(path_type=Path, dir_okay=False, writable=True)
NEW_FOLDER = click.Path(path_type=Path, file_okay=False, writable=True)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
instance_option = click.option(
    "--instance", type=PATH, default=Path("instance"), show_default=True, help="Folder of database and settings."
)


def make_folder(folder: Path) -> None:
    """Make the folder that is written to; before long work, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUseError(f"{folder}: cannot be made ({error.strerror}). Name another with --out.") from None


def tell(result: dict[str, Any], as_json: bool) -> None:  # noqa: FBT001
    """Print a result: JSON for programs, a line for each entry for people."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for key, value in result.items():
        for line in value if isinstance(value, list) else [value]:
            click.echo(f"{key}: {line}")
