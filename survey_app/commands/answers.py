"""Commands over files of answers: out of the database, from one format to another, and their study file proposed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from survey_app.commands.options import NEW_FILE, PATH, instance_option, json_option, make_folder, tell

Form = Literal["csv", "sav", "dta", "parquet", "xlsx"]
ANSWERED = ("partial", "timed_out", "complete", "screened_out", "quota_full", "quality_fail")
_DAY = click.DateTime(["%Y-%m-%d"])
FORMS = ("csv", "sav", "dta", "parquet", "xlsx")
_form = click.option("--format", "form", type=click.Choice(FORMS), help="By the end of the file's name unless named.")
_lang = click.option("--lang", "language", help="Language of labels; the study's first unless named.")
_scores = click.option("--scores", is_flag=True, help="With the scores of scales, as columns score_…, at the end.")
_out = click.option("--out", type=NEW_FILE, required=True, help="File to write; codebook and scripts lie beside it.")


@click.command()
@click.option("--study", required=True, help="Key of the study.")
@_out
@_form
@click.option(
    "--shape",
    type=click.Choice(["long", "wide"]),
    default="long",
    show_default=True,
    help="A row for each rating, or for each person with the brands side by side.",
)
@_lang
@_scores
@click.option("--status", "statuses", type=click.Choice(ANSWERED), multiple=True, help="Only these; may be repeated.")
@click.option("--sound", is_flag=True, help="Without whoever failed the rules of quality or was rejected in review.")
@click.option("--since", type=_DAY, help="Interviews begun on this day (UTC) or later, as 2026-01-31.")
@click.option("--until", type=_DAY, help="Interviews begun on this day (UTC) or earlier.")
@click.option("--brand", "brands", multiple=True, help="Ratings of this brand only; may be repeated.")
@click.option("--country", "countries", multiple=True, help="Persons of this country only; may be repeated.")
@click.option("--answered-in", "languages", multiple=True, help="Answered in this language only; may be repeated.")
@click.option("--source", "sources", multiple=True, help="Come from this source only; may be repeated.")
@instance_option
@json_option
def export(study: str, out: Path, instance: Path, as_json: bool, **choices: Any) -> None:  # noqa: ANN401, FBT001
    """Write a study's answers for a statistics program, with codebook, study file and reading scripts beside them."""
    from survey_app.config import read_settings
    from survey_app.results.answer_filters import Wanted
    from survey_app.results.export import export_answers
    from survey_app.store import open_store

    make_folder(out.parent)
    sets = {name: frozenset(choices.pop(name)) for name in ("brands", "countries", "languages", "sources")}
    since, until = ((day.date() if day else None) for day in (choices.pop("since"), choices.pop("until")))
    wanted = Wanted(choices.pop("statuses"), choices.pop("sound"), since, until, **sets)
    store = open_store(read_settings(instance).database_url())
    exported = export_answers(store, study, out, wanted=wanted, **choices)
    told = {"answers": str(out), "study": str(exported.study), "rows": exported.rows}
    tell({**told, **_beside(exported.beside, exported.notes)}, as_json)


@click.command()
@click.argument("answers", type=PATH)
@click.option("--study", type=PATH, required=True, help="Study file that says what the columns are.")
@_out
@_form
@click.option("--shape", type=click.Choice(["long", "wide"]), help="As it is unless named.")
@_lang
@_scores
@json_option
def convert(answers: Path, study: Path, out: Path, as_json: bool, **choices: Any) -> None:  # noqa: ANN401, FBT001
    """Turn a file of ANSWERS into another format or shape; needs no database."""
    from instruments.answer_tables.convert import convert as convert_answers
    from instruments.study_file import load_study

    make_folder(out.parent)
    written = convert_answers(answers, load_study(study), out, **choices)
    tell({"answers": str(out), "rows": written.rows, **_beside(written.beside, written.notes)}, as_json)


@click.command()
@click.argument("answers", type=PATH)
@click.option("--out", type=NEW_FILE, required=True, help="Study file to write.")
@click.option("--lang", "language", type=click.Choice(["en", "zh", "de", "es"]), default="en", show_default=True)
@json_option
def propose(answers: Path, out: Path, language: str, as_json: bool) -> None:  # noqa: FBT001
    """Propose the study file for a file of ANSWERS collected elsewhere; what is a guess is marked in it."""
    from instruments.answer_files import AnswerFileError, read_answers
    from instruments.proposal.writing import propose_study
    from instruments.study_file import load_study
    from instruments.yaml_file import FileError

    proposal = propose_study(answers, language)
    make_folder(out.parent)
    out.write_text(proposal.text, encoding="utf-8")
    problems: tuple[object, ...] = ()
    try:
        read_answers(answers, load_study(out))
    except (FileError, AnswerFileError) as error:
        problems = error.problems
    told = {
        "study": str(out),
        "look at": list(proposal.doubts),
        "still to mend": [str(problem) for problem in problems],
    }
    tell(told, as_json)


def _beside(files: tuple[Path, ...], notes: tuple[str, ...]) -> dict[str, list[str]]:
    return {"beside": [str(path) for path in files], "note": list(notes)}
