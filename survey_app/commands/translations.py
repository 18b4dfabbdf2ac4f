"""Commands for translators: texts out as XLIFF or workbook and back in, side by side, and how far they are."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from survey_app.commands.options import NEW_FILE, PATH, json_option, make_folder, tell
from survey_app.errors import RefusedError, WrongUseError

_language = click.Choice(["en", "zh", "de", "es"])
_FINDINGS = 1


@click.group()
def translate() -> None:
    """Translate questionnaires: texts out and back in, side by side, how far they are.

    FILE is a questionnaire, a module, a study, a catalogue or a playbook. The first of its languages is the source.
    What is known of each translation is kept beside it, in FILE.translation.yml.
    """


@translate.command(name="export")
@click.argument("file", type=PATH)
@click.option("--lang", "language", type=_language, required=True, help="Language to translate into.")
@click.option("--out", type=NEW_FILE, required=True, help="Ends with .xlf (XLIFF 1.2) or .xlsx.")
@json_option
def export_texts(file: Path, language: str, out: Path, as_json: bool) -> None:  # noqa: FBT001
    """Write the texts of FILE for translators, with the translations there are."""
    from instruments.translation.records import units_of
    from instruments.translation.sheets import write_sheet
    from instruments.translation.texts import texts_of
    from instruments.translation.xliff import xliff_of

    source = texts_of(file).source
    if language == source:
        raise WrongUseError(f"--lang {language}: this is the language that {file.name} is translated from")
    units = units_of(file, language)
    make_folder(out.parent)
    if out.suffix == ".xlsx":
        write_sheet(out, file.name, source, language, units)
    elif out.suffix in (".xlf", ".xliff"):
        out.write_text(xliff_of(file.name, source, language, units), encoding="utf-8")
    else:
        raise WrongUseError(f"--out {out}: end the name with .xlf or .xlsx")
    tell({"file": str(out), "texts": len(units), "missing": sum(not unit.target for unit in units)}, as_json)


@translate.command(name="import")
@click.argument("file", type=PATH)
@click.argument("translations", type=PATH)
@click.option("--by", default="", help="Who gave the status.")
@json_option
def import_texts(file: Path, translations: Path, by: str, as_json: bool) -> None:  # noqa: FBT001
    """Put TRANSLATIONS that came back into FILE; a damaged placeholder is refused by name, and nothing is written."""
    from instruments.translation.returning import take_in
    from instruments.translation.sheets import read_sheet
    from instruments.translation.texts import texts_of
    from instruments.translation.xliff import read_xliff

    read = read_sheet if translations.suffix == ".xlsx" else read_xliff
    of, language, returned = read(translations)
    if of and of != file.name:
        raise RefusedError(f"{translations}: these are texts of {of}, not of {file.name}")
    taken = take_in(file, language, returned, by=by)
    told = {"language": language, "changed": taken.changed, "same": taken.same, "left out": list(taken.left_out)}
    if language not in texts_of(file).languages:
        told["note"] = f"add '{language}' to languages in {file.name}, and to drafts"
    tell(told, as_json)


@translate.command()
@click.argument("file", type=PATH)
@click.option("--lang", "language", type=_language, required=True)
@click.option("--status", "standing", type=click.Choice(["draft", "reviewed", "adjudicated"]), required=True)
@click.option("--place", "places", multiple=True, help="Place of a text; all that are translated unless named.")
@click.option("--by", default="", help="Who gives the status.")
@json_option
def mark(file: Path, language: str, standing: str, places: tuple[str, ...], by: str, as_json: bool) -> None:  # noqa: FBT001, PLR0917
    """Give translations of FILE a status as they stand."""
    from instruments.translation.returning import mark as mark_texts

    marked = mark_texts(file, language, standing, places, by=by)
    tell({"language": language, standing: marked.same, "left out": list(marked.left_out)}, as_json)


@translate.command()
@click.argument("file", type=PATH)
@click.option("--lang", "languages", type=_language, multiple=True, help="Those of the file unless named.")
@click.option("--out", type=NEW_FILE, required=True, help="HTML file to write.")
@json_option
def review(file: Path, languages: tuple[str, ...], out: Path, as_json: bool) -> None:  # noqa: FBT001
    """Lay the translations of FILE side by side, with status, back-translation and notes."""
    from instruments.translation.review import side_by_side

    page = side_by_side(file, languages)
    make_folder(out.parent)
    out.write_text(page, encoding="utf-8")
    tell({"page": str(out)}, as_json)


@translate.command()
@click.argument("file", type=PATH)
@click.option("--lang", "languages", type=_language, multiple=True, help="Those of the file unless named.")
@json_option
def status(file: Path, languages: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
    """Tell how far the translations of FILE are; each one that is missing or out of date is named with its place."""
    from instruments.translation.review import problems_of, standings_of

    counts = standings_of(file, languages)
    if as_json:
        tell({"languages": counts, "problems": [str(problem) for problem in problems_of(file, languages)]}, as_json)
    else:
        tell(
            {lang: ", ".join(f"{n} {standing}" for standing, n in count.items()) for lang, count in counts.items()},
            as_json,
        )
    if problems := problems_of(file, languages):
        for problem in () if as_json else problems:
            click.echo(str(problem), err=True)
        sys.exit(_FINDINGS)
