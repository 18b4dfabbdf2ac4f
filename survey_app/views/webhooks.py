"""The page of a study's webhooks: made, tried out, removed, and the log of what was sent; secrets are shown once."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from survey_app.access import accounts
from survey_app.design.publishing import UnknownStudyError, published
from survey_app.field import webhooks
from survey_app.field.outward_calls import address_fault
from survey_app.store.webhooks import Webhook
from survey_app.views.account_forms import problems
from survey_app.views.visitors import console, note, show, visitor

REFUSED = 422

webhook_pages = Blueprint("webhooks", __name__, url_prefix="/studies/<study>/webhooks")


class WebhookForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """Where events are told, and which."""

    address = StringField(
        filters=[lambda written: (written or "").strip()],
        validators=[InputRequired(message="required"), Length(max=webhooks.LONGEST_ADDRESS, message="long")],
    )
    events = SelectMultipleField(choices=webhooks.EVENTS, validators=[InputRequired(message="required")])


@webhook_pages.get("")
def webhooks_page(study: str) -> ResponseReturnValue:
    """List a study's webhooks with their logs."""
    return _page(study, WebhookForm())


@webhook_pages.post("")
def make(study: str) -> ResponseReturnValue:
    """Make a webhook and show its secret, this once."""
    form = WebhookForm(request.form)
    wrong = {} if form.validate() else problems(form)
    fault = address_fault(form.address.data, private_too=console().settings.flag("private_callbacks"))
    if not wrong and fault:
        wrong = {"address": f"address_{fault}"}
    if wrong:
        return _page(study, form, wrong=wrong), REFUSED
    note(f"{form.address.data} {' '.join(form.events.data)}")
    try:
        made, secret = webhooks.make(
            console().store,
            console().settings.secret_key,
            study,
            address=form.address.data,
            events=form.events.data,
            by=visitor().name,
            now=accounts.now(),
        )
    except webhooks.TooManyError:
        return _page(study, form, wrong={"address": "webhooks_many"}), REFUSED
    return _page(study, WebhookForm(), made=made, secret=secret)


@webhook_pages.post("/<int:webhook_id>/remove")
def remove(study: str, webhook_id: int) -> ResponseReturnValue:
    """Tell an address nothing more, and forget what was sent there."""
    with console().store.transaction() as tx:
        hook = webhooks.find(tx, study, webhook_id) or abort(404)
        webhooks.remove(tx, hook)
    note(hook.address)
    return redirect(url_for(".webhooks_page", study=study), 303)


@webhook_pages.post("/<int:webhook_id>/trial")
def try_out(study: str, webhook_id: int) -> ResponseReturnValue:
    """Send a trial."""
    with console().store.transaction() as tx:
        webhooks.try_out(tx, webhooks.find(tx, study, webhook_id) or abort(404), accounts.now())
    return redirect(url_for(".webhooks_page", study=study, _anchor=f"log{webhook_id}"), 303)


@webhook_pages.post("/<int:webhook_id>/deliveries/<int:delivery_id>/again")
def send_again(study: str, webhook_id: int, delivery_id: int) -> ResponseReturnValue:
    """Send once more what was sent or given up."""
    with console().store.transaction() as tx:
        hook = webhooks.find(tx, study, webhook_id) or abort(404)
        if not webhooks.send_again(tx, hook, delivery_id, accounts.now()):
            abort(404)
    return redirect(url_for(".webhooks_page", study=study, _anchor=f"log{webhook_id}"), 303)


def _page(
    study: str,
    form: WebhookForm,
    *,
    wrong: dict[str, str] | None = None,
    made: Webhook | None = None,
    secret: str = "",
) -> str:
    with console().store.reading() as tx:
        try:
            described = published(tx, study).study.file
        except UnknownStudyError:
            abort(404)
        hooks = [(hook, webhooks.log(tx, hook)) for hook in webhooks.of_study(tx, study)]
    return show(
        "webhooks.html",
        study=study,
        title=described.title,
        hooks=hooks,
        events=webhooks.EVENTS,
        form=form,
        problems=wrong or {},
        made=made,
        secret=secret,
        headers=(webhooks.SIGNATURE_HEADER, webhooks.EVENT_HEADER),
    )
