"""The application factory: settings, store, pages and defences put together; nothing happens on import."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from survey_app.access.rate_limit import RateLimits
from survey_app.config import Settings, read_settings
from survey_app.console import register_console
from survey_app.interface import load_interfaces
from survey_app.interview import drawing
from survey_app.interview.questionnaires import Questionnaires
from survey_app.store import open_store
from survey_app.views import codes as _codes  # noqa: F401 - its pages join those of respondents
from survey_app.views import entry, problems, protection
from survey_app.views.respondent import EXTENSION, Desk, respondent
from survey_app.views.site import site

PACKAGE = Path(__file__).parent
INSTANCE = PACKAGE.parent / "instance"
STYLESHEET = "respondent.css"
SCRIPT = "respondent.js"
SESSION_DAYS = 30


def create_app(overrides: Mapping[str, object] | None = None) -> Flask:
    """Make the application; `overrides` are settings, and `instance`, the folder of database and secret key."""
    chosen = dict(overrides or {})
    instance = Path(str(chosen.pop("instance", INSTANCE))).resolve()
    settings = read_settings(instance, chosen)
    app = Flask(__name__, instance_path=str(instance))
    app.config.from_mapping(_flask_config(settings))
    if settings.number("proxies"):
        trusted = settings.number("proxies")
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)  # type: ignore[method-assign]
    store = open_store(settings.database_url())
    interfaces = load_interfaces()
    app.extensions[EXTENSION] = Desk(
        store, settings, interfaces, Questionnaires(interfaces), RateLimits(settings.secret_key)
    )
    # Mail programs unsubscribe with a request of their own; whoever has the link may.
    CSRFProtect(app).exempt(entry.never_again)
    protection.join(app, settings)
    problems.join(app)
    app.register_blueprint(site)
    app.register_blueprint(respondent)
    register_console(app, store, settings)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    drawing.join(app.jinja_env)
    app.jinja_env.globals["stylesheet"] = _marked(app, STYLESHEET)
    app.jinja_env.globals["script"] = _marked(app, SCRIPT)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    https = settings.flag("https")
    hosts = [host.strip() for host in settings.text("trusted_hosts").split(",") if host.strip()]
    body = settings.number("body_kilobytes") * 1024
    return {
        "RELATA": settings,
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_NAME": "__Host-s" if https else "s",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=SESSION_DAYS),
        "MAX_CONTENT_LENGTH": body,
        "MAX_FORM_MEMORY_SIZE": body,
        "TRUSTED_HOSTS": hosts or None,
        # Respondents may leave a page open overnight. The referrer is not sent, so it cannot be looked at.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
    }


def _marked(app: Flask, name: str) -> str:
    """Return a static file's address with a mark of its content, so that browsers may keep it until it changes."""
    digest = hashlib.sha256((PACKAGE / "static" / name).read_bytes()).hexdigest()
    return f"{app.static_url_path}/{name}?v={digest[:12]}"
