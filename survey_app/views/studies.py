"""The studies a person can open, and who may do what in one of them."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.access import accounts
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.store import accounts as rows
from survey_app.store import designs
from survey_app.store import studies as study_rows
from survey_app.store.accounts import StudyRight
from survey_app.views.account_forms import ShareForm, problems
from survey_app.views.visitors import console, may, note, own_account, show

REFUSED = 422

studies = Blueprint("studies", __name__, url_prefix="/studies")


@studies.get("")
def studies_page() -> ResponseReturnValue:
    """List what this person may open."""
    with console().store.reading() as tx:
        found = [published(tx, record.key) for record in study_rows.every(tx)]
        written = [draft.study for draft in designs.every(tx)]
    shown = [one for one in found if any(may(wanted, one.record.key) for wanted in ("see", "read_report", "look_up"))]
    known = {one.record.key for one in found}
    drafts = [key for key in written if key not in known and may("design", key)]
    return show("studies.html", "accounts", studies=shown, drafts=drafts)


@studies.get("/<study>/people")
def sharing_page(study: str) -> ResponseReturnValue:
    """Show who may do what in a study."""
    return _page(study, ShareForm())


@studies.post("/<study>/people")
def share(study: str) -> ResponseReturnValue:
    """Give somebody with an account a right in this study."""
    form = ShareForm(request.form)
    brand = form.brand.data or ""
    note(f"{form.email.data} {form.level.data} {brand}")
    if not form.validate():
        return _page(study, form, problems(form)), REFUSED
    with console().store.transaction() as tx:
        account = rows.find_by_email(tx, accounts.email_of(form.email.data))
        wrong = _wrong(study, account is not None, form.level.data, brand)
        if account and not wrong:
            rows.give_right(tx, StudyRight(account.id, study, brand, form.level.data))
    if wrong:
        return _page(study, form, wrong), REFUSED
    return redirect(url_for(".sharing_page", study=study), 303)


@studies.post("/<study>/people/<int:account_id>/remove")
def unshare(study: str, account_id: int) -> ResponseReturnValue:
    """Take somebody's right away."""
    if account_id == own_account().id:
        abort(400)
    with console().store.transaction() as tx:
        rows.take_right(tx, account_id, study, request.form.get("brand", ""))
    return redirect(url_for(".sharing_page", study=study), 303)


def _wrong(study: str, known: bool, level: str, brand: str) -> dict[str, str]:  # noqa: FBT001
    if not known:
        return {"email": "unknown"}
    brands = _brands(study)
    fits = accounts.may_be_given(level, brand) and (not brand or brand in brands)
    return {} if fits else {"brand": "brand" if level == "brand_manager" else "no_brand"}


def _brands(study: str) -> frozenset[str]:
    with console().store.reading() as tx:
        try:
            return frozenset(brand.key for brand in published(tx, study).study.file.brands)
        except UnknownStudyError:
            abort(404)


def _page(study: str, form: ShareForm, wrong: dict[str, str] | None = None) -> str:
    with console().store.reading() as tx:
        try:
            described = published(tx, study).study
        except UnknownStudyError:
            abort(404)
        rights = rows.rights_in(tx, study)
    return show(
        "sharing.html",
        "accounts",
        study=study,
        title=described.file.title,
        brands={brand.key: brand.name for brand in described.file.brands},
        rights=rights,
        form=form,
        problems=wrong or {},
        own_id=own_account().id,
    )
