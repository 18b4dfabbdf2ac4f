"""Joins the pages for people who run studies and read results to the application."""

from __future__ import annotations

from flask import Flask

from survey_app.config import Settings
from survey_app.interface import FOLDER, load_interfaces
from survey_app.store import Store
from survey_app.views.brand_manager import brand_manager
from survey_app.views.researcher import researcher
from survey_app.views.visitors import EXTENSION, Console, visitors


def register_console(app: Flask, store: Store, settings: Settings) -> None:
    """Add the researcher's and the brand manager's pages and the signed links that open them."""
    app.extensions[EXTENSION] = Console(store, settings, load_interfaces(FOLDER / "console"))
    for pages in (visitors, researcher, brand_manager):
        app.register_blueprint(pages)
