"""A customer's own look: a logo, two colours and a font, read from a small file; it changes no words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from reports import style
from reports.embedded_fonts import OwnFont, check_font

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_COLOURS, _FONTS = {"main", "warning"}, {"font", "font_bold"}
_KEYS = _COLOURS | _FONTS | {"logo"}
_NEARLY_BLACK = 10
_CONTRAST = 4.5
"""Least contrast of white letters on a colour, as WCAG asks of small text."""


class ThemeError(ValueError):
    """A theme file that cannot be used, with what to do about it."""


@dataclass(frozen=True)
class Theme:
    """Two colours as #rrggbb, the paths of a logo (PNG or JPEG) and of a font (TTF) in two weights; empty: none.

    Documents embed the characters they use of the font: whether its licence allows that is for its user to know.
    Characters that it lacks are set in ours.
    """

    main: str = style.OWN
    warning: str = style.WARN
    logo: str = ""
    font: str = ""
    font_bold: str = ""

    @property
    def own_font(self) -> OwnFont | None:
        """The customer's font; one that comes without a bold weight stands for it, too."""
        return OwnFont(Path(self.font), Path(self.font_bold or self.font)) if self.font else None

    def colour(self, own: str) -> str:
        """The customer's colour in the place of one of the toolkit's."""
        return self._colours.get(own, own)

    @cached_property
    def _colours(self) -> Mapping[str, str]:
        """The two colours with lighter ones for bars and grounds, and the steps of a heat map."""
        found: dict[str, str] = {}
        if self.main != style.OWN:
            found |= dict(zip(style.RAMP, (_mixed(self.main, share) for share in _STEPS), strict=True))
            found |= {colour: _mixed(self.main, share) for colour, share in _TINTS.items()}
        if self.warning != style.WARN:
            found |= {style.WARN: self.warning, style.WARN_SOFT: _mixed(self.warning, 0.88)}
        return found


_TINTS = {style.OWN: 0.0, style.OWN_SOFT: 0.65, style.COVER_SOFT: 0.8, style.COVER_RING: 0.35}
"""So much white stands in each tint of the main colour."""
_STEPS = (-0.3, 0.0, 0.2, 0.4, 0.58, 0.74, 0.86, 0.94)
"""From a darker one over the colour itself to nearly white."""


def read_theme(path: Path) -> Theme:
    """Read a theme file; paths in it are relative to it."""
    try:
        found = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ThemeError(f"{path}: cannot be read as a theme ({error}).") from None
    if not isinstance(found, dict):
        raise ThemeError(f'{path}: write `main: "#rrggbb"` and the like, one to a line.')
    problems = list(_problems(found, path))
    if problems:
        raise ThemeError("\n".join(f"{path}: {problem}" for problem in problems))
    files = {key: str(path.parent / found[key]) for key in found.keys() - _COLOURS}
    return Theme(**{**found, **files})


def _problems(found: Mapping[str, object], path: Path) -> Iterator[str]:
    for key, value in found.items():
        if key not in _KEYS:
            yield f"{key!r} is not known; a theme may state {', '.join(sorted(_KEYS))}."
        elif not isinstance(value, str):
            yield f"{key} must be a text in quotation marks."
        elif key in _COLOURS:
            yield from _colour_problems(key, value)
        elif not (path.parent / value).is_file():
            yield f"{key}: there is no file {value} beside the theme."
        elif key in _FONTS:
            yield from _font_problems(key, path.parent / value)
        elif not _is_picture(path.parent / value):
            yield f"{key}: {value} is no picture that can be read; give a PNG or a JPEG."
    if "font_bold" in found and "font" not in found:
        yield "font_bold: state the regular weight as `font`, too."


def _font_problems(key: str, path: Path) -> Iterator[str]:
    try:
        check_font(path)
    except Exception as error:  # noqa: BLE001 - a broken font fails in any place of the program that reads it
        yield f"{key}: {path.name} cannot be embedded ({error}); give a TrueType font (.ttf) with Latin letters."


def _is_picture(path: Path) -> bool:
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as opened:
            opened.load()
    except Exception:  # noqa: BLE001 - a broken picture fails in any place of the program that reads it
        return False
    return True


def _colour_problems(key: str, value: str) -> Iterator[str]:
    if not _COLOUR.fullmatch(value):
        yield f"{key}: write a colour as #rrggbb, in quotation marks."
    elif _contrast_with_white(value) < _CONTRAST:
        yield f"{key}: {value} is too pale for white letters on it; choose a darker one."


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mixed(colour: str, white: float) -> str:
    """A colour with a share of white, or, below nothing, of black."""
    towards, share = (255, white) if white >= 0 else (0, -white)
    return "#" + bytes(int(part + (towards - part) * share + 0.5) for part in _channels(colour)).hex()


def _contrast_with_white(colour: str) -> float:
    linear = [
        part / 255 / 12.92 if part <= _NEARLY_BLACK else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in _channels(colour)
    ]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05)
