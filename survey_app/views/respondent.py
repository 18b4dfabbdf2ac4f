"""What a respondent sees: the entry, the page that is next, the end; what counts as an answer is judged elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from instruments.interview import AnswerError, AnswerProblem, Screen
from survey_app.access.rate_limit import RateLimits
from survey_app.config import Settings
from survey_app.interface import Interface
from survey_app.interview import page_keys
from survey_app.interview.forms import AGAIN_FIELD, LANGUAGE_FIELD, asked_again, raw_answers, raw_of_answers
from survey_app.interview.pages import page_of
from survey_app.interview.paradata import FIELD as PARADATA_FIELD
from survey_app.interview.paradata import read_paradata
from survey_app.interview.questionnaires import Questionnaire, Questionnaires
from survey_app.interview.returns import way_back
from survey_app.interview.sitting import Standing, find_standing, go_back, keep_typed, typed
from survey_app.interview.sitting import answer as answer_screen
from survey_app.store import Store, Transaction, sittings, studies
from survey_app.store.sittings import Sitting

EXTENSION = "relata.respondent"
LANGUAGE = "respondent_language"
PLACE = "p"
# The page's script names itself in SCRIPT, and is told where to go on in NEXT instead of being sent there.
SCRIPT, NEXT = "Relata-Page", "Relata-Next"
SITTINGS_IN_COOKIE = 8
# Who answered carelessly has answered all the same, and is thanked.
ENDS = {"screened_out": "screened_out", "quota_full": "quota_full"}
_STUDY_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SITTING_ID = re.compile(r"[A-Za-z0-9_-]{22}")

respondent = Blueprint("respondent", __name__, url_prefix="/s/<study>")


@dataclass(frozen=True)
class Desk:
    """What the respondent's pages work with."""

    store: Store
    settings: Settings
    interfaces: Mapping[str, Interface]
    questionnaires: Questionnaires
    limits: RateLimits

    @property
    def cookie(self) -> str:
        """The name of the cookie; browsers keep the longer one for https and this very host."""
        return "__Host-r" if self.settings.flag("https") else "r"


def desk() -> Desk:
    """Return what `create_app` joined to the application."""
    found: Desk = current_app.extensions[EXTENSION]
    return found


class NoSittingError(Exception):
    """A browser without a sitting of the study: it came here without entering, or keeps no cookies."""

    def __init__(self, *, may_begin: bool) -> None:
        super().__init__()
        self.may_begin = may_begin


@dataclass(frozen=True)
class Visit:
    """A respondent with a sitting of a study."""

    sitting: Sitting
    questionnaire: Questionnaire
    interface: Interface

    def standing(self, tx: Transaction) -> Standing:
        """Rebuild where the respondent stands."""
        return find_standing(tx, self.questionnaire.interview, self.sitting, self.questionnaire.rules)


@dataclass(frozen=True)
class Sent:
    """What came from a page that this sitting was shown."""

    screen: str
    page_key: str
    raw: Mapping[str, Sequence[str]]
    again: frozenset[str]
    paradata: Mapping[str, Any]


@respondent.url_value_preprocessor
def _check_study(_endpoint: str | None, values: dict[str, str] | None) -> None:
    # No study has another key, so the database need not be asked with whatever stands in an address.
    if values is None or not _STUDY_KEY.fullmatch(values["study"]):
        abort(404)


@respondent.get("/r")
def page(study: str) -> ResponseReturnValue:
    """Show the page the respondent should be on, or the earlier one at the place that the address names."""
    with desk().store.glancing() as tx:
        visit = _visit(tx, study)
        if visit.sitting.is_finished:
            return to_done(study)
        standing = visit.standing(tx)
        named = standing.at(request.args.get(PLACE, standing.place, type=int))
        if named is None:
            return to_page(study, standing)
        raw = typed(tx, named) or raw_of_answers(named.way.answers)
    return _show(visit, named, named.screen, raw)


@respondent.post("/r")
def answer(study: str) -> ResponseReturnValue:
    """Save a page, then lead on to the next; sending it again leads to the same place."""
    hold = timedelta(minutes=desk().settings.number("hold_minutes"))
    with desk().store.transaction() as tx:
        visit = _visit(tx, study, lock=True)
        standing = visit.standing(tx)
        sent = _sent(standing)
        if sent is not None:
            try:
                saved = answer_screen(
                    tx,
                    standing,
                    sent.screen,
                    sent.page_key,
                    sent.raw,
                    again=sent.again,
                    client_seconds=sent.paradata.get("seconds"),
                    paradata=sent.paradata,
                    hold=hold,
                )
            except AnswerError as error:
                keep_typed(tx, standing, sent.screen, sent.page_key, sent.raw)
                return _show(
                    visit, standing, standing.way.screen(sent.screen), sent.raw, error.problems, again=sent.again
                ), 422
            standing = saved.standing
    return to_page(study, standing)


@respondent.post("/draft")
def keep_draft(study: str) -> ResponseReturnValue:
    """Keep what is on the page while it is being answered."""
    with desk().store.transaction() as tx:
        visit = _visit(tx, study, lock=True)
        standing = visit.standing(tx)
        sent = _sent(standing)
        kept = sent is not None and keep_typed(tx, standing, sent.screen, sent.page_key, sent.raw)
    return Response(status=204 if kept else 409)


@respondent.post("/back")
def back(study: str) -> ResponseReturnValue:
    """Show the page before, and keep what has been typed on this one."""
    with desk().store.transaction() as tx:
        visit = _visit(tx, study, lock=True)
        standing = visit.standing(tx)
        sent = _sent(standing)
        if sent is not None:
            keep_typed(tx, standing, sent.screen, sent.page_key, sent.raw)
            standing = go_back(tx, standing, sent.screen)
    return to_page(study, standing)


@respondent.post("/lang")
def change_language(study: str) -> ResponseReturnValue:
    """Go on in another language, and keep what has been typed on this page."""
    with desk().store.transaction() as tx:
        visit = _visit(tx, study, lock=True)
        standing = visit.standing(tx)
        sent = _sent(standing)
        if sent is not None:
            keep_typed(tx, standing, sent.screen, sent.page_key, sent.raw)
        go_on_in(tx, visit.sitting, visit.questionnaire, request.form.get(LANGUAGE_FIELD))
    return to_page(study, standing if sent is None else standing.looking_at(sent.screen))


@respondent.get("/done")
def done(study: str) -> ResponseReturnValue:
    """Thank the respondent and lead them back to their panel, as often as the page is opened.

    The page leads on: browsers let no form be redirected to another site, and the last page is one.
    """
    with desk().store.glancing() as tx:
        visit = _visit(tx, study)
        back = way_back(tx, visit.questionnaire.rules, visit.sitting, desk().settings.signing_secret)
    if not visit.sitting.is_finished:
        return to_page(study)
    key = ENDS.get(visit.sitting.status, "thanks")
    return render_template("respondent/done.html", **_frame(visit), key=key, back=back)


@respondent.errorhandler(NoSittingError)
def _no_sitting(error: NoSittingError) -> ResponseReturnValue:
    study = (request.view_args or {})["study"]
    by_code = url_for(".go_on_by_code", study=study)
    begin = url_for(".enter", study=study) if error.may_begin else None
    return message("no_sitting", 404, link=begin, link_text="open_questionnaire", code_link=by_code)


def go_on_in(tx: Transaction, sitting: Sitting, questionnaire: Questionnaire, wanted: str | None) -> None:
    """Go on in another language, and note that; whoever has finished only reads the end in it."""
    language = questionnaire.language(wanted, sitting.language)
    session[LANGUAGE] = language
    if language != sitting.language and not sitting.is_finished:
        sittings.set_language(tx, sitting.id, language)
        sittings.note(tx, sitting.id, "language", language, datetime.now(UTC))


def cookie_sitting(tx: Transaction, study: str, *, lock: bool = False) -> Sitting | None:
    """Return this browser's newest sitting of a study."""
    for sitting_id in reversed(ids_in_cookie()):
        found = sittings.find(tx, sitting_id, lock=lock)
        if found is not None and found.study == study:
            return found
    return None


def _visit(tx: Transaction, study: str, *, lock: bool = False) -> Visit:
    sitting = cookie_sitting(tx, study, lock=lock)
    if sitting is None:
        raise NoSittingError(may_begin=not _from_panels(tx, study))
    questionnaire = desk().questionnaires.get(tx, study, sitting.study_version)
    chosen = session.get(LANGUAGE) if sitting.is_finished else None
    language = questionnaire.language(chosen, sitting.language)
    return Visit(sitting, questionnaire, desk().interfaces[language])


def _from_panels(tx: Transaction, study: str) -> bool:
    """Say whether panels send respondents, who would lose their way back if they began by the study's bare address."""
    version, _ = studies.current(tx, study) or (None, None)
    if version is None:
        return False
    sources = desk().questionnaires.get(tx, study, version).rules.sources
    return any(source.kind == "panel" for source in sources.values())


def _sent(standing: Standing) -> Sent | None:
    """Read the posted page; None where it was not drawn for this sitting, or asks what is no longer asked."""
    if standing.sitting.is_finished:
        return None
    secret, sitting_id, way = desk().settings.secret_key, standing.sitting.id, standing.way
    page_key = request.form.get("page_key", "")
    key = page_keys.screen_of(secret, sitting_id, page_key, way.path)
    screen = None if key is None else way.screen(key)
    if screen is not None and page_keys.shows(secret, sitting_id, page_key, screen):
        again = asked_again(screen, request.form.get(AGAIN_FIELD, ""))
        raw = raw_answers(screen, request.form)
        measured = read_paradata(request.form.get(PARADATA_FIELD, ""), screen, raw)
        return Sent(screen.key, page_key, raw, again, measured)
    if way.saved_under(page_key) is None:
        flash("page_changed")
    return None


def _show(
    visit: Visit,
    standing: Standing,
    screen: Screen,
    raw: Mapping[str, Sequence[str]],
    problems: Sequence[AnswerProblem] = (),
    *,
    again: Collection[str] = (),
) -> str:
    """Draw a screen with a key of its own."""
    way, sitting = standing.way, visit.sitting
    place = way.path.index(screen.key)
    _, expected = way.interview.progress(way.draw, way.answers, way.latest)
    return render_template(
        "respondent/page.html",
        **_frame(visit),
        page=page_of(screen, visit.interface, raw, problems, again),
        page_key=page_keys.issue(desk().settings.secret_key, sitting.id, screen),
        place=place,
        expected=max(expected, place + 1),
        saved=bool(way.pages),
    )


def _frame(visit: Visit) -> dict[str, object]:
    """Return what every page of a sitting is framed with."""
    shown = visit.interface.language
    others = [desk().interfaces[other] for other in visit.questionnaire.languages if other != shown]
    return {
        "study": visit.sitting.study,
        "title": visit.questionnaire.instrument.title[shown],
        "t": visit.interface.say,
        "interface": visit.interface,
        "others": others,
        "simulated": visit.questionnaire.study.file.simulated,
        "trial": visit.sitting.is_test,
        "code": visit.sitting.written_code,
    }


def message(key: str, status: int, **values: object) -> ResponseReturnValue:
    """Show a page that says one thing and belongs to no sitting."""
    return render_template("respondent/message.html", key=key, **unframed(), **values), status


def unframed() -> dict[str, object]:
    """Return the frame of a page that belongs to no sitting, in the language this browser was last shown."""
    interfaces = desk().interfaces
    known = session.get(LANGUAGE) or request.accept_languages.best_match(list(interfaces), "en")
    interface = interfaces.get(known, interfaces["en"])
    return {"t": interface.say, "interface": interface}


def ids_in_cookie() -> list[str]:
    """Return the sittings this browser has, of whatever study, the newest last."""
    ids = request.cookies.get(desk().cookie, "").split(".")
    return [sitting_id for sitting_id in ids if _SITTING_ID.fullmatch(sitting_id)][-SITTINGS_IN_COOKIE:]


def with_cookie(response: Response, sitting: Sitting) -> Response:
    """Give the browser the sitting's id beside those of other studies it has."""
    others = [sitting_id for sitting_id in ids_in_cookie() if sitting_id != sitting.id]
    response.set_cookie(
        desk().cookie,
        ".".join([*others, sitting.id][-SITTINGS_IN_COOKIE:]),
        max_age=timedelta(days=desk().settings.number("resume_days")),
        secure=desk().settings.flag("https"),
        httponly=True,
        samesite="Lax",
    )
    return response


def to_page(study: str, standing: Standing | None = None) -> Response:
    """Lead to the page the respondent should be on; its place stands in the address, so that browsers go back to it."""
    if standing is not None and standing.sitting.is_finished:
        return to_done(study)
    address = url_for(".page", study=study)
    return _lead(address if standing is None else f"{address}?{PLACE}={standing.place}")


def to_done(study: str) -> Response:
    """Lead to the end."""
    return _lead(url_for(".done", study=study))


def _lead(address: str) -> Response:
    """Send a browser on; a page's script cannot see where it is sent, so it is told."""
    if request.method == "POST" and SCRIPT in request.headers:
        return Response(status=204, headers={NEXT: address})
    return redirect(address, 303)
