"""Draws questions to choose from once for everybody who is asked alike; keeps nothing a respondent wrote."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment
from markupsafe import Markup

from survey_app.interview.pages import GRIDS_KEPT, Group, Question

TEMPLATE = "respondent/questions.html"
# Questions with one answer or none come again and again; a grid of 14 by 7 has about a hundred such drawings.
KEPT = 8192


def join(templates: Environment) -> None:
    """Give templates `drawn(question)` for a question to choose from, `drawn_grid(group)` for an untouched grid."""

    @lru_cache(maxsize=KEPT)
    def choice(question: Question) -> Markup:
        drawn: Markup = templates.get_template(TEMPLATE).module.choice(question)  # type: ignore[attr-defined]
        return drawn

    @lru_cache(maxsize=GRIDS_KEPT)
    def grid(group: Group) -> Markup:
        drawn: Markup = templates.get_template(TEMPLATE).module.grid(group)  # type: ignore[attr-defined]
        return drawn

    templates.globals.update(drawn=choice, drawn_grid=grid)
