"""The fonts that documents embed: their glyphs' numbers and widths, and files with the glyphs used; sets no lines."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from reportlab.pdfbase.ttfonts import TTFontFile

from reports.pdf_file import literal, reference, references

if TYPE_CHECKING:
    from reports.pdf_file import PdfFile

LATIN, CHINESE = "NotoSans", "NotoSansSC"
_FOLDER = Path(__file__).resolve().parent / "fonts"
_EM = 1000
"""Units of an em in all embedded fonts, which are those that PDF measures widths in."""
_TABLES = ("glyf", "head", "hhea", "hmtx", "loca", "maxp")
_FORMAT_OF_LOCA, _CHECKSUM, _NUMBER_OF_METRICS = 50, 8, 34
_CHECKSUM_OF_FILE = 0xB1B0AFBA
_WORDS, _SCALE, _MORE, _SCALES, _MATRIX = 0x1, 0x8, 0x20, 0x40, 0x80
"""Flags of a part of a composite glyph: how many bytes it takes, and whether another follows."""
_AT_ONCE = 100
"""So many characters may stand in one block of a map of characters."""


class Face:
    """One weight of one family."""

    def __init__(self, name: str) -> None:
        file = TTFontFile(_FOLDER / f"{name}.ttf")
        if file.unitsPerEm != _EM:
            raise ValueError(f"fonts/{name}.ttf: its em has {file.unitsPerEm} units; embedded fonts have {_EM}")
        self.name = name
        self.glyphs: Mapping[int, int] = file.charToGlyph
        self._default_width = float(file.defaultWidth)
        self._widths = {chr(code): float(width) for code, width in file.charWidths.items()}
        self._tables: dict[str, bytes] = {tag: file.get_table(tag) for tag in _TABLES}
        wide = self._tables["head"][_FORMAT_OF_LOCA + 1]
        places = np.frombuffer(self._tables["loca"], ">u4" if wide else ">u2").astype(np.int64)
        self._places = (places if wide else 2 * places).tolist()
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
        program = self._program(glyphs)
        tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(repr(glyphs).encode()).digest()[:6])
        name = f"{tag}+{self.name}"
        content = file.stream(program, f"/Length1 {len(program)}")
        descriptor = f"<</Type/FontDescriptor/FontName/{name}{self._description}/FontFile2 {reference(content)}>>"
        widths = " ".join(f"{glyph}[{self.advance(char):g}]" for glyph, char in sorted(characters.items()))
        descendant = file.put(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity/DW {_EM}/W[{widths}]"
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

    def _program(self, glyphs: Iterable[int]) -> bytes:
        """A TrueType file in which all glyphs keep their numbers and only some have an outline."""
        kept = sorted({0, *glyphs, *(part for glyph in glyphs for part in self._parts(glyph))})
        outlines = {glyph: self._outline(glyph) for glyph in kept}
        sizes = np.zeros(len(self._places), dtype=np.int64)
        sizes[[glyph + 1 for glyph in kept]] = [len(outline) for outline in outlines.values()]
        head = bytearray(self._tables["head"])
        head[_FORMAT_OF_LOCA : _FORMAT_OF_LOCA + 2] = b"\0\1"
        head[_CHECKSUM : _CHECKSUM + 4] = bytes(4)
        return _assembled(
            {
                "glyf": b"".join(outlines.values()),
                "head": bytes(head),
                "hhea": self._tables["hhea"],
                "hmtx": self._metrics(kept),
                "loca": np.cumsum(sizes).astype(">u4").tobytes(),
                "maxp": self._tables["maxp"],
            }
        )

    def _outline(self, glyph: int) -> bytes:
        outline = self._tables["glyf"][self._places[glyph] : self._places[glyph + 1]]
        return outline + bytes(-len(outline) % 4)

    def _parts(self, glyph: int) -> Iterable[int]:
        """Glyphs that a composite one is put together from."""
        outline = self._outline(glyph)
        place, more = 10, outline[:2] == b"\xff\xff"
        while more:
            flags, part = struct.unpack_from(">HH", outline, place)
            yield part
            yield from self._parts(part)
            place += 8 if flags & _WORDS else 6
            place += 2 * bool(flags & _SCALE) + 4 * bool(flags & _SCALES) + 8 * bool(flags & _MATRIX)
            more = bool(flags & _MORE)

    def _metrics(self, kept: Iterable[int]) -> bytes:
        """Widths of the glyphs that are kept; the others' are nothing, which takes no room when packed."""
        full = self._tables["hmtx"]
        (wide,) = struct.unpack_from(">H", self._tables["hhea"], _NUMBER_OF_METRICS)
        metrics = bytearray(len(full))
        for glyph in (*kept, wide - 1):  # the last of the full metrics is the width of all that follow
            start, size = (4 * glyph, 4) if glyph < wide else (2 * (glyph + wide), 2)
            metrics[start : start + size] = full[start : start + size]
        return bytes(metrics)


@cache
def face(family: str, *, bold: bool) -> Face:
    """One of the embedded fonts."""
    return Face(f"{family}-{'Bold' if bold else 'Regular'}")


@cache
def faces() -> Mapping[str, Face]:
    """All embedded fonts by name."""
    found = [face(family, bold=bold) for family in (LATIN, CHINESE) for bold in (False, True)]
    return {each.name: each for each in found}


def _assembled(tables: Mapping[str, bytes]) -> bytes:
    """Tables under the directory of a TrueType file, with the sums that say they are whole."""
    power = len(tables).bit_length() - 1
    head = struct.pack(">IHHHH", 0x00010000, len(tables), 16 << power, power, 16 * (len(tables) - (1 << power)))
    place = len(head) + 16 * len(tables)
    entries, body = [], []
    for tag, table in tables.items():
        entries.append(struct.pack(">4sIII", tag.encode(), _sum(table), place, len(table)))
        body.append(table + bytes(-len(table) % 4))
        place += len(body[-1])
    file = bytearray(b"".join([head, *entries, *body]))
    start = next(struct.unpack(">4sIII", entry)[2] for entry in entries if entry.startswith(b"head"))
    struct.pack_into(">I", file, start + _CHECKSUM, (_CHECKSUM_OF_FILE - _sum(bytes(file))) & 0xFFFFFFFF)
    return bytes(file)


def _sum(table: bytes) -> int:
    return int(np.frombuffer(table + bytes(-len(table) % 4), ">u4").sum(dtype=np.uint64)) & 0xFFFFFFFF


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
