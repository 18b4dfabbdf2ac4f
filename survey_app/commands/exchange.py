"""Commands that take questionnaires in from other programs and give them out on paper and as files of others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from survey_app.commands.options import NEW_FILE, PATH, json_option, make_folder, tell
from survey_app.errors import RefusedError, WrongUseError

if TYPE_CHECKING:
    from instruments.exchange.carried import Loss
    from instruments.model import Instrument, Language, Texts
    from instruments.study_file import Brand

FINDINGS = 1
FORMS = ("xlsform", "ddi", "codebook", "print")


@click.command("import")
@click.argument("file", type=PATH)
@click.option("--out", type=NEW_FILE, required=True, help="Questionnaire to write, as NAME.yaml.")
@json_option
def import_questionnaire(file: Path, out: Path, as_json: bool) -> None:  # noqa: FBT001
    """Read a questionnaire of another program (XLSForm, LimeSurvey .lss, Qualtrics .qsf) into a file of ours.

    What cannot be carried over is printed and stands at the head of the file.
    """
    from instruments.exchange.importing import import_questionnaire as read
    from instruments.exchange.mending import laid_out, study_text

    if out.suffix not in (".yaml", ".yml"):
        raise WrongUseError(f"{out}: questionnaires are YAML files. Name it with --out NAME.yaml.")
    carried = read(file)
    make_folder(out.parent)
    out.write_text(laid_out(carried, file.name), encoding="utf-8")
    told: dict[str, object] = {"questionnaire": str(out)}
    if carried.content.brands:
        study = out.with_suffix(f".study{out.suffix}")
        study.write_text(study_text(carried.content, out.name), encoding="utf-8")
        told["study"] = str(study)
    problems = [str(problem) for problem in _problems(out)]
    _tell(told, carried.losses, as_json=as_json, problems=problems)
    if problems:
        sys.exit(FINDINGS)


@click.command()
@click.argument("file", type=PATH)
@click.option("--as", "form", type=click.Choice(FORMS), required=True, help="What to write.")
@click.option("--lang", "language", help="Language of codebook and print; the questionnaire's first unless named.")
@click.option("--out", type=NEW_FILE, required=True, help="File to write; a codebook as .html or .pdf.")
@json_option
def form(file: Path, form: str, language: str | None, out: Path, as_json: bool) -> None:  # noqa: FBT001
    """Write a questionnaire or study as a form of other programs, a codebook, or on paper.

    FILE is a questionnaire, a study file, or the name of a questionnaire of the library.
    """
    questionnaire = _read(file)
    spoken = _language(questionnaire, language)
    make_folder(out.parent)
    content, losses = _WRITERS[form](questionnaire, spoken, out)
    out.write_bytes(content)
    _tell({form: str(out)}, losses, as_json=as_json)


@dataclass(frozen=True)
class _Questionnaire:
    """A questionnaire and what a study adds to it."""

    instrument: Instrument
    brands: Sequence[Brand] = ()
    title: Texts | None = None


def _read(path: Path) -> _Questionnaire:
    from instruments.loader import find_instrument, load_instrument
    from instruments.study_file import load_study
    from instruments.yaml_file import read_yaml

    found = path if path.suffix else find_instrument(str(path))
    source = read_yaml(found)
    if isinstance(source.data, dict) and "study" in source.data:
        study = load_study(found)
        if study.instrument is None:
            raise RefusedError(f"{path}: the study reads answers made elsewhere and has no questionnaire.")
        return _Questionnaire(study.instrument, study.file.brands, study.file.title)
    return _Questionnaire(load_instrument(found))


def _language(questionnaire: _Questionnaire, named: str | None) -> Language:
    languages = questionnaire.instrument.languages
    if named is None:
        return languages[0]
    for language in languages:
        if language == named:
            return language
    raise WrongUseError(f"The questionnaire is not in '{named}'. Name one of {', '.join(languages)} with --lang.")


def _xlsform(asked: _Questionnaire, _language: Language, _out: Path) -> tuple[bytes, Sequence[Loss]]:
    from instruments.exchange.xlsform_writing import write_xlsform

    carried = write_xlsform(asked.instrument, asked.brands)
    return carried.content, carried.losses


def _ddi(asked: _Questionnaire, _language: Language, _out: Path) -> tuple[bytes, Sequence[Loss]]:
    from instruments.exchange.codebook import make_codebook
    from instruments.exchange.ddi import write_ddi

    return write_ddi(make_codebook(asked.instrument, asked.brands, asked.title)), ()


def _codebook(asked: _Questionnaire, language: Language, out: Path) -> tuple[bytes, Sequence[Loss]]:
    from instruments.exchange.codebook import make_codebook
    from reports.codebook import codebook_html, codebook_pdf

    made = make_codebook(asked.instrument, asked.brands, asked.title)
    if out.suffix == ".pdf":
        return codebook_pdf(made, language), ()
    return codebook_html(made, language).encode(), ()


def _print(asked: _Questionnaire, language: Language, _out: Path) -> tuple[bytes, Sequence[Loss]]:
    from reports.questionnaire import print_questionnaire

    title = asked.title.get(language, "") if asked.title else ""
    return print_questionnaire(asked.instrument, language, brands=asked.brands, title=title), ()


_Writer = Callable[[_Questionnaire, "Language", Path], "tuple[bytes, Sequence[Loss]]"]
_WRITERS: dict[str, _Writer] = {"xlsform": _xlsform, "ddi": _ddi, "codebook": _codebook, "print": _print}


def _problems(path: Path) -> list[object]:
    from instruments.check import check_files

    return list(check_files([path]))


def _tell(told: dict[str, object], losses: Sequence[Loss], *, as_json: bool, problems: Sequence[str] = ()) -> None:
    """Losses and problems go to the notices; a program gets them with the answer."""
    if as_json:
        told |= {"losses": [vars(loss) for loss in losses], "problems": list(problems)}
    else:
        for loss in losses:
            click.echo(f"not carried over: {loss}", err=True)
        for problem in problems:
            click.echo(problem, err=True)
        told |= {"not carried over": f"{len(losses)} things"} if losses else {}
    tell(told, as_json)
