"""When the questions of a page come and go, for its script: conditions over fields, which name no item."""

from __future__ import annotations

import json

from instruments.live import Field, tree_on_page
from instruments.logic import Answer
from instruments.screens import LARGEST, Asked, Screen
from survey_app.interview.forms import field_name


def conditions_of(screen: Screen) -> str:
    """Return as JSON `when` each live block comes up, by its number, and the `fields` that decide it; "" where none."""
    lives = [(at, one.when) for at, one in enumerate(screen.candidates, start=1) if one.when]
    if not lives:
        return ""
    asked = {each.variable: Field(field_name(at), each) for at, each in enumerate(screen.with_candidates().asked, 1)}
    fields = {name: asked[variable] for name, variable in screen.names.items() if variable in asked}
    known = _known(screen)
    when = {str(at): tree_on_page(expression, fields, known) for at, expression in lives}
    deciding = {name for _, expression in lives for name in expression.names if name in fields}
    return json.dumps({"when": when, "fields": {fields[name].name: _reading(fields[name].asked) for name in deciding}})


def _known(screen: Screen) -> dict[str, Answer]:
    told = {name: screen.known[variable] for name, variable in screen.names.items() if variable in screen.known}
    return {**told, **screen.drawn}


def _reading(asked: Asked) -> dict[str, object]:
    """How a field is read: its type, the bounds of a number, and codes only where there are no choices to hide them."""
    if asked.type in ("integer", "decimal", "range"):
        return {"type": asked.type, "min": asked.min or 0, "max": LARGEST if asked.max is None else asked.max}
    return {"type": asked.type}
