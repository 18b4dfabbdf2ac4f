"""What is known of one customer's relationships, for somebody who is about to speak with them; knows no Flask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.findings import Archetype, StrategyChoice, StudyFindings, TypingModel
from analysis.typing_tool import typed
from survey_app.store import Transaction, customers

MOST_RULES = 3


@dataclass(frozen=True)
class Relationship:
    """One customer and one brand: what the relationship is and is wanted to be, and what to do next.

    `probability` says how sure the archetype is (0 to 1, None where it was not worked out); `choice` holds rules and
    the next interaction as they were chosen for everybody of this brand and archetype.
    """

    brand: str
    archetype: Archetype | None
    probability: float | None
    current: str | None
    desired: str | None
    rules: tuple[str, ...]
    choice: StrategyChoice | None


@dataclass(frozen=True)
class TypedAnswers:
    """The archetype that answers to a typing tool's questions tell, each archetype's probability, and how sure."""

    archetype: str | None
    probabilities: Mapping[str, float]
    unsure: bool


def find(tx: Transaction, study: str, key: str, found: StudyFindings) -> tuple[Relationship, ...] | None:
    """Return a customer's relationships by the key a panel or the study knows them by; None where nobody has it."""
    person = customers.pseudonym(tx, study, key)
    if person is None:
        return None
    types = {(one.person, one.brand): one for one in (found.typology.ratings if found.typology else ())}
    kinds = {kind.key: kind for kind in (found.archetypes.archetypes if found.archetypes else ())}
    members = [one for one in (found.archetypes.memberships if found.archetypes else ()) if one.person == person]
    relationships = []
    for member in members:
        kind, rating = kinds.get(member.archetype), types.get((person, member.brand))
        choice = _choice(found, member.brand, member.archetype)
        relationships.append(
            Relationship(
                brand=member.brand,
                archetype=kind,
                probability=max(member.probabilities, default=None),
                current=rating.current or rating.current_family if rating else None,
                desired=rating.desired or rating.desired_family if rating else None,
                rules=tuple(rule.rule for rule in choice.rules[:MOST_RULES]) if choice else (),
                choice=choice,
            )
        )
    return tuple(relationships)


def _choice(found: StudyFindings, brand: str, archetype: str) -> StrategyChoice | None:
    """Return what was chosen for a brand's customers of an archetype, else for all of them."""
    choices = {(one.brand, one.archetype): one for one in (found.strategies.choices if found.strategies else ())}
    return choices.get((brand, archetype)) or choices.get((brand, None))


def type_answers(model: TypingModel, answers: Sequence[Mapping[str, float | None]]) -> list[TypedAnswers]:
    """Tell archetypes from answers to the questions of a typing tool, by item."""
    names = [question.item for question in model.questions]
    given = np.array(
        [[np.nan if one.get(name) is None else one[name] for name in names] for one in answers], dtype=np.float64
    ).reshape(len(answers), len(names))
    kinds, unsure = typed(model, given)
    scores = (np.array(model.constants) + np.nan_to_num(given) @ np.array(model.coefficients).T) / model.scale
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = weights / weights.sum(axis=1, keepdims=True)
    return [
        TypedAnswers(
            archetype=None if kind < 0 else model.archetypes[kind],
            probabilities={} if kind < 0 else dict(zip(model.archetypes, map(float, row), strict=True)),
            unsure=bool(doubt),
        )
        for kind, doubt, row in zip(kinds, unsure, shares, strict=True)
    ]
