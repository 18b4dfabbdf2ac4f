"""How respondents come in: by an open link, from a panel with its id, by a personal link; each is read once."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from instruments.fieldwork import OPEN
from instruments.logic import Answer
from survey_app.access.rate_limit import Limit
from survey_app.interview.field_rules import COUNTRY, SOURCE
from survey_app.interview.field_rules import LANGUAGE as LANGUAGE_KNOWN
from survey_app.interview.questionnaires import Questionnaire
from survey_app.interview.returns import way_back
from survey_app.interview.sitting import Standing, end_sitting, open_sitting
from survey_app.interview.sources import Arrival, EntryError, read_arrival
from survey_app.store import Transaction, invitations, panel, sittings, studies
from survey_app.store.invitations import Invitation
from survey_app.store.panel import PanelEntry
from survey_app.store.sittings import Beginnings, Sitting
from survey_app.views.respondent import (
    LANGUAGE,
    cookie_sitting,
    desk,
    go_on_in,
    ids_in_cookie,
    message,
    respondent,
    to_done,
    to_page,
    with_cookie,
)

MINUTE, HOUR = 60, 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
PERSONAL = "personal"


class SeenBeforeError(Exception):
    """A panel's id entered twice at the same moment; nothing of the later entry is kept."""


@respondent.get("")
def enter(study: str) -> ResponseReturnValue:
    """Begin a sitting, or go on with the one this browser or the panel's id has."""
    if request.method == "HEAD":  # programs that look at links shall not count as respondents
        return Response()
    try:
        return _enter(study)
    except SeenBeforeError:  # by now the other's entry is there to be found
        return _enter(study)


def _enter(study: str) -> ResponseReturnValue:
    with desk().store.transaction() as tx:
        version, status = studies.current(tx, study) or abort(404)
        questionnaire = desk().questionnaires.get(tx, study, version)
        arrival = read_arrival(questionnaire.rules.sources, request.url, desk().settings.signing_secret)
        earlier = _entered_before(tx, study, arrival)
        sitting = _resumed(tx, study, questionnaire, arrival, earlier)
        if sitting is None:
            if status == "closed":
                return message("closed", 410)
            if not _may_enter(tx):
                return message("too_many", 429)
            if earlier is not None:
                return _turned_away(tx, questionnaire, arrival, earlier)
            sitting = _begin(tx, study, questionnaire, arrival)
        elif "lang" in request.args:
            go_on_in(tx, sitting, questionnaire, request.args["lang"])
    return with_cookie(to_page(study), sitting)


@respondent.get("/<string(length=22):token>")
def enter_personally(study: str, token: str) -> ResponseReturnValue:
    """Begin or go on with the sitting of a personal link, on whatever device; finished, it shows its thanks."""
    with desk().store.transaction() as tx:
        invitation = _invitation(tx, study, token, lock=True)
        if invitation is None:
            return _no_such_link(tx)
        if request.method == "HEAD":
            return Response()
        if invitation.declined_at is not None and invitation.sitting is None:
            return message("never_again_done", 410)
        sitting = sittings.find(tx, invitation.sitting) if invitation.sitting else None
        if sitting is None:
            version, status = studies.current(tx, study) or abort(404)
            if status == "closed":
                return message("closed", 410)
            questionnaire = desk().questionnaires.get(tx, study, version)
            sitting = _begin(tx, study, questionnaire, _personal(questionnaire), invitation)
    return with_cookie(to_done(study) if sitting.is_finished else to_page(study), sitting)


@respondent.route("/<string(length=22):token>/never", methods=["GET", "POST"])
def never_again(study: str, token: str) -> ResponseReturnValue:
    """Take somebody's wish not to be written to again; asking is not enough, programs look at every link of a mail."""
    with desk().store.transaction() as tx:
        invitation = _invitation(tx, study, token)
        if invitation is None:
            return _no_such_link(tx)
        if request.method == "POST":
            invitations.decline(tx, invitation, datetime.now(UTC))
            return message("never_again_done", 200)
    return message("never_again", 200, post=url_for(".never_again", study=study, token=token), button="never_again_yes")


@respondent.errorhandler(EntryError)
def _not_let_in(error: EntryError) -> ResponseReturnValue:
    return message(f"link_{error.reason}", 403)


@respondent.errorhandler(SeenBeforeError)
def _seen_before(_: SeenBeforeError) -> ResponseReturnValue:
    return _used((request.view_args or {})["study"])


def may_try_code(tx: Transaction) -> bool:
    """Say whether this address may try one more code; only wrong ones count, for many may share an address."""
    return not desk().limits.is_reached(tx, _wrong_codes(), request.remote_addr, time.time())


def count_wrong_code(tx: Transaction) -> bool:
    """Count a code or personal link that there is not; False where there were too many."""
    return desk().limits.allows(tx, _wrong_codes(), request.remote_addr, time.time())


def _wrong_codes() -> Limit:
    return Limit("code", desk().settings.number("codes_per_hour"), HOUR)


def _invitation(tx: Transaction, study: str, token: str, *, lock: bool = False) -> Invitation | None:
    # No link has another token, and not every database can be asked with whatever stands in an address.
    return invitations.find(tx, study, token, lock=lock) if _TOKEN.fullmatch(token) else None


def _no_such_link(tx: Transaction) -> ResponseReturnValue:
    # A page and no exception, which would undo the count.
    return message("not_found", 404) if count_wrong_code(tx) else message("too_many", 429)


def _may_enter(tx: Transaction) -> bool:
    limit = Limit("entry", desk().settings.number("entries_per_minute"), MINUTE, spares_loopback=True)
    return desk().limits.allows(tx, limit, request.remote_addr, time.time())


def _resumed(
    tx: Transaction, study: str, questionnaire: Questionnaire, arrival: Arrival, earlier: Sitting | None
) -> Sitting | None:
    """Return the sitting to go on with; who comes under an id goes on with none but that of the id."""
    if arrival.uid is None:
        sitting = cookie_sitting(tx, study)
    else:
        sitting = earlier if earlier is not None and _may_go_on(earlier, arrival) else None
    return None if sitting is None or _begins_again(sitting, questionnaire) else sitting


def _may_go_on(earlier: Sitting, arrival: Arrival) -> bool:
    """Say whether the sitting of an id is handed over: to its own browser, and to others before it has ended.

    The first answer may never have reached the panel's respondent. Where no signature keeps others from coming
    under the id, nobody is shown answers.
    """
    anywhere = not earlier.is_finished and (arrival.vouched or earlier.saved_at is None)
    return anywhere or earlier.id in ids_in_cookie()


def _begins_again(sitting: Sitting, questionnaire: Questionnaire) -> bool:
    """Say whether a finished demonstration is to be begun once more; a real study is answered once."""
    return sitting.is_finished and questionnaire.study.file.simulated and "again" in request.args


def _entered_before(tx: Transaction, study: str, arrival: Arrival) -> Sitting | None:
    """Return the sitting that was begun under the same id."""
    if arrival.uid is None:
        return None
    entry = panel.find(tx, study, arrival.source or OPEN, arrival.uid)
    return None if entry is None else sittings.find(tx, entry.sitting)


def _turned_away(
    tx: Transaction, questionnaire: Questionnaire, arrival: Arrival, earlier: Sitting
) -> ResponseReturnValue:
    """Count a second entry under one id; who had finished is led to the same exit again, for an answer may get lost."""
    now = datetime.now(UTC)
    standing = _open(tx, earlier.study, questionnaire, arrival, counted=False)
    end_sitting(tx, standing.sitting, standing.way, "seen_before", now)
    back = way_back(tx, questionnaire.rules, earlier, desk().settings.signing_secret)
    return redirect(back, 303) if back else _used(earlier.study)


def _used(study: str) -> ResponseReturnValue:
    return message("used", 409, code_link=url_for(".go_on_by_code", study=study))


def _personal(questionnaire: Questionnaire) -> Arrival:
    sources = questionnaire.rules.sources
    named = next((name for name, source in sources.items() if source.kind == PERSONAL), PERSONAL)
    return Arrival(named)


def _begin(
    tx: Transaction,
    study: str,
    questionnaire: Questionnaire,
    arrival: Arrival,
    invitation: Invitation | None = None,
) -> Sitting:
    standing = _open(tx, study, questionnaire, arrival, invitation.language if invitation else None)
    sitting = standing.sitting
    if invitation is not None:
        invitations.begin(tx, invitation, sitting.id)
    elif arrival.uid is not None:
        entry = PanelEntry(study, arrival.source or OPEN, arrival.uid, sitting.id, arrival.kept)
        if not panel.enter(tx, entry, desk().settings.secret_key):
            raise SeenBeforeError
    return sitting


def _open(
    tx: Transaction,
    study: str,
    questionnaire: Questionnaire,
    arrival: Arrival,
    invited_in: str | None = None,
    *,
    counted: bool = True,
) -> Standing:
    """Open a sitting in the language asked for, invited in or preferred; one not `counted` meets no quota."""
    browsers = request.accept_languages.best_match(questionnaire.languages)
    language = questionnaire.language(request.args.get("lang"), invited_in, session.get(LANGUAGE), browsers)
    session.permanent = True  # the form's token lives in it, and respondents come back days later
    session[LANGUAGE] = language
    rules = questionnaire.rules
    return open_sitting(
        tx,
        questionnaire.interview,
        study,
        questionnaire.version,
        language=language,
        rules=rules if counted else replace(rules, quotas=(), sources={}),
        known=_known(questionnaire, arrival, language),
        beginnings=Beginnings(source=arrival.source, device=_device()),
        hold=timedelta(minutes=desk().settings.number("hold_minutes")),
    )


def _known(questionnaire: Questionnaire, arrival: Arrival, language: str) -> dict[str, Answer]:
    """Return what the link tells: country, language, source, and parameters the study names; no other answer.

    Otherwise a link could be passed around that holds answers nobody has seen.
    """
    told = {**arrival.kept, SOURCE: arrival.source or OPEN, LANGUAGE_KNOWN: language}
    country = (request.args if arrival.signed is None else arrival.signed).get(COUNTRY, "")
    if country in questionnaire.study.file.countries:
        told[COUNTRY] = country
    return questionnaire.interview.known_at_entry({name: [value] for name, value in told.items()})


def _device() -> str:
    """Return the class of device; what the browser says of itself beyond that is not kept."""
    agent = request.user_agent.string
    if "iPad" in agent or "Tablet" in agent or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    return "phone" if "Mobi" in agent or "iPhone" in agent else "desktop"
