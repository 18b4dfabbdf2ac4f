"""Makes the fonts that reports embed from the full static fonts; run once by hand, no report needs it.

The full fonts come from the npm packages ``@expo-google-fonts/noto-sans`` (0.4.2) and
``@expo-google-fonts/noto-sans-sc`` (0.4.3): ``npm pack`` both, unpack them and give the two folders.

    python reports/fonts/make_subsets.py noto-sans/package noto-sans-sc/package
"""

# ruff: noqa: INP001 - a script, no package

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools import subset

if TYPE_CHECKING:
    from collections.abc import Iterable

_HERE = Path(__file__).resolve().parent
_WEIGHTS = {"Regular": "400Regular", "Bold": "700Bold"}
_ROWS_OF_GB2312 = (*range(0xA1, 0xAA), *range(0xB0, 0xF8))
_LATIN_GREEK_CYRILLIC = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x250),  # Latin-1 to Extended-B
    *range(0x370, 0x530),  # Greek and Cyrillic
    *range(0x1E00, 0x1F00),  # Vietnamese among others
    *range(0x2010, 0x2070),  # punctuation
    *range(0x20A0, 0x20C0),  # currencies
    *range(0x2100, 0x2150),  # letterlike
    0x2212,  # minus
    0xFFFD,  # shown for what no font has
)
_SYMBOLS = (0x2190, 0x2191, 0x2192, 0x2193, 0x2248, 0x2260, 0x2264, 0x2265, 0x25A0, 0x25B2, 0x25BC, 0x25CF)


def gb2312() -> set[int]:
    """Code points of GB 2312: 6763 Chinese characters, kana and full-width signs."""
    pairs = (bytes((row, cell)) for row in _ROWS_OF_GB2312 for cell in range(0xA1, 0xFF))
    return {ord(pair.decode("gb2312")) for pair in pairs if pair.decode("gb2312", "ignore")}


def make_subset(source: Path, target: Path, code_points: Iterable[int]) -> None:
    """Keep only these characters, without hints and layout tables: reportlab reads neither."""
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False)
    options.name_IDs = ["*"]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GSUB", "GPOS", "GDEF", "STAT", "DSIG"]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=code_points)
    subsetter.subset(font)
    font["head"].modified = font["head"].created  # the clock of this machine is nobody's business
    font.recalcTimestamp = False
    subset.save_font(font, str(target), options)


def main(latin: Path, chinese: Path) -> None:
    """Write the four subsets beside this script."""
    for weight, folder in _WEIGHTS.items():
        make_subset(latin / folder / f"NotoSans_{folder}.ttf", _HERE / f"NotoSans-{weight}.ttf", _LATIN_GREEK_CYRILLIC)
        make_subset(
            chinese / folder / f"NotoSansSC_{folder}.ttf",
            _HERE / f"NotoSansSC-{weight}.ttf",
            gb2312() | set(_SYMBOLS) | set(range(0x2010, 0x2030)),
        )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
