"""What a brand manager sees and does: reports as web page and as PDF, and what was agreed on after them."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from reports.planned import FUNCTIONS, STATUSES
from survey_app.results import action_plans, analyses
from survey_app.results.action_plans import RefusedActionError, Said
from survey_app.results.analyses import Output
from survey_app.results.themes import own_theme, stylesheet, theme_problem
from survey_app.results.web_reports import read_findings
from survey_app.results.web_reports import web_report as report_of
from survey_app.views.visitors import console, may, note, page_interface, show, show_in, visitor

REFUSED = 422
PNG = b"\x89PNG"

brand_manager = Blueprint("brand_manager", __name__, url_prefix="/reports/<study>")


@brand_manager.get("")
def reports_page(study: str) -> ResponseReturnValue:
    """List the brands and the languages of their reports."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    if latest is None:
        return show("reports.html", study=study, title=None, found=None)
    job, output = latest
    found = read_findings(output.findings)
    if found is None:
        return show("reports.html", study=study, title=None, found=None, unreadable=True)
    brands = [brand for brand in found.brands if may("read_report", study, brand.key)]
    written = [(file.brand, file.language) for file in output.report_files()]
    languages = list(dict.fromkeys(language for _, language in written))
    return show(
        "reports.html",
        study=study,
        title=found.study.title,
        found=found,
        brands=brands,
        written=written,
        languages=languages,
        reading=_reading(languages),
        job=job,
        theme_problem=theme_problem(console().settings.instance) if may("administer") else "",
    )


def _reading(languages: list[str]) -> str:
    """Return the language that reports are listed in: the one asked for, else that of the page."""
    wanted = (request.args.get("in", ""), page_interface().language, *languages)
    return next((language for language in wanted if language in languages), "")


@brand_manager.get("/<brand>")
def brand_page(study: str, brand: str) -> ResponseReturnValue:
    """Lead on to the report in the language that this browser prefers."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    languages = [file.language for file in latest[1].report_files() if file.brand == brand] if latest else []
    if not languages:
        return redirect(url_for(".reports_page", study=study), 303)
    language = request.accept_languages.best_match(languages) or languages[0]
    return redirect(url_for(".web_report", study=study, brand=brand, language=language), 303)


@brand_manager.get("/<brand>/<language>.pdf")
def report(study: str, brand: str, language: str) -> ResponseReturnValue:
    """Send one report, to be read in the browser."""
    path = _latest(study).report(brand, language)
    if path is None:
        abort(404)
    return send_file(path, mimetype="application/pdf", download_name=path.name)


@brand_manager.get("/<brand>/<language>")
def web_report(study: str, brand: str, language: str) -> ResponseReturnValue:
    """Show one report as a page, in its own language, and under it what was agreed on."""
    return _page(study, brand, language)


@brand_manager.get("/<brand>/theme.css")
def theme_colours(study: str, brand: str) -> ResponseReturnValue:  # noqa: ARG001 - whoever may read a report sees them
    """Send the installation's colours, which the site's policy lets no page state itself."""
    theme = own_theme(console().settings.instance)
    return Response(stylesheet(theme) if theme else "", mimetype="text/css")


@brand_manager.get("/<brand>/logo")
def theme_logo(study: str, brand: str) -> ResponseReturnValue:  # noqa: ARG001 - as above
    """Send the installation's logo."""
    theme = own_theme(console().settings.instance)
    if theme is None or not theme.logo:
        abort(404)
    kind = "image/png" if Path(theme.logo).read_bytes().startswith(PNG) else "image/jpeg"
    return send_file(Path(theme.logo).absolute(), mimetype=kind)


@brand_manager.post("/<brand>/<language>/actions")
def take_on(study: str, brand: str, language: str) -> ResponseReturnValue:
    """Agree on an action."""
    _require(study, brand, language)
    said = _said()
    note(f"{said.status}: {said.title}"[:500])
    try:
        action_plans.take_on(console().store, study, brand, said)
    except RefusedActionError as error:
        return _page(study, brand, language, wrong=error.field, typed=said), REFUSED
    return _back(study, brand, language)


@brand_manager.post("/<brand>/<language>/actions/<action>")
def bring_up_to_date(study: str, brand: str, language: str, action: str) -> ResponseReturnValue:
    """Add how an action stands now; what was said before stays on record."""
    _require(study, brand, language)
    said = _said()
    note(f"{said.status}: {said.title}"[:500])
    try:
        known = action_plans.bring_up_to_date(console().store, study, brand, action, said)
    except RefusedActionError as error:
        return _page(study, brand, language, wrong=error.field, typed=said, of=action), REFUSED
    return _back(study, brand, language) if known else abort(404)


def _require(study: str, brand: str, language: str) -> None:
    """Let nothing be written about a report that is not there."""
    if _latest(study).report(brand, language) is None:
        abort(404)


def _said() -> Said:
    fields = {name: request.form.get(name, "") for name in ("title", "owner", "due", "status", "note")}
    return Said(**fields, actor=visitor().name)


def _back(study: str, brand: str, language: str) -> ResponseReturnValue:
    return redirect(url_for(".web_report", study=study, brand=brand, language=language, _anchor="agreed"), 303)


def _page(study: str, brand: str, language: str, **about: object) -> str:
    """The report with its actions; `about` says what is wrong with what was typed on which of them."""
    output = _latest(study)
    theme = own_theme(console().settings.instance)
    made, found = report_of(output, brand, language, theme), read_findings(output.findings)
    if made is None or found is None:
        abort(404)
    plan = action_plans.plan_of(console().store, study, brand)
    agreed = {history[-1].title for history in plan}
    return show_in(
        console().interfaces[language],
        "report.html",
        "brand",
        study=study,
        found=found,
        article=made.article,
        theme=theme,
        proposals=[title for title in made.proposals if title not in agreed],
        plan=plan,
        functions=FUNCTIONS,
        statuses=STATUSES,
        limits=(action_plans.LONGEST_TITLE, action_plans.LONGEST_NOTE),
        brand=next(each for each in found.brands if each.key == brand),
        languages=[file.language for file in output.report_files() if file.brand == brand],
        **{"wrong": None, "typed": None, "of": None, **about},
    )


def _latest(study: str) -> Output:
    """Return what the newest analysis left behind."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    return latest[1] if latest else abort(404)
