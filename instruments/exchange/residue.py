"""What one form of a questionnaire holds and another does not: found by comparing, kept as places and values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from instruments.exchange.carried import Loss
from instruments.exchange.composing import Data
from instruments.exchange.formula import UntranslatableError, written
from instruments.logic import LogicError, parse

Place = tuple[str, ...]
"""Keys from the top; an element of a list is named by its page, name or code."""

_EXPRESSIONS = ("relevant", "screen_out", "choice_filter")
_BETWEEN = " / "
_LONGEST = 30_000
_NAMED = ("name", "page", "code")
_WHY = {
    "random_order": "a random order that XLSForm cannot keep",
    "set": "XLSForm has no planned missingness: every statement is asked",
    "planned_missing": "XLSForm has no planned missingness: every statement is asked",
    "eligible": "XLSForm goes through the choices of one question only",
    "offer": "XLSForm cannot offer one brand more",
    "missing": "XLSForm offers no reasons not to answer beside a question",
    "attention": "XLSForm knows no attention checks",
    "about": "XLSForm draws a brand only through a calculation, which stands in the form",
    "rules": "families, short forms and how many rules are drawn; every rule is asked",
    "required": "XLSForm has no soft requirement: the question may be left unanswered",
    "low": "XLSForm has no words for the ends of a slider",
    "high": "XLSForm has no words for the ends of a slider",
    "title": "XLSForm has one title in one language",
    "scales": "names, dimensions and sources of scales",
}
_ELSE = "XLSForm has no column for it"


def difference(whole: Data, part: Data) -> list[tuple[Place, Any]]:
    """Find what has to be put into a part to make it whole.

    Parameters
    ----------
    whole, part : dict
        Two forms of a questionnaire's data.

    Returns
    -------
    list of tuple
        Places and values; None for what stands in the part alone.
    """
    return list(_differing(whole, part, ()))


def restored(part: Data, places: Iterable[tuple[Place, Any]]) -> Data:
    """Put back what a form could not hold.

    Parameters
    ----------
    part : dict
        Changed in place.
    places : iterable of tuple
        As `difference` gives them; those that are no longer there are passed over.

    Returns
    -------
    dict
        The part.
    """
    for place, value in places:
        holder = _find(part, place[:-1])
        if isinstance(holder, dict) and place:
            if value is None:
                holder.pop(place[-1], None)
            else:
                holder[place[-1]] = value
    return part


def as_rows(places: Iterable[tuple[Place, Any]]) -> list[dict[str, str]]:
    """Write places and values as rows of a sheet; long values take several.

    Parameters
    ----------
    places : iterable of tuple

    Returns
    -------
    list of dict
        Cells of the columns `place` and `value`.
    """
    rows = []
    for place, value in places:
        text = json.dumps(value, ensure_ascii=False)
        pieces = [text[start : start + _LONGEST] for start in range(0, len(text), _LONGEST)]
        rows += [{"place": _BETWEEN.join(place), "value": piece} for piece in pieces]
    return rows


def from_rows(rows: Iterable[tuple[str, str]]) -> tuple[list[tuple[Place, Any]], list[Loss]]:
    """Read the rows of a sheet.

    Parameters
    ----------
    rows : iterable of tuple of str
        Place and value.

    Returns
    -------
    tuple of list and list
        Places and values; and a loss for each that cannot be read.
    """
    texts: dict[str, str] = {}
    for place, value in rows:
        texts[place] = texts.get(place, "") + value
    found, losses = [], []
    for place, text in texts.items():
        try:
            found.append((tuple(place.split(_BETWEEN)), json.loads(text)))
        except (ValueError, RecursionError):
            losses.append(Loss("sheet relata", place, "its value cannot be read: left out"))
    return found, losses


def losses_of(places: Iterable[tuple[Place, Any]]) -> list[Loss]:
    """Tell a person what other programs will not do.

    Parameters
    ----------
    places : iterable of tuple

    Returns
    -------
    list of Loss
        One for each part of the questionnaire.
    """
    return list(dict.fromkeys(Loss(*_told(place)) for place, _ in places))


def _told(place: Place) -> tuple[str, str, str]:
    if place[0] in ("pages", "lists"):
        key = place[-1] if place[-1] in _WHY or len(place) < 3 else _key(place)  # noqa: PLR2004 - list, element, key
        where = _BETWEEN.join(place[: place.index(key)] if key in place else place)
        return where, key, _WHY.get(key, _ELSE)
    reversed_keys = [key for key in reversed(place) if key in _WHY]
    key = reversed_keys[0] if reversed_keys else place[0]
    return "questionnaire", " ".join(dict.fromkeys((place[0], key))), _WHY.get(key, _ELSE)


def _key(place: Place) -> str:
    """The key of a page or question that a deep place belongs to."""
    return place[-2] if len(place[-1]) == 2 else place[-1]  # noqa: PLR2004 - a language


def _differing(whole: Any, part: Any, place: Place) -> Iterator[tuple[Place, Any]]:  # noqa: ANN401 - any part of the data
    if place and place[-1] in _EXPRESSIONS and _same_condition(whole, part):
        return
    if isinstance(whole, dict) and isinstance(part, dict):
        for key in [*whole, *(key for key in part if key not in whole)]:
            yield from _differing(whole.get(key), part.get(key), (*place, str(key)))
    elif isinstance(whole, list) and isinstance(part, list) and _addresses(whole) == _addresses(part) and whole:
        for address, one, other in zip(_addresses(whole), whole, part, strict=True):
            yield from _differing(one, other, (*place, address))
    elif whole != part:
        yield place, whole


def _same_condition(one: object, other: object) -> bool:
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    try:
        return written(parse(one).condition) == written(parse(other).condition)
    except (LogicError, UntranslatableError):
        return False


def _addresses(values: list[Any]) -> list[str]:
    """A name for each element; none where they cannot be told apart, so that the list is taken whole."""
    found = []
    for at, value in enumerate(values):
        if not isinstance(value, dict):
            return [f"[{at}] {value}" for at, value in enumerate(values)]
        named = next((f"{value[key]}" for key in _NAMED if key in value), None)
        nth = sum(1 for other in values[:at] if isinstance(other, dict) and other.get("type") == value.get("type"))
        found.append(named or ("loop" if "loop" in value else f"{value.get('type', 'part')} {nth + 1}"))
    return found if len(set(found)) == len(found) else [f"{name} {at}" for at, name in enumerate(found)]


def _find(data: Any, place: Place) -> Any:  # noqa: ANN401 - any part of the data
    for key in place:
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list):
            addresses = _addresses(data)
            data = data[addresses.index(key)] if key in addresses else None
        else:
            return None
    return data
