"""Joins the pages for people who run studies and read results to the application."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFError

from survey_app.config import Settings
from survey_app.interface import FOLDER, load_interfaces
from survey_app.store import Store
from survey_app.views import visitors
from survey_app.views.accounts import accounts_pages
from survey_app.views.api import api
from survey_app.views.brand_manager import brand_manager
from survey_app.views.comparison import comparison
from survey_app.views.design import design
from survey_app.views.front_line import front_line
from survey_app.views.letters import letter_pages
from survey_app.views.modules import modules
from survey_app.views.parts import parts
from survey_app.views.people import people
from survey_app.views.plan import plan
from survey_app.views.report_documents import report_documents
from survey_app.views.report_links import report_link_pages
from survey_app.views.researcher import researcher
from survey_app.views.results import results
from survey_app.views.studies import studies
from survey_app.views.texts import texts
from survey_app.views.verbatims import verbatim_pages
from survey_app.views.visitors import EXTENSION, Console, form_expired
from survey_app.views.webhooks import webhook_pages

PAGES = (
    visitors.visitors,
    accounts_pages,
    people,
    studies,
    design,
    modules,
    texts,
    parts,
    researcher,
    results,
    comparison,
    plan,
    front_line,
    brand_manager,
    report_link_pages,
    report_documents,
    api,
    webhook_pages,
    letter_pages,
    verbatim_pages,
)
for _pages in PAGES:
    _pages.register_error_handler(CSRFError, form_expired)


def register_console(app: Flask, store: Store, settings: Settings) -> None:
    """Add the console's pages, and before all of them the gate."""
    names = frozenset(pages.name for pages in PAGES)
    app.extensions[EXTENSION] = Console(store, settings, load_interfaces(FOLDER / "console"), names)
    visitors.join(app)
    # Programs come with a token of their own, and no browser sends that for another site.
    app.extensions["csrf"].exempt(api)
    for pages in PAGES:
        app.register_blueprint(pages)
