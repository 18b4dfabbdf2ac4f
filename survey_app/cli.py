"""The command line: verbs over files; it imports what a verb needs only when that verb is asked for."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from survey_app.commands.answers import convert, export, propose
from survey_app.commands.exchange import form, import_questionnaire
from survey_app.commands.field import invite, paradata, purge
from survey_app.commands.measure import measure
from survey_app.commands.options import NEW_FILE, NEW_FOLDER, PATH, instance_option, json_option, make_folder, tell
from survey_app.commands.studies import check, simulate
from survey_app.commands.translations import translate
from survey_app.commands.verbatims import verbatims
from survey_app.errors import RefusedError, WrongUseError

if TYPE_CHECKING:
    from analysis.quoting import AgreedText

FINDINGS, WRONG_USE = 1, 2
# Those that reports are written in; listed here without importing reports, which takes a while.
LANGUAGES = tuple(sorted(path.stem for path in (Path(__file__).parent.parent / "reports" / "texts").glob("*.yaml")))
REPORTS = ("brand", "cards", "workbook", "json", "study", "category")
Progress = Callable[[float, str], None]


class Commands(click.Group):
    """Commands whose expected failures end with a sentence and an exit code, never with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  (click's own signature)
        """Run a command; problems of files are findings (1), anything asked wrongly is wrong use (2)."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            code = _exit_code(error)
            if code is None:
                raise
            click.echo(str(error), err=True)
            ctx.exit(code)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the verbs in the order of work."""
        return list(self.commands)


def _exit_code(error: Exception) -> int | None:
    """Exit code of a failure we expect; None for our own mistakes."""
    from analysis.errors import AnalysisError
    from instruments.answer_files import AnswerFileError
    from instruments.yaml_file import FileError

    if isinstance(error, WrongUseError):
        return WRONG_USE
    return FINDINGS if isinstance(error, (RefusedError, AnalysisError, AnswerFileError, FileError)) else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Relata, an open toolkit for consumer-brand relationship studies.

    Exit codes: 0 all is well, 1 problems were found, 2 wrong use.
    """


@main.command()
@click.option("--out", type=NEW_FOLDER, default=Path("demo"), show_default=True, help="Folder for everything made.")
@click.option("--no-serve", is_flag=True, help="End when the reports are written.")
@click.option("--respondents", type=click.IntRange(min=100), default=700, show_default=True)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the reports.")
@click.option("--port", type=int, default=8000, show_default=True, help="0 takes any free one.")
def demo(out: Path, no_serve: bool, respondents: int, lang: str, port: int) -> None:  # noqa: FBT001
    """Run a study with simulated respondents: answered, analysed, reported, served."""
    from survey_app.demo import make_demo

    make_folder(out)
    with _progress() as progress:
        made = make_demo(out, respondents, lang, progress)
    click.echo(made.summary())
    if not no_serve:
        _serve(out, "127.0.0.1", port)


main.add_command(check)
main.add_command(simulate)
main.add_command(import_questionnaire)
main.add_command(form)


@main.command()
@click.argument("studies", type=PATH, nargs=-1)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8000, show_default=True, help="0 takes any free one.")
@instance_option
def serve(studies: tuple[Path, ...], host: str, port: int, instance: Path) -> None:
    """Serve the web application with one worker; study files named here are published first."""
    from survey_app.design.publishing import publish_studies

    for key in publish_studies(instance, studies):
        click.echo(f"published {key}")
    _serve(instance, host, port)


@main.command()
@click.option("--once", is_flag=True, help="End when no job is waiting.")
@instance_option
def work(once: bool, instance: Path) -> None:  # noqa: FBT001
    """Do the long jobs of the web application; any number of workers may run."""
    from survey_app.config import read_settings
    from survey_app.store import open_store
    from survey_app.worker import work as do_jobs

    settings = read_settings(instance)
    do_jobs(open_store(settings.database_url()), settings, once=once)


main.add_command(export)
main.add_command(convert)
main.add_command(propose)
main.add_command(translate)
main.add_command(invite)
main.add_command(paradata)
main.add_command(purge)


@main.command()
@click.argument("answers", type=PATH)
@click.option("--study", type=PATH, required=True, help="Study file that says what the columns are.")
@click.option("--playbook", type=PATH, help="Rules of thumb for strategies; those of the toolkit unless named.")
@click.option("--catalogue", type=PATH, help="Relationship catalogue; that of the toolkit unless named.")
@click.option("--out", type=NEW_FILE, required=True, help="Findings file to write.")
@json_option
def analyse(  # noqa: PLR0917  (click hands over every option)
    answers: Path,
    study: Path,
    playbook: Path | None,
    catalogue: Path | None,
    out: Path,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Analyse answers: factors, archetypes, rules, brands; writes the findings as JSON."""
    from survey_app.results.chain import analyse_study, summarise

    make_folder(out.parent)
    with _progress() as progress:
        findings = analyse_study(answers, study, progress, playbook=playbook, catalogue=catalogue)
    out.write_bytes(findings)
    tell({"findings": str(out), **summarise(findings)}, as_json)


@main.command()
@click.argument("findings", type=PATH)
@click.option("--kind", "kinds", type=click.Choice(REPORTS), multiple=True, help="What to make; brand unless named.")
@click.option("--brand", "brands", multiple=True, help="Key of a brand; all brands unless named.")
@click.option("--lang", "languages", type=click.Choice(LANGUAGES), multiple=True, help="The study's unless named.")
@click.option("--before", type=PATH, help="Findings of the wave before, for what became of its plan.")
@click.option("--verbatims", "sheet", type=PATH, help="Coding sheet of open answers; those marked are quoted.")
@click.option("--instance", type=PATH, help="Instance whose researchers chose quotations in the console.")
@click.option("--theme", type=PATH, help="Theme file: logo, two colours, font.")
@click.option("--out", type=NEW_FOLDER, required=True, help="Folder for the files.")
@json_option
def report(findings: Path, out: Path, as_json: bool, **choices: Any) -> None:  # noqa: ANN401, FBT001
    """Write one PDF for each brand, or other documents. One that fails does not stop the others.

    Needs no database, unless quotations are to come from an instance.
    """
    from reports.theme import ThemeError, read_theme
    from survey_app.results.report_files import Source, make_documents

    before, theme, sheet = choices.pop("before"), choices.pop("theme"), choices.pop("sheet")
    try:
        look = read_theme(theme) if theme else None
    except ThemeError as error:
        raise RefusedError(str(error)) from None
    content, instance = _read(findings), choices.pop("instance")
    agreed = (*(_agreed(sheet) if sheet else ()), *(_chosen(instance, content) if instance else ()))
    source = Source(content, _read(before) if before else None, look, agreed=agreed)
    make_folder(out)
    kinds: Sequence[Any] = choices.pop("kinds") or ("brand",)
    with _progress() as progress:
        made = make_documents(source, out, progress, kinds=kinds, **choices)
    tell({"reports": [str(each.path) for each in made.written]}, as_json)
    if made.failed:
        raise RefusedError("\n".join(f"Not made: {each.wanted}\n{each.reason}" for each in made.failed))


@main.command()
@click.argument("findings", type=PATH)
@click.option("--out", type=NEW_FOLDER, required=True, help="Folder for the files.")
@json_option
def typing(findings: Path, out: Path, as_json: bool) -> None:  # noqa: FBT001
    """Write the typing tool as JSON, Python, JavaScript, SQL, a workbook and a questionnaire."""
    from survey_app.results.typing_files import write_typing_files

    content = _read(findings)
    make_folder(out)
    tell({"files": [str(path) for path in write_typing_files(content, out)]}, as_json)


@main.command()
@click.argument("earlier", type=PATH)
@click.argument("answers", type=PATH)
@click.option("--study", type=PATH, required=True, help="Study file of the later wave.")
@click.option("--out", type=NEW_FILE, required=True, help="File to write, as JSON.")
@click.option("--earlier-answers", type=PATH, help="Answers behind the findings, for broken rules and later outcomes.")
@click.option("--earlier-study", type=PATH, help="Their study file; the later wave's unless named.")
@json_option
def waves(earlier: Path, answers: Path, as_json: bool, **files: Path) -> None:  # noqa: FBT001
    """Hold the ANSWERS of a later wave against the findings of an EARLIER one, whose model is applied as it is."""
    from survey_app.results.wave_files import compare_wave_files, in_numbers, in_words

    content, out = _read(earlier), files.pop("out")
    make_folder(out.parent)
    with _progress() as progress:
        found, written = compare_wave_files(content, answers, progress=progress, **files)
    out.write_bytes(written)
    tell({"waves": str(out), **(in_numbers(found) if as_json else in_words(found))}, as_json)


main.add_command(measure)
main.add_command(verbatims)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> NoReturn:  # noqa: ARG001
    """Run the test suite; `run.py` does this itself, in the environment it makes for it."""
    raise WrongUseError("Tests are run by `python3 run.py test`.")


def _serve(instance: Path, host: str, port: int) -> None:
    from survey_app.serving import serve_application

    serve_application(instance, host, port, say=click.echo)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(f"{path}: cannot be read ({error.strerror}). Check the path.") from None


def _agreed(sheet: Path) -> tuple[AgreedText, ...]:
    from survey_app.results.verbatim_files import agreed_texts

    return agreed_texts(_read(sheet), str(sheet))


def _chosen(instance: Path, findings: bytes) -> tuple[AgreedText, ...]:
    """Return what the researchers of the study in these findings chose to have quoted."""
    from analysis.saving import load_findings
    from survey_app.config import read_settings
    from survey_app.results import verbatims as chosen
    from survey_app.store import open_store

    if not instance.is_dir():
        raise WrongUseError(f"{instance}: there is no such folder. Name the one that `serve` works with.")
    store = open_store(read_settings(instance).database_url())
    try:
        return chosen.agreed_texts(store, load_findings(findings).study.key)
    finally:
        store.close()


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """Show progress on standard error: a bar on a terminal, else one line for each new step."""
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ:
        with _bar() as show:
            yield show
        return
    said: set[str] = set()

    def line(fraction: float, doing: str) -> None:
        step = doing.split(":", maxsplit=1)[0]
        if step not in said:
            said.add(step)
            click.echo(f"[{fraction:4.0%}] {doing}", err=True)

    yield line


@contextlib.contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.percentage:>3.0f} %"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda fraction, doing: bar.update(task, completed=fraction, description=doing)
