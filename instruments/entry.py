"""What is known of a person from the link by which they came, judged as answers are; asks and stores nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from instruments.fieldwork import KNOWN_AT_ENTRY
from instruments.logic import Answer
from instruments.measures import NOT_ANSWERED
from instruments.screens import JOINT, AnswerProblem, judge
from instruments.sheets import Binder

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_NEVER_KNOWN = ("consent", "note")
_APART = ","
"""Between the codes of a multiple answer that an address gives as one value."""


def known_answers(binder: Binder, raw: Mapping[str, Sequence[str]]) -> dict[str, Answer]:
    """Keep acceptable answers, and the words that expressions may ask for.

    Parameters
    ----------
    binder : Binder
        The questionnaire.
    raw : mapping of str to sequence of str
        Values by name, as they came.

    Returns
    -------
    dict of str to Answer
        By variable.
    """
    known: dict[str, Answer] = {}
    for word, values in raw.items():
        name = binder.country if word == "country" else word
        answer = _answer(binder, name, values) if name in binder.asked_once else _word(name, values)
        if answer is not None:
            known[name] = answer
    return known


def _answer(binder: Binder, name: str, values: Sequence[str]) -> Answer | None:
    _, question = binder.asked_once[name]
    asked = question.rows[0].asked
    if question.kind in ("matrix", *JOINT) or asked.type in _NEVER_KNOWN:
        return None
    if asked.type == "select_multiple":
        values = [part.strip() for value in values for part in value.split(_APART)]
    judged = judge(asked, values)
    return None if isinstance(judged, AnswerProblem) or judged == NOT_ANSWERED else judged


def _word(name: str, values: Sequence[str]) -> Answer | None:
    known = name in KNOWN_AT_ENTRY and len(values) == 1 and _WORD.fullmatch(values[0])
    return values[0] if known else None
