"""What a browser sends from one screen, by place: fields q1, q2 … and choices 1, 2 …, so that a page names no item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from wtforms import Form, HiddenField, SelectMultipleField, StringField

from instruments.screens import Asked, Screen

LANGUAGE_FIELD = "lang"
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
    fields = {
        field_name(place): SelectMultipleField(choices=[], validate_choice=False) if many else StringField()
        for place, many in enumerate(multiple, start=1)
    }
    return type("ScreenForm", (ScreenForm,), fields)


def field_name(place: int) -> str:
    """Return the name of the field at a place of a screen."""
    return f"q{place}"


def raw_answers(screen: Screen, form: ScreenForm) -> dict[str, list[str]]:
    """Return what was sent, by variable and with the codes of choices, for the interview to judge."""
    return {
        asked.variable: _codes(asked, _values(form, place))
        for place, asked in enumerate(screen.asked, start=1)
        if asked.type != "note"
    }


def _values(form: ScreenForm, place: int) -> Sequence[str]:
    data = form[field_name(place)].data
    return [data] if isinstance(data, str) else data or []


def _codes(asked: Asked, values: Sequence[str]) -> list[str]:
    if not asked.choices:
        return [value for value in values if value]
    by_place = {str(place): str(choice.code) for place, choice in enumerate(asked.choices, start=1)}
    return [by_place.get(value, NO_CHOICE) for value in values if value]


def raw_of_answers(answers: Mapping[str, object]) -> dict[str, list[str]]:
    """Return saved answers in the form they were sent in, to be shown again."""
    return {
        variable: [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)]
        for variable, value in answers.items()
    }
