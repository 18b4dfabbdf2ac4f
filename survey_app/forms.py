"""What a browser sends from one screen, by place: fields q1, q2 … and choices 1, 2 …, so that a page names no item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from wtforms import Form, HiddenField, SelectMultipleField, StringField

from instruments.screens import JOINT, Asked, Screen

LANGUAGE_FIELD = "lang"
AGAIN_FIELD = "again"
# What stands for a choice that is not on the page: no code of a questionnaire begins like this.
NO_CHOICE = "\N{EMPTY SET}"


class ScreenForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """The fields of every screen; those of its questions are added for each kind of screen."""

    page_key = HiddenField()


def form_of(screen: Screen) -> type[ScreenForm]:
    """Return the form that reads a screen."""
    return _form(tuple(asked.type == "select_multiple" for asked in screen.asked))


@lru_cache(maxsize=256)
def _form(multiple: tuple[bool, ...]) -> type[ScreenForm]:
    fields: dict[str, object] = {}
    for place, many in enumerate(multiple, start=1):
        several = SelectMultipleField(choices=[], validate_choice=False)
        fields[field_name(place)] = several if many else StringField()
        fields[reasons_name(place)] = SelectMultipleField(choices=[], validate_choice=False)
    return type("ScreenForm", (ScreenForm,), fields)


def field_name(place: int) -> str:
    """Return the name of the field at a place of a screen."""
    return f"q{place}"


def reasons_name(place: int) -> str:
    """Return the name of the field for the reasons not to answer the question at a place."""
    return f"{field_name(place)}x"


def raw_answers(screen: Screen, form: ScreenForm) -> dict[str, list[str]]:
    """Return what was sent, by variable and with the codes of choices, for the interview to judge."""
    raw: dict[str, list[str]] = {}
    place = 0
    for block in screen.blocks:
        first = place + 1
        for asked in block.asked:
            place += 1
            if asked.type in ("note", "shown"):
                continue
            reasons = form[reasons_name(first if block.kind in JOINT else place)].data or []
            raw[asked.variable] = [*_codes(asked, _values(form, place)), *_reasons(asked, reasons)]
    return raw


def asked_again(screen: Screen, places: str) -> frozenset[str]:
    """Return the variables at the places, separated by spaces, that a page named as asked for once more."""
    named = places.split()
    return frozenset(asked.variable for at, asked in enumerate(screen.asked, start=1) if str(at) in named)


def _values(form: ScreenForm, place: int) -> Sequence[str]:
    data = form[field_name(place)].data
    return [data] if isinstance(data, str) else data or []


def _codes(asked: Asked, values: Sequence[str]) -> list[str]:
    if not asked.choices:
        return [value for value in values if value]
    by_place = {str(place): str(choice.code) for place, choice in enumerate(asked.choices, start=1)}
    return [by_place.get(value, NO_CHOICE) for value in values if value]


def _reasons(asked: Asked, values: Sequence[str]) -> list[str]:
    return [str(choice.code) for place, choice in enumerate(asked.reasons, start=1) if str(place) in values]


def raw_of_answers(answers: Mapping[str, object]) -> dict[str, list[str]]:
    """Return saved answers in the form they were sent in, to be shown again."""
    return {
        variable: [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)]
        for variable, value in answers.items()
    }
