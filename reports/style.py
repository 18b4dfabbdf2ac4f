"""The one visual language of reports: type scale, palette and page grid; knows no content and draws nothing."""

from __future__ import annotations

from typing import NamedTuple


class Font(NamedTuple):
    """Size, weight and distance of lines, in points."""

    size: float
    bold: bool
    leading: float


BRAND_NAME = Font(38, bold=True, leading=46)
TITLE = Font(18, bold=True, leading=24)
LEAD = Font(12, bold=False, leading=18)
EYEBROW = Font(9, bold=True, leading=13)
HEADING = Font(12, bold=True, leading=17)
CAPTION = Font(10, bold=True, leading=14.5)
ANSWER = Font(10, bold=False, leading=15)
BODY = Font(9.5, bold=False, leading=14.5)
STRONG = Font(9.5, bold=True, leading=14.5)
SMALL = Font(8, bold=False, leading=11.5)
SMALL_STRONG = Font(8, bold=True, leading=11.5)
TINY = Font(7.5, bold=False, leading=10)
TINY_STRONG = Font(7.5, bold=True, leading=10)
FIGURE = Font(25, bold=True, leading=30)

# Blue and vermilion stay apart for every kind of colour vision and, being unequally dark, on a grey printout.
INK = "#17212e"
TEXT = "#3d4957"
SUBTLE = "#566270"
MUTED = "#616d7a"
RULE = "#d2d8de"
WASH = "#f1f4f7"
WHITE = "#ffffff"
OWN = "#0b5587"
OWN_SOFT = "#a9c9df"
OTHER = "#98a3ae"
OTHER_SOFT = "#dde2e7"
WARN = "#bd4b0b"
WARN_SOFT = "#fbebe1"
COVER_SOFT = "#cfe2ef"
COVER_RING = "#5e97bd"
RAMP = ("#0b3a5c", "#256591", "#4d8ab5", "#7fabcc", "#aac9df", "#cddfec", "#e3edf4", "#f1f6f9")
"""Dark to light in even steps: neighbours differ on a grey printout too."""
DARK_SHADES = 3
"""So many shades of the ramp take white letters."""
PARTS = (
    ("#0b3a5c", WHITE),
    ("#d59f32", INK),
    ("#1f7466", WHITE),
    ("#bfdcee", INK),
    ("#7c3a6f", WHITE),
    ("#b7c48b", INK),
    ("#7b8a98", INK),
    ("#eff2f5", INK),
)
"""Fills of the parts of a whole and the ink read on them: dark and light in turns, and no two equally dark, so that
neighbours differ for every kind of colour vision and on a grey printout."""

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89
MARGIN = 51.0
TOP, BOTTOM = 70.0, 58.0
CONTENT_WIDTH = PAGE_WIDTH - 2 * MARGIN
CONTENT_HEIGHT = PAGE_HEIGHT - TOP - BOTTOM
GUTTER = 14.0
