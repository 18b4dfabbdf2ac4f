"""What belongs to the site as a whole: its icon, and whether it is well."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from survey_app.views.respondent import desk

site = Blueprint("site", __name__)


@site.get("/healthz")
def healthz() -> Response:
    """Say that the application runs and its database answers."""
    desk().store.check()
    return Response("ok\n", mimetype="text/plain")


@site.get("/favicon.ico")
def favicon() -> Response:
    """Send the icon to browsers that ask for it under its old name."""
    return current_app.send_static_file("favicon.svg")
