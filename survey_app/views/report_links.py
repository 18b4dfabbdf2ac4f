"""Links to one brand's report: made for a person, for a time, to read or also to update; withdrawn when need be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.access.signed_links import OPEN, sign_brand_link
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.store import report_links as rows
from survey_app.store.report_links import ReportLink
from survey_app.views.visitors import console, note, outward, show, visitor

REFUSED = 422
DAYS = (1, 7, 30, 90)
CHOICES = ("read", "update")
LONGEST_NAME = 100

report_link_pages = Blueprint("report_links", __name__, url_prefix="/studies/<study>/links")


@report_link_pages.get("")
def links_page(study: str) -> ResponseReturnValue:
    """Show which links there are and what they open."""
    return _page(study)


@report_link_pages.post("")
def make_link(study: str) -> ResponseReturnValue:
    """Make a link and show it, this once."""
    brand, days = request.form.get("brand", ""), request.form.get("days", 0, int)
    person, may = " ".join(request.form.get("made_for", "").split()), request.form.get("may", "")
    wrong = {
        name: "required"
        for name, fits in (
            ("made_for", 0 < len(person) <= LONGEST_NAME),
            ("brand", brand in _brands(study)),
            ("days", days in DAYS),
            # Neither is chosen beforehand: whoever makes a link says what it may.
            ("may", may in CHOICES),
        )
        if not fits
    }
    note(f"{brand} {may} {person}"[:500])
    if wrong:
        return _page(study, problems=wrong), REFUSED
    now = datetime.now(UTC)
    until = now + timedelta(days=days)
    link = ReportLink(rows.new_id(), study, brand, person, may == "update", until, visitor().name, now)
    with console().store.transaction() as tx:
        rows.add(tx, link)
    path = sign_brand_link(console().settings.secret_key, study, link.id, until)
    return _page(study, made=outward("visitors.open_link", token=path.removeprefix(OPEN)))


@report_link_pages.post("/<link>/withdraw")
def withdraw_link(study: str, link: str) -> ResponseReturnValue:
    """Let a link open nothing any more."""
    with console().store.transaction() as tx:
        rows.withdraw(tx, study, link, datetime.now(UTC))
    return redirect(url_for(".links_page", study=study), 303)


def _brands(study: str) -> dict[str, object]:
    with console().store.reading() as tx:
        try:
            return {brand.key: brand.name for brand in published(tx, study).study.file.brands}
        except UnknownStudyError:
            abort(404)


def _page(study: str, *, problems: dict[str, str] | None = None, made: str | None = None) -> str:
    brands = _brands(study)
    with console().store.reading() as tx:
        title, links = published(tx, study).study.file.title, rows.of_study(tx, study)
    now = datetime.now(UTC)
    return show(
        "links.html",
        "brand",
        study=study,
        title=title,
        brands=brands,
        links=[(link, "withdrawn" if link.withdrawn_at else "holds" if link.holds(now) else "over") for link in links],
        days=DAYS,
        problems=problems or {},
        typed=request.form,
        made=made,
    )
