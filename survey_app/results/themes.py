"""The look of this installation's reports, read anew each time from its instance folder; knows no Flask."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from reports import style
from reports.theme import Theme, ThemeError, read_theme

logger = logging.getLogger(__name__)

FILE = "theme.yaml"
_VARIABLES = {
    "own": style.OWN,
    "own-dark": style.RAMP[0],
    "own-mid": style.OWN_SOFT,
    "own-soft": style.RAMP[6],
    "cover-soft": style.COVER_SOFT,
}
"""Which colours of the printed report those of the page are."""


def own_theme(instance: Path) -> Theme | None:
    """Return the installation's theme; None where there is none or it cannot be used, which the log then tells."""
    try:
        return _read(instance)
    except ThemeError as error:
        logger.warning("Reports are made without a theme: %s", error)
        return None


def theme_problem(instance: Path) -> str:
    """Say what keeps the theme from being used; empty where nothing does."""
    try:
        _read(instance)
    except ThemeError as error:
        return str(error).replace(str(instance), "").replace("/" + FILE, FILE)
    return ""


def theme_digest(theme: Theme | None) -> bytes:
    """Tell one look from another by its colours and the content of its files; empty where there is none."""
    if theme is None:
        return b""
    files = (Path(name).read_bytes() for name in (theme.logo, theme.font, theme.font_bold) if name)
    told = (f"{theme.main} {theme.warning}".encode(), *(hashlib.sha256(content).digest() for content in files))
    return hashlib.sha256(b"\n".join(told)).digest()


def stylesheet(theme: Theme) -> str:
    """The colours of the page, to follow its own stylesheet."""
    if theme.main == style.OWN:
        return ""
    values = "".join(f"  --{name}: {theme.colour(own)};\n" for name, own in _VARIABLES.items())
    return f":root {{\n{values}}}\n"


def _read(instance: Path) -> Theme | None:
    path = instance / FILE
    return read_theme(path) if path.exists() else None
