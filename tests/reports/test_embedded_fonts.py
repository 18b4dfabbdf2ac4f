"""Fonts cut to what a document shows: every code leads to the outline of its character, in every thread."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from reports import embedded_fonts
from reports.embedded_fonts import CHINESE, LATIN, face
from reports.pdf_file import PdfFile

SAID = {LATIN: "Ångström, façade: −12 %", CHINESE: "品牌关系报告，每段顾客（晨光）≤"}
FOLDER = Path(embedded_fonts.__file__).with_name("fonts")


def embedded(family, text):
    file = PdfFile("en")
    number = face(family, bold=True).embed(file, set(text))
    return number, file.written()


def read(number, content):
    file = PdfReader(BytesIO(content))
    return IndirectObject(number, 0, file).get_object()


def outline(font, name):
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return pen.value, glyphs[name].width


@pytest.mark.parametrize("family", [LATIN, CHINESE])
def test_every_code_leads_to_the_outline_of_its_character(family):
    text = SAID[family]
    font = read(*embedded(family, text))
    (drawn,) = font["/DescendantFonts"]
    drawn = drawn.get_object()
    program = TTFont(BytesIO(drawn["/FontDescriptor"]["/FontFile2"].get_data()))
    full = TTFont(FOLDER / f"{family}-Bold.ttf")
    places = drawn["/CIDToGIDMap"].get_data()
    widths = dict(zip(drawn["/W"][::2], drawn["/W"][1::2], strict=True))
    for char in sorted(set(text)):
        code = face(family, bold=True).glyphs[ord(char)]
        place = int.from_bytes(places[2 * code : 2 * code + 2], "big")
        shown = outline(program, program.getGlyphName(place))
        assert shown == outline(full, full.getBestCmap()[ord(char)]), char
        assert widths[code] == [shown[1]], char
        assert f"<{code:04X}><{ord(char):04X}>".encode() in font["/ToUnicode"].get_data()


def test_threads_share_the_fonts():
    texts = ["".join(map(chr, range(0xC0, 0x200 + i))) for i in range(24)]  # many are put together from two glyphs
    alone = [embedded(LATIN, text) for text in texts]
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(embedded, [LATIN] * len(texts), texts))
    finally:
        sys.setswitchinterval(switching)
    assert together == alone


def test_every_stream_ends_on_a_line_of_its_own_as_archives_ask():
    _, content = embedded(LATIN, SAID[LATIN])
    lengths = [int(length) for length in re.findall(rb"/Length (\d+)", content)]
    starts = [found.end() for found in re.finditer(rb"\nstream\n", content)]
    assert len(starts) == len(lengths) == len(("program", "places", "characters"))
    for start, length in zip(starts, lengths, strict=True):
        assert content[start + length :].startswith(b"\nendstream\nendobj\n")
