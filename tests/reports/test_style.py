"""Whether colours and sizes can be told apart and read: on a grey printout, by colour-blind eyes, in small print."""

from itertools import combinations, pairwise

import pytest

from reports import style
from reports.charts import draw_strip
from reports.content import PortfolioStrip, Segment
from reports.drawing import Box, Pen, Text
from reports.typesetting import Typesetter

# Machado, Oliveira & Fernandes 2009, 10.1109/TVCG.2009.113: severity 1, applied to linear sRGB
VISION = {
    "grey printout": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def luminance(colour, seen=VISION["grey printout"]):
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    mixed = [max(sum(share * part for share, part in zip(row, linear, strict=True)), 0.0) for row in seen]
    return 0.2126 * mixed[0] + 0.7152 * mixed[1] + 0.0722 * mixed[2]


def lightness(colour, seen):
    """CIE L*, in which equal distances look equally far apart."""
    y = luminance(colour, seen)
    return 116 * y ** (1 / 3) - 16 if y > (6 / 29) ** 3 else y * (29 / 3) ** 3


def contrast(ink, ground):
    dark, light = sorted((luminance(ink), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("seen", VISION.values(), ids=VISION)
def test_parts_beside_each_other_differ_for_every_eye(seen):
    light = [lightness(fill, seen) for fill, _ in style.PARTS]
    assert all(abs(a - b) >= 19 for a, b in pairwise(light))
    assert all(abs(a - b) >= 5 for a, b in combinations(light, 2))


def test_numbers_are_read_on_their_parts():
    assert all(contrast(ink, fill) >= 4.5 for fill, ink in style.PARTS)


@pytest.mark.parametrize("ink", [style.INK, style.TEXT, style.SUBTLE, style.MUTED, style.OWN, style.WARN])
def test_every_ink_is_read_on_paper_and_on_tinted_ground(ink):
    assert contrast(ink, style.WHITE) >= 4.5
    assert contrast(ink, style.WASH) >= 4.5


def test_no_print_is_smaller_than_seven_and_a_half_points():
    sizes = [font.size for font in vars(style).values() if isinstance(font, style.Font)]
    assert min(sizes) == 7.5


def test_the_names_under_a_strip_stand_in_its_order():
    parts = tuple(Segment(name, 0.2, "20") for name in ("one", "two", "three", "four", "five"))
    marks = draw_strip(PortfolioStrip("", "", "", "Own", parts, "Others", ()), Pen(Typesetter("en")), 400.0).marks
    fills = [mark.fill for mark in marks if isinstance(mark, Box)]
    names = [mark.text for mark in marks if isinstance(mark, Text)]
    assert fills[: len(parts)] == fills[len(parts) :] == [fill for fill, _ in style.PARTS[: len(parts)]]
    assert names[-10:] == ["A", "one", "B", "two", "C", "three", "D", "four", "E", "five"]
