"""Measures text and breaks it into lines in the fonts that reports embed; draws nothing."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, TypeAlias

from reports.embedded_fonts import CHINESE, LATIN, characters, face

if TYPE_CHECKING:
    from collections.abc import Sequence

    from instruments.model import Language
    from reports.embedded_fonts import Face, OwnFont
    from reports.style import Font

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "…"
LONGEST = 2000
"""Longer texts are cut, with a mark."""
_LEAST_PART = 0.25

_NOT_FIRST = frozenset("。，、；：？！）》】」』〉〕”’…—·％‰～.,;:?!)]}%")
_NOT_LAST = frozenset("（《【「『〈〔“‘([{")
_EITHER = frozenset("“”‘’…—·")  # full-width in Chinese, narrow elsewhere
_CLOSING = frozenset("，。、；：！？）》】」』〉〕”’")  # ink in the left half of the square
_OPENING = frozenset("（《【「『〈〔“‘")  # ink in the right half
_FULL = _CLOSING | _OPENING
_GAP = 140.0  # thousandths of an em between a Chinese character and a Latin letter or digit
_SQUEEZE = -500.0  # two full-width signs side by side share the blank between them
_RELATIONS = ("<", "=", "−")
_MAY_BREAK = re.compile("[ -](?=.)")
"""Where text without Chinese characters may be broken, before the finer rules."""
_QUOTED = re.compile("[“„][^“”„]*[”“]")
_SHORT_QUOTE = 8
_SHORT_NAME = 0.5
"""Names of up to this share of a line stay whole in headlines."""
_CLAUSE_ENDS = frozenset("，；：,;:")

_Family: TypeAlias = "str | OwnFont"


@dataclass(frozen=True)
class Run:
    """Text in one font; `offset` from the start of its line and `width` are thousandths of an em."""

    text: str
    font: str
    offset: float
    width: float


@dataclass(frozen=True)
class Typesetter:
    """Sets text of one language, mostly about one name; text from data may hold any characters.

    A customer's own font comes first, and ours set what it does not hold.
    """

    language: Language
    name: str = ""
    own: OwnFont | None = None

    def width(self, text: str, font: Font) -> float:
        """Points that a line takes."""
        return _set(text, self.language, self.own, bold=font.bold).width * font.size / 1000

    def runs(self, text: str, font: Font) -> tuple[Run, ...]:
        """A line cut where its font changes."""
        return _set(text, self.language, self.own, bold=font.bold).runs

    def lines(self, text: str, font: Font, width: float, *, balanced: bool = False) -> tuple[str, ...]:
        """Text broken into lines of at most `width` points; balanced lines are about equally long, with names whole."""
        line = _set(text, self.language, self.own, bold=font.bold)
        limit = width / font.size * 1000
        broken = line.broken(limit)
        if balanced and len(broken) > 1:
            whole = _names_whole(line, limit, self.name)
            broken = _balanced(whole, limit, len(whole.broken(limit)))
        return broken

    def fitted(self, text: str, font: Font, width: float) -> str:
        """Text on one line, cut with an ellipsis where it is longer."""
        if self.width(text, font) <= width:
            return text
        kept = text
        while kept and self.width(kept.rstrip() + ELLIPSIS, font) > width:
            kept = kept[:-1]
        return kept.rstrip() + ELLIPSIS


def printable(text: str) -> str:
    """Text as it can be set: one line, no invisible characters, a visible mark for what no font has."""
    plain = _plain().issuperset(text) and len(text) <= LONGEST and text == text.strip() and "  " not in text
    return text if plain else _made_printable(text)


@cache
def _plain() -> frozenset[str]:
    """Characters that can be set as they are, wherever they stand."""
    known = characters(LATIN) | characters(CHINESE)
    return frozenset(char for char in known if char == " " or unicodedata.category(char)[0] in "LNPS")


@lru_cache(maxsize=8192)
def _made_printable(text: str) -> str:
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    seen = "".join(char for char in flat if unicodedata.category(char) not in {"Cc", "Cf", "Mn", "Me"} or _known(char))
    marked = "".join(
        "".join(chars) if known else REPLACEMENT for known, chars in groupby(seen, key=lambda c: c == " " or _known(c))
    )
    return marked if len(marked) <= LONGEST else marked[:LONGEST].rstrip() + ELLIPSIS


def _known(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf"} and (char in characters(LATIN) or char in characters(CHINESE))


@dataclass(frozen=True)
class _Line:
    """A text with the place of each character, in thousandths of an em."""

    text: str
    runs: tuple[Run, ...]
    ends: tuple[float, ...]
    gaps: tuple[float, ...]
    breaks: tuple[int, ...]

    @property
    def width(self) -> float:
        return self.ends[-1] if self.ends else 0.0

    def span(self, start: int, stop: int) -> float:
        """Width of the characters from `start` up to `stop`, without spaces at the end."""
        while stop > start and self.text[stop - 1] == " ":
            stop -= 1
        before = self.ends[start - 1] + self.gaps[start] if start else 0.0
        return self.ends[stop - 1] - before if stop > start else 0.0

    def broken(self, limit: float) -> tuple[str, ...]:
        if self.width <= limit:
            return (self.text.strip(),)
        lines, start = [], 0
        while start < len(self.text):
            stop = self._stop(start, limit)
            lines.append(self.text[start:stop].strip())
            start = stop
        return tuple(lines) or ("",)

    def _stop(self, start: int, limit: float) -> int:
        """Where a line ends that begins at `start`; spaces at its end take no room."""
        before = self.ends[start - 1] + self.gaps[start] if start else 0.0
        fitting = bisect_right(self.ends, before + limit)
        while self.text[fitting : fitting + 1] == " ":
            fitting += 1
        last = bisect_right(self.breaks, fitting) - 1
        if last >= 0 and self.breaks[last] > start:
            return self.breaks[last]
        stop = max(fitting, start + 1)  # a word wider than the line is cut where it has to be
        while stop > start + 1 and self.text[stop : stop + 1] in _NOT_FIRST:
            stop -= 1
        return stop


def _names_whole(line: _Line, limit: float, name: str) -> _Line:
    """The line without places to break it in the name it is about and in quoted ones, where these are short."""
    found = [*_QUOTED.finditer(line.text), *(re.finditer(re.escape(name), line.text) if name else ())]
    spans = [each.span() for each in found if line.span(*each.span()) <= limit * _SHORT_NAME]
    kept = tuple(i for i in line.breaks if not any(start < i < stop for start, stop in spans))
    return replace(line, breaks=kept)


def _balanced(line: _Line, limit: float, n_lines: int) -> tuple[str, ...]:
    at_clause = _broken_at_clause(line, limit) if n_lines == len(("first", "second")) else ()
    if at_clause:
        return at_clause
    low, high = limit / 2, limit
    for _ in range(6):
        middle = (low + high) / 2
        low, high = (low, middle) if len(line.broken(middle)) <= n_lines else (middle, high)
    return line.broken(high)


def _broken_at_clause(line: _Line, limit: float) -> tuple[str, ...]:
    """Two lines that part at the end of a clause, where both fit and neither is a mere scrap."""
    ends = [i for i in line.breaks if line.text[:i].rstrip()[-1:] in _CLAUSE_ENDS and i < len(line.text)]
    parts = {i: (line.span(0, i), line.span(i, len(line.text))) for i in ends}
    fitting = {i: abs(a - b) for i, (a, b) in parts.items() if max(a, b) <= limit and min(a, b) >= limit * _LEAST_PART}
    best = min(fitting, key=lambda i: fitting[i], default=0)
    return (line.text[:best].strip(), line.text[best:].strip()) if best else ()


@lru_cache(maxsize=8192)
def _set(text: str, language: Language, own: OwnFont | None, *, bold: bool) -> _Line:
    narrow = own or LATIN
    in_narrow = characters(narrow).issuperset(text) and (own is None or characters(LATIN).issuperset(text))
    if in_narrow and (language != "zh" or _EITHER.isdisjoint(text)):
        return _set_in_latin(text, face(narrow, bold=bold))
    families = _families(text, language, own)
    advances = [face(family, bold=bold).advance(char) for char, family in zip(text, families, strict=True)]
    gaps = _gaps(text, families)
    ends = tuple(accumulate(gap + advance for gap, advance in zip(gaps, advances, strict=False)))
    starts = [end - advance for end, advance in zip(ends, advances, strict=True)]
    kept = _within_short_quotes(text)
    breaks = (*(i for i in range(1, len(text)) if i not in kept and _breakable(text, i)), len(text))
    return _Line(text, _runs(text, families, starts, ends, gaps, bold=bold), ends, gaps, breaks)


def _within_short_quotes(text: str) -> frozenset[int]:
    """Where a short quoted name would be torn apart, which Chinese readers stumble at most."""
    spans = [each.span() for each in _QUOTED.finditer(text) if is_chinese(each[0][1:2])]
    return frozenset(i for start, stop in spans if stop - start <= _SHORT_QUOTE for i in range(start + 1, stop))


def _set_in_latin(text: str, latin: Face) -> _Line:
    """The same for what stands in one font without gaps, which most texts do, in a quarter of the time."""
    ends = tuple(accumulate([latin.advance(char) for char in text]))
    places = [found.end() for found in _MAY_BREAK.finditer(text)]
    breaks = (*(i for i in places if _breakable(text, i)), len(text))
    runs = (Run(text, latin.name, 0.0, ends[-1]),) if text else ()
    return _Line(text, runs, ends, (0.0,) * max(len(text), 1), breaks)


def _gaps(text: str, families: list[_Family]) -> tuple[float, ...]:
    """Room before each character; a line does not begin with the blank half of an opening sign."""
    full = [char in _FULL and family == CHINESE for char, family in zip(text, families, strict=True)]
    scripts = [_script(char) for char in text]
    gaps = [_SQUEEZE if full and full[0] and text[0] in _OPENING else 0.0]
    for i in range(1, len(text)):
        before, after = scripts[i - 1], scripts[i]
        if full[i - 1] and full[i]:
            gaps.append(_SQUEEZE if text[i - 1] in _CLOSING or text[i] in _OPENING else 0.0)
        else:
            gaps.append(_GAP if before and after and before != after else 0.0)
    return tuple(gaps)


def _runs(
    text: str,
    families: list[_Family],
    starts: Sequence[float],
    ends: Sequence[float],
    gaps: tuple[float, ...],
    *,
    bold: bool,
) -> tuple[Run, ...]:
    cuts = [i for i in range(len(text)) if i == 0 or families[i] != families[i - 1] or gaps[i]]
    return tuple(
        Run(text[i:j], face(families[i], bold=bold).name, starts[i], ends[j - 1] - starts[i])
        for i, j in pairwise([*cuts, len(text)])
    )


def _families(text: str, language: Language, own: OwnFont | None) -> list[_Family]:
    return [_family(text, i, language, own) for i in range(len(text))]


def _family(text: str, i: int, language: Language, own: OwnFont | None) -> _Family:
    char = text[i]
    if char in _EITHER and language == "zh" and not _among_narrow(text, i):
        return CHINESE
    if own is not None and char in characters(own):
        return own
    return LATIN if char in characters(LATIN) else CHINESE


def _among_narrow(text: str, i: int) -> bool:
    """Whether a sign that may be narrow stands within narrow text, or is the ellipsis of the name it cuts."""
    before = _narrow(text[i - 1 : i])
    return before and (text[i] == ELLIPSIS or _narrow(text[i + 1 : i + 2]))


def _narrow(char: str) -> bool:
    return bool(char) and (char == " " or char.isalnum()) and not is_chinese(char)


def is_chinese(char: str) -> bool:
    """Whether a character is Chinese or a full-width sign."""
    return "⺀" <= char <= "鿿" or "豈" <= char <= "﫿" or "＀" <= char <= "￯"


@cache
def _script(char: str) -> str:
    """Which side of the gap a character stands on; signs stand on neither."""
    if is_chinese(char) and char.isalnum():
        return "chinese"
    return "latin" if char.isalnum() or char == "%" else ""


def _breakable(text: str, i: int) -> bool:
    before, after = text[i - 1], text[i]
    if after in _NOT_FIRST or before in _NOT_LAST or after == " " or before.isdigit():
        return False
    if before == " " and (after in _RELATIONS or text[i - 2 : i - 1] in _RELATIONS):
        return False
    return before == " " or is_chinese(before) or is_chinese(after) or (before == "-" and after.isalpha())
