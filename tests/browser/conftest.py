"""A real browser against the application on a real port, with the demonstration study published."""

import threading
from dataclasses import dataclass

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from survey_app.application import create_app
from survey_app.config import read_settings
from survey_app.demo import STUDY
from survey_app.design.publishing import publish_study
from survey_app.store import Store, open_store
from tests.plugins.chromium import chromium_path

# Without these Chromium keeps asking for servers of its maker's that a test must not wait for.
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
PHONE = {"width": 360, "height": 740}


@dataclass(frozen=True)
class Site:
    """The application that runs, and its store."""

    origin: str
    store: Store
    secret_key: str


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", *QUIET]
        )
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path):
    settings = read_settings(tmp_path)
    store = open_store(settings.database_url())
    publish_study(store, STUDY)
    server = make_server("127.0.0.1", 0, create_app({"instance": tmp_path}), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", store, settings.secret_key)
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


@pytest.fixture
def phone(chromium):
    """A page of the width of a small phone, without JavaScript."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    yield context.new_page()
    context.close()
