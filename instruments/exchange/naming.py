"""Names, codes and languages of other programs made into ours; knows no formats."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import chain, count
from typing import get_args

from instruments.consistency.names import LONGEST_NAME
from instruments.model import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
_RESERVED = frozenset(
    [
        "all",
        "and",
        "by",
        "eq",
        "ge",
        "gt",
        "le",
        "lt",
        "ne",
        "not",
        "or",
        "to",
        "with",
        "in",
        "brand",
        "code",
        "family",
    ]  # of SPSS and of our expressions
)
_SPOKEN: dict[str, tuple[str, ...]] = {
    "en": ("english", "eng", "englisch", "inglés", "ingles", "anglais"),
    "zh": ("chinese", "mandarin", "zho", "chi", "cmn", "中文", "简体中文", "汉语", "chinesisch", "chino", "putonghua"),
    "de": ("german", "deutsch", "deu", "ger", "alemán", "aleman", "allemand"),
    "es": ("spanish", "español", "espanol", "spa", "castellano", "espagnol", "spanisch"),
}
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_PARTS = re.compile(r"[^\W_]+", re.UNICODE)


def language_of(tag: str) -> Language | None:
    """Tell which of our languages another program means.

    Parameters
    ----------
    tag : str
        As `de-informal`, `ZH-S`, `Español (es)` or `German`.

    Returns
    -------
    str or None
        None for a language that cannot be asked in.
    """
    inside = re.search(r"\(([^()]+)\)\s*$", tag)
    for text in ((inside[1],) if inside else ()) + (tag,):
        words = [word.lower() for word in _PARTS.findall(text)]
        for language in LANGUAGES:
            if words and (words[0] == language or any(word in _SPOKEN.get(language, ()) for word in words)):
                return language
    return None


def slug(text: str, fallback: str) -> str:
    """Make a name of lower-case letters, digits and underscores.

    Parameters
    ----------
    text : str
    fallback : str
        Stands before, where the text does not begin with a letter.

    Returns
    -------
    str
    """
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", flat.lower()).strip("_") if not _is_name(text) else text
    if not name[:1].isalpha():
        name = f"{fallback}_{name}".strip("_")
    return f"{name}_item" if name in _RESERVED else name


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]*", text) is not None


class NameGiver:
    """Gives names that differ, short enough for the variables made from them."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def give(self, wanted: str, fallback: str, parts: Collection[str] = ()) -> str:
        """Give a name that nobody has, nor any variable made from it.

        Parameters
        ----------
        wanted : str
            What the other program calls it.
        fallback : str
            What it is, for names without letters.
        parts : collection of str
            What follows the name and an underscore in variables made from it.

        Returns
        -------
        str
        """
        room = LONGEST_NAME - max((len(part) + 1 for part in parts), default=0)
        base = slug(wanted, fallback)
        ends = chain([""], (f"_{number}" for number in count(2)))
        names = (base[: max(room - len(end), 1)].rstrip("_") + end for end in ends)
        name = next(name for name in names if name not in _RESERVED and not self.taken & _variables(name, parts))
        self.taken |= _variables(name, parts)
        return name


def _variables(name: str, parts: Collection[str]) -> set[str]:
    """A name and what is made from it, in lower case as statistics packages compare them."""
    return {name, *(f"{name}_{part}".lower() for part in parts)}


def codes_of(wanted: Iterable[str]) -> dict[str, int | str]:
    """Give each code of a list the form it is stored in.

    Parameters
    ----------
    wanted : iterable of str
        Codes of another program.

    Returns
    -------
    dict of str to int or str
        Whole numbers as numbers, words as words; what cannot be a code gets one made from it.
    """
    given: dict[str, int | str] = {}
    taken: set[str] = set()
    for text in wanted:
        code: int | str = text
        if re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", text):
            code = int(text)
        elif not _WORD.fullmatch(text) or text.lower() in taken:
            code = slug(text, "c")[:28]
        number = 2
        while str(code).lower() in taken:
            code = f"{str(code)[:26]}_{number}"
            number += 1
        taken.add(str(code).lower())
        given.setdefault(text, code)
    return given
