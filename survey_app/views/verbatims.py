"""The page of open answers: read, coded, chosen for quoting, one at a time or in a sheet; it judges no answer."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from instruments.model import Texts
from instruments.study_file import Study
from reports.wording import Wording
from survey_app.access import accounts
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.results import analyses, verbatim_sheets
from survey_app.results import verbatims as open_answers
from survey_app.results.verbatim_sheets import Fault, SheetError
from survey_app.results.verbatims import OpenAnswer, RefusedMarkError, Relationships, Wanted, questions_of
from survey_app.results.web_reports import read_findings
from survey_app.store import Transaction
from survey_app.store import verbatims as rows
from survey_app.store.verbatims import QUOTABLE, Mark
from survey_app.views.visitors import console, note, page_interface, show, visitor

REFUSED, CONFLICT, NOT_FOUND = 422, 409, 404
ON_A_PAGE = 25
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What is sent with a sheet besides the sheet.
ROOM_AROUND_SHEETS = 64 * 1024

verbatim_pages = Blueprint("verbatims", __name__, url_prefix="/studies/<study>/verbatims")


@verbatim_pages.url_value_preprocessor
def _allow_sheets(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    # Before anything reads the form: a sheet is larger than what respondents send.
    request.max_content_length = verbatim_sheets.LARGEST_SHEET + ROOM_AROUND_SHEETS


@dataclass(frozen=True)
class Refused:
    """What was not saved: the answer it is about, why, and what was typed, by field."""

    key: str = ""
    fault: str = ""
    typed: Mapping[str, str] | None = None
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Told:
    """A study with its open answers and what is known of those who wrote them."""

    study: Study
    answers: tuple[OpenAnswer, ...]
    codes: tuple[str, ...]
    known: Relationships
    archetypes: Mapping[str, Texts]
    has_reports: bool


@verbatim_pages.get("")
def verbatims_page(study: str) -> ResponseReturnValue:
    """List open answers as the filter asks for them."""
    return _page(study, Refused())


@verbatim_pages.post("")
def mark(study: str) -> ResponseReturnValue:
    """Store what was decided about one answer, and go on to the next."""
    key = request.form.get("answer", "")
    try:
        with console().store.transaction() as tx:
            answer = _answer(tx, study, key)
            note(f"{key} {request.form.get('quotable', '')}".strip())
            _stop_where_others_decided(answer)
            open_answers.keep(tx, study, {answer.place: _sent(answer, _brands(tx, study))})
    except RefusedMarkError as error:
        return _page(study, Refused(key, error.fault, request.form)), CONFLICT if error.fault == "conflict" else REFUSED
    address = url_for(".verbatims_page", study=study, **_address(), saved=key)
    return redirect(f"{address}#{request.form.get('next', '') or key}", 303)


@verbatim_pages.post("/codes")
def add_code(study: str) -> ResponseReturnValue:
    """Put a code on the study's list."""
    wanted = request.form.get("code", "")
    note(wanted[:60])
    try:
        with console().store.transaction() as tx:
            open_answers.add_codes(tx, study, [wanted])
    except RefusedMarkError as error:
        return _page(study, Refused("codes", error.fault, request.form)), REFUSED
    return redirect(url_for(".verbatims_page", study=study, **_address(), _anchor="codes"), 303)


@verbatim_pages.post("/codes/remove")
def remove_code(study: str) -> ResponseReturnValue:
    """Take a code off the study's list and off every answer."""
    wanted = request.form.get("code", "")
    note(wanted[:60])
    with console().store.transaction() as tx:
        rows.remove_code(tx, study, wanted)
    return redirect(url_for(".verbatims_page", study=study, _anchor="codes"), 303)


@verbatim_pages.get("/sheet.<ending>")
def sheet(study: str, ending: str) -> ResponseReturnValue:
    """Send the coding sheet of the answers that the filter asks for."""
    if ending not in {"csv", "xlsx"}:
        abort(NOT_FOUND)
    told, wanted = _told(study), _wanted()
    taken = [answer for answer in told.answers if wanted.takes(answer, told.known)]
    note(f"{len(taken)} answers")
    if ending == "csv":
        response = Response(verbatim_sheets.csv_sheet(taken, told.known), mimetype="text/csv")
    else:
        response = Response(verbatim_sheets.xlsx_sheet(taken, told.known), mimetype=WORKBOOK)
    response.headers.set("Content-Disposition", "attachment", filename=f"{study}_open_answers.{ending}")
    return response


@verbatim_pages.post("/sheet")
def take_sheet(study: str) -> ResponseReturnValue:
    """Take over a coded sheet as a whole, or refuse it as a whole."""
    content, told = _sent_file(), _told(study)
    brands = [brand.key for brand in told.study.file.brands]
    try:
        sent_rows = verbatim_sheets.read_sheet(content)
        with console().store.transaction() as tx:
            answers = open_answers.open_answers(tx, study)
            new = verbatim_sheets.decisions(
                sent_rows, answers, brands, told.known, by=visitor().name, now=accounts.now()
            )
            open_answers.keep(tx, study, new.marks)
            rows.remove(tx, new.forgotten)
    except SheetError as error:
        return _page(study, Refused("sheet", faults=error.faults)), REFUSED
    except RefusedMarkError as error:
        return _page(study, Refused("sheet", faults=(Fault(error.fault),))), REFUSED
    changed = len(new.marks) + len(new.forgotten)
    note(f"{changed} changed of {new.rows}")
    return redirect(url_for(".verbatims_page", study=study, changed=changed, of=new.rows, _anchor="sheet"), 303)


@verbatim_pages.post("/reports")
def make_reports(study: str) -> ResponseReturnValue:
    """Ask for the latest reports anew, with the quotations as they are chosen now."""
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    digest = latest[1].folder.name if latest else abort(NOT_FOUND)
    job = analyses.ask_renamed(console().store, study, digest, {})
    return redirect(url_for("researcher.job_page", study=study, job_id=job.id), 303)


def seen(answer: OpenAnswer) -> str:
    """Return a mark of the decision that a form shows, so that it takes the place of no other."""
    return answer.mark.marked_at.isoformat() if answer.mark else ""


def _stop_where_others_decided(answer: OpenAnswer) -> None:
    if request.form.get("seen", "") != seen(answer):
        raise RefusedMarkError("conflict")


def _answer(tx: Transaction, study: str, key: str) -> OpenAnswer:
    try:
        found = open_answers.open_answers(tx, study, person=key.partition(".")[0])
    except UnknownStudyError:
        abort(NOT_FOUND)
    return next((answer for answer in found if answer.key == key), None) or abort(NOT_FOUND)


def _brands(tx: Transaction, study: str) -> list[str]:
    return [brand.key for brand in published(tx, study).study.file.brands]


def _sent(answer: OpenAnswer, brands: Sequence[str]) -> Mark:
    """Read what a form says of an answer."""
    quotable, about = request.form.get("quotable", ""), request.form.get("about", "")
    decided = next((one for one in QUOTABLE if one == quotable), None)
    if decided is None:
        raise RefusedMarkError("quote")
    if about and (answer.place.brand or about not in brands):
        raise RefusedMarkError("brand")
    return Mark(
        quotable=decided,
        codes=open_answers.tidy_codes([*request.form.getlist("code"), request.form.get("new_code", "")]),
        quotation=open_answers.tidy_quotation(request.form.get("quotation", "")),
        about=about,
        marked_by=visitor().name,
        marked_at=accounts.now(),
    )


def _sent_file() -> bytes:
    sent = request.files.get("sheet")
    if sent is None:
        return b""
    with contextlib.closing(sent):
        content: bytes = sent.read()
    return content


def _wanted() -> Wanted:
    """Read the filter from the address, where the forms of the page keep it as well."""
    return Wanted(**{field.name: request.args.get(field.name, "")[:100] for field in fields(Wanted)})


def _address() -> dict[str, Any]:
    """Return what of the filter stands in an address."""
    chosen: dict[str, Any] = {name: value for name, value in asdict(_wanted()).items() if value}
    at = request.args.get("page", 1, int)
    return {**chosen, "page": at} if at > 1 else chosen


def _told(study: str) -> Told:
    latest = analyses.latest_output(console().store, console().settings.instance, study)
    found = read_findings(latest[1].findings) if latest else None
    with console().store.reading() as tx:
        try:
            described = published(tx, study).study
        except UnknownStudyError:
            abort(NOT_FOUND)
        answers, codes = open_answers.open_answers(tx, study), rows.codes(tx, study)
    kinds = found.archetypes.archetypes if found and found.archetypes else ()
    known = Relationships.of(found)
    return Told(described, answers, codes, known, {kind.key: kind.label for kind in kinds}, latest is not None)


def _choices(told: Told, counts: Mapping[str, int]) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen in the filter, in the words of the page."""
    t, words = page_interface().say, Wording(page_interface().language)
    brands = {brand.key: brand.name for brand in told.study.file.brands}
    questions = {question.name: question.label for question in questions_of(told.study)}
    labels = {"question": questions, "brand": brands, "archetype": told.archetypes}
    return {
        **{name: [(key, words.label(label)) for key, label in of.items()] for name, of in labels.items()},
        "language": [(one, words.tongue(one)) for one in sorted({answer.language for answer in told.answers})],
        "standing": [(one, t(f"verbatims.standing.{one}")) for one in open_answers.STANDINGS],
        "code": [(code, f"{code} ({words.whole(counts[code])})") for code in told.codes],
    }


def _page(study: str, refused: Refused) -> str:
    told, wanted = _told(study), _wanted()
    taken = [answer for answer in told.answers if wanted.takes(answer, told.known)]
    n_pages = max(1, -(-len(taken) // ON_A_PAGE))
    at = min(max(1, request.args.get("page", 1, int)), n_pages)
    standings = [answer.standing for answer in told.answers]
    counts = open_answers.code_counts(told.answers)
    return show(
        "verbatims.html",
        study=study,
        title=told.study.file.title,
        told=told,
        shown=list(islice(taken, (at - 1) * ON_A_PAGE, at * ON_A_PAGE)),
        n_taken=len(taken),
        at=at,
        n_pages=n_pages,
        wanted=wanted,
        address=_address(),
        counts=counts,
        choices=_choices(told, counts),
        n_seen=len(standings) - standings.count("new"),
        n_quotable=standings.count("yes"),
        n_simulated=sum(answer.simulated for answer in told.answers),
        questions={question.name: question.label for question in questions_of(told.study)},
        brands={brand.key: brand.name for brand in told.study.file.brands},
        seen=seen,
        refused=refused,
        saved=request.args.get("saved", ""),
        changed=request.args.get("changed", type=int),
        of=request.args.get("of", 0, int),
        longest=open_answers.LONGEST_QUOTATION,
    )
