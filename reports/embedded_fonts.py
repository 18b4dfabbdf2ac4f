"""The fonts that documents embed: their glyphs' numbers and widths, and files with the glyphs used; sets no lines."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from reportlab.pdfbase.ttfonts import TTFontFile

from reports.pdf_file import PdfFile, literal, reference, references

LATIN, CHINESE = "NotoSans", "NotoSansSC"
_FOLDER = Path(__file__).resolve().parent / "fonts"
_EM = 1000
"""Units of an em in all embedded fonts, which are those that PDF measures widths in."""
_NEEDED = "AZaz09 .,%"
"""Without these a font is not meant for text."""
_AT_ONCE = 100
"""So many characters may stand in one block of a map of characters."""


class Face:
    """One weight of one family."""

    def __init__(self, name: str, path: Path) -> None:
        file = TTFontFile(path)
        self.name, self._file = name, file
        self.glyphs: Mapping[int, int] = file.charToGlyph
        self._default_width = float(file.defaultWidth)
        self._widths = {chr(code): float(width) for code, width in file.charWidths.items()}
        self._codes: dict[str, str] = {}
        self._description = (
            f"/Flags {file.flags}/ItalicAngle {file.italicAngle:g}/Ascent {file.ascent}/Descent {file.descent}"
            f"/CapHeight {file.capHeight}/StemV {file.stemV}/FontBBox[{' '.join(map(str, file.bbox))}]"
        )

    def advance(self, char: str) -> float:
        """Thousandths of an em that a character takes."""
        return self._widths.get(char, self._default_width)

    def shown(self, text: str) -> str:
        """Numbers of glyphs, two bytes each, as a string of PDF; they are the same in every document."""
        return literal("".join([self._codes.get(char) or self._code(char) for char in text]))

    def embed(self, file: PdfFile, used: Iterable[str]) -> int:
        """Put the font with the glyphs of the used characters into a file."""
        characters = {self.glyphs.get(ord(char), 0): char for char in sorted(used, reverse=True)}
        glyphs = sorted(characters)
        own = copy.copy(self._file)  # it remembers where it reads, and threads share the font
        program = own.makeSubset([ord(characters[glyph]) for glyph in glyphs])
        tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(repr(glyphs).encode()).digest()[:6])
        name = f"{tag}+{self.name}"
        content = file.stream(program, {"Length1": len(program)})
        descriptor = f"<</Type/FontDescriptor/FontName/{name}{self._description}/FontFile2 {reference(content)}>>"
        widths = " ".join(f"{glyph}[{self.advance(characters[glyph]):g}]" for glyph in glyphs)
        descendant = file.put(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/DW {_EM}/W[{widths}]"
            f"/CIDToGIDMap {reference(file.stream(_places_in_subset(glyphs)))}"
            f"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {reference(file.put(descriptor))}>>"
        )
        spoken = file.stream(_map_of_characters(characters).encode("ascii"))
        return file.put(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts{references([descendant])}/ToUnicode {reference(spoken)}>>"
        )

    def _code(self, char: str) -> str:
        number = self.glyphs.get(ord(char), 0)
        self._codes[char] = chr(number >> 8) + chr(number & 0xFF)
        return self._codes[char]


@dataclass(frozen=True)
class OwnFont:
    """The files of a customer's own font, which is set wherever it has the characters."""

    regular: Path
    bold: Path


@cache
def face(family: str | OwnFont, *, bold: bool) -> Face:
    """One of the embedded fonts."""
    weight = "Bold" if bold else "Regular"
    if isinstance(family, OwnFont):
        return Face(f"Own-{weight}", family.bold if bold else family.regular)
    return Face(f"{family}-{weight}", _FOLDER / f"{family}-{weight}.ttf")


@cache
def faces(own: OwnFont | None = None) -> Mapping[str, Face]:
    """All fonts that a document may embed, by name."""
    families = (LATIN, CHINESE, *([own] if own else ()))
    found = [face(family, bold=bold) for family in families for bold in (False, True)]
    return {each.name: each for each in found}


@cache
def characters(family: str | OwnFont) -> frozenset[str]:
    """What a family can set in both weights."""
    return frozenset(map(chr, face(family, bold=False).glyphs.keys() & face(family, bold=True).glyphs.keys()))


def check_font(path: Path) -> None:
    """Raise an error that says what is wrong with a font file, if anything."""
    found = Face("Own", path)
    if missing := [char for char in _NEEDED if ord(char) not in found.glyphs]:
        raise ValueError(f"it lacks {' '.join(missing)}")
    found.embed(PdfFile("en"), _NEEDED)


def _places_in_subset(glyphs: Sequence[int]) -> bytes:
    """Where reportlab puts each glyph of the full font: the missing one first, then the others as they are named."""
    places = np.zeros(glyphs[-1] + 1, dtype=">u2")
    named = [glyph for glyph in glyphs if glyph]
    places[named] = range(1, len(named) + 1)
    return places.tobytes()


def _map_of_characters(characters: Mapping[int, str]) -> str:
    """Which character each glyph stands for, so that text can be taken out again."""
    lines = [f"<{glyph:04X}><{char.encode('utf-16-be').hex().upper()}>" for glyph, char in sorted(characters.items())]
    blocks = [lines[start : start + _AT_ONCE] for start in range(0, len(lines), _AT_ONCE)]
    mapped = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n{mapped}\nendcmap\n"
        "CMapName currentdict /CMap defineresource pop\nend\nend\n"
    )
