"""What a browser sends from one screen, by place: fields q1, q2 … and choices 1, 2 …, so that a page names no item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from werkzeug.datastructures import MultiDict

from instruments.screens import JOINT, Asked, Screen

LANGUAGE_FIELD = "lang"
AGAIN_FIELD = "again"
LIVE_FIELD = "live"
# What stands for a choice that is not on the page: no code of a questionnaire begins like this.
NO_CHOICE = "\N{EMPTY SET}"
_MOST_DIGITS = 9

Posted = MultiDict[str, str]


def field_name(place: int) -> str:
    """Return the name of the field at a place of a screen."""
    return f"q{place}"


def reasons_name(place: int) -> str:
    """Return the name of the field for the reasons not to answer the question at a place."""
    return f"{field_name(place)}x"


def raw_answers(screen: Screen, posted: Posted) -> dict[str, list[str]]:
    """Return what was sent, by variable and with the codes of choices, for the interview to judge.

    Nothing is said of questions that never came up: only the page's script brings them up, and names them.
    """
    raw: dict[str, list[str]] = {}
    place, came_up = 0, posted.get(LIVE_FIELD, "").split()
    for number, block in enumerate(screen.with_candidates().blocks, start=1):
        first = place + 1
        met = not screen.candidates or screen.candidates[number - 1].asked or str(number) in came_up
        for asked in block.asked:
            place += 1
            if not met or asked.type in ("note", "shown"):
                continue
            reasons = posted.getlist(reasons_name(first if block.kind in JOINT else place))
            raw[asked.variable] = [*_codes(asked, posted.getlist(field_name(place))), *_reasons(asked, reasons)]
    return raw


def asked_again(screen: Screen, places: str) -> frozenset[str]:
    """Return the variables at the places, separated by spaces, that a page named as asked for once more."""
    named = places.split()
    drawn = screen.with_candidates().asked
    return frozenset(asked.variable for at, asked in enumerate(drawn, start=1) if str(at) in named)


def _codes(asked: Asked, values: Sequence[str]) -> list[str]:
    if not asked.choices:
        return [value for value in values if value]
    return [_code_at(asked, value) for value in values if value]


def _code_at(asked: Asked, place: str) -> str:
    """Return the code of the choice at a place, written as pages write it and not otherwise."""
    at = int(place) if place.isdecimal() and len(place) < _MOST_DIGITS else 0
    return str(asked.choices[at - 1].code) if 1 <= at <= len(asked.choices) and str(at) == place else NO_CHOICE


def _reasons(asked: Asked, values: Sequence[str]) -> list[str]:
    return [str(choice.code) for place, choice in enumerate(asked.reasons, start=1) if str(place) in values]


def raw_of_answers(answers: Mapping[str, object]) -> dict[str, list[str]]:
    """Return saved answers in the form they were sent in, to be shown again."""
    return {
        variable: [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)]
        for variable, value in answers.items()
    }
