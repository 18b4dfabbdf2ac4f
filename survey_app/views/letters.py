"""The page of invitations: a list of addresses in, reminders planned, what went out, links taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.access import accounts
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.field import invitations
from survey_app.field.invitations import PeopleFileError
from survey_app.interface import load_interfaces
from survey_app.interview.questionnaires import Questionnaires
from survey_app.store import invitations as rows
from survey_app.views.visitors import console, note, show

REFUSED = 422
LARGEST_LIST = 4 * 1024 * 1024
AT_ONCE, LONGEST_WAIT = 50, 60
# Reminders planned for a day go out in its morning.
MORNING = time(8, tzinfo=UTC)

letter_pages = Blueprint("letters", __name__, url_prefix="/studies/<study>/letters")


@letter_pages.url_value_preprocessor
def _allow_lists(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    # Before anything reads the form: a list of people is larger than what respondents send.
    request.max_content_length = request.max_form_memory_size = LARGEST_LIST


@letter_pages.get("")
def letters_page(study: str) -> ResponseReturnValue:
    """Show who was written to and what became of it."""
    note("")
    return _page(study)


@letter_pages.post("")
def invite(study: str) -> ResponseReturnValue:
    """Invite everybody of a list who has no link yet."""
    sent = request.files.get("people")
    _stop_where_letters_cannot_be_sent()
    try:
        people = invitations.people_in(sent.read() if sent else b"", "")
    except PeopleFileError as error:
        return _page(study, refused=error), REFUSED
    settings = console().settings
    with console().store.transaction() as tx:
        version = published(tx, study).record.version
        questionnaire = Questionnaires(load_interfaces()).get(tx, study, version)
        done = invitations.invite(tx, settings, study, questionnaire, people, now=accounts.now())
    note(f"{done.queued} invited, {done.left_out} left out")
    return redirect(url_for(".letters_page", study=study, queued=done.queued, left_out=done.left_out), 303)


@letter_pages.post("/reminders")
def remind(study: str) -> ResponseReturnValue:
    """Plan a reminder for everybody who has not finished by then and was last written to long enough before."""
    _stop_where_letters_cannot_be_sent()
    now, after = accounts.now(), request.form.get("after", 0, int)
    day = request.form.get("on", date.min, date.fromisoformat)
    if not (1 <= after <= LONGEST_WAIT and now.date() <= day <= now.date() + timedelta(days=LONGEST_WAIT)):
        abort(400)
    when = max(now, datetime.combine(day, MORNING))
    with console().store.transaction() as tx:
        done = invitations.remind(tx, study, after=timedelta(days=after), now=when)
    note(f"{done.queued} reminders on {when.date()}")
    return redirect(url_for(".letters_page", study=study, queued=done.queued), 303)


@letter_pages.post("/<int:letter>/retract")
def retract(study: str, letter: int) -> ResponseReturnValue:
    """Take back a personal link that nobody has used; letters that wait are not sent."""
    with console().store.transaction() as tx:
        if not rows.retract(tx, study, letter):
            abort(404)
    note(f"letter {letter}")
    return redirect(url_for(".letters_page", study=study), 303)


def _stop_where_letters_cannot_be_sent() -> None:
    if invitations.missing_settings(console().settings):
        abort(409)


def _page(study: str, *, refused: PeopleFileError | None = None) -> str:
    not_sent, at = "not_sent" in request.args, max(request.args.get("from", 0, int), 0)
    with console().store.reading() as tx:
        try:
            described = published(tx, study).study.file
        except UnknownStudyError:
            abort(404)
        counts = rows.counts(tx, study)
        letters = rows.letters(tx, study, not_sent=not_sent, skip=at, limit=AT_ONCE)
    today = accounts.now().date()
    return show(
        "letters.html",
        study=study,
        title=described.title,
        counts=counts,
        letters=letters,
        not_sent=not_sent,
        at=at,
        step=AT_ONCE,
        refused=refused,
        queued=request.args.get("queued", type=int),
        left_out=request.args.get("left_out", 0, int),
        missing=invitations.missing_settings(console().settings),
        days=(today, today + timedelta(days=LONGEST_WAIT)),
        longest=LONGEST_WAIT,
        now=accounts.now(),
    )
