"""What a respondent can do with the code they wrote down: go on elsewhere, or have everything erased; tells no code."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.store import Transaction, erasure, sittings
from survey_app.store.sittings import CODE_LENGTH, CODE_LETTERS, Sitting
from survey_app.views.entry import count_wrong_code, may_try_code
from survey_app.views.respondent import desk, message, respondent, to_done, to_page, unframed, with_cookie

# People read 0 as O and 1 as I or L, whatever was printed.
_MEANT = str.maketrans("OIL", "011")
_CODE = re.compile(rf"[{CODE_LETTERS}]{{{CODE_LENGTH}}}")
_NO_LETTERS = re.compile(r"[^A-Z0-9]")
# What is typed may have spaces and strokes in it, and no more than that.
_LONGEST_TYPED = 64


@respondent.route("/code", methods=["GET", "POST"])
def go_on_by_code(study: str) -> ResponseReturnValue:
    """Go on in this browser with the sitting of a code; what does not fit is answered alike, whyever."""
    if request.method == "GET":
        return _form(study, "resume")
    with desk().store.transaction() as tx:
        if not may_try_code(tx):
            return message("too_many", 429)
        sitting = _named(tx, study)
        if sitting is None:
            count_wrong_code(tx)
        else:
            sittings.note(tx, sitting.id, "resumed", "code", datetime.now(UTC))
    if sitting is None:
        return _form(study, "resume", missing=True)
    return with_cookie(to_done(study) if sitting.is_finished else to_page(study), sitting)


@respondent.route("/withdraw", methods=["GET", "POST"])
def withdraw(study: str) -> ResponseReturnValue:
    """Erase what was answered under a code; the answer is the same whether there was anything or not."""
    if request.method == "GET":
        return _form(study, "withdraw")
    code = _typed()
    if code is None or "sure" not in request.form:
        return _form(study, "withdraw", missing=True)
    with desk().store.transaction() as tx:
        if not may_try_code(tx):
            return message("too_many", 429)
        if not erasure.withdraw(tx, study, code, datetime.now(UTC), desk().settings.secret_key):
            count_wrong_code(tx)
    return message("withdrawn", 200)


def _named(tx: Transaction, study: str) -> Sitting | None:
    code = _typed()
    return None if code is None else sittings.find_by_code(tx, study, code)


def _typed() -> str | None:
    """Return the code as it was meant; None where it is none."""
    typed = request.form.get("code", "")[:_LONGEST_TYPED].upper()
    code = _NO_LETTERS.sub("", typed).translate(_MEANT)
    return code if _CODE.fullmatch(code) else None


def _form(study: str, key: str, *, missing: bool = False) -> ResponseReturnValue:
    action = url_for(".withdraw" if key == "withdraw" else ".go_on_by_code", study=study)
    page = render_template("respondent/code.html", key=key, action=action, missing=missing, **unframed())
    return page, 422 if missing else 200
