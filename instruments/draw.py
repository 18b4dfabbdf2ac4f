"""What is settled before a respondent answers, by chance or by the link they came by; asks and stores nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from itertools import combinations
from typing import Any, TypeVar

import numpy as np

from instruments.logic import Answer
from instruments.model import Instrument, Loop, PlannedMissing, RuleBattery

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Draw:
    """What one interview does not ask for; the same seed, brands and entry always give the same draw.

    Parameters
    ----------
    seed : int
        Not negative; every random number of the interview follows from it and from what it is for.
    sets : tuple of str
        Sets of the planned-missing design that this person is shown.
    chances : mapping of str to bool
        Which chances of the instrument fell; expressions see them as 1 and 0.
    brands : tuple of str
        Assigned brands in the order of assignment; brands are added, never taken out.
    eligible : tuple of str
        The brands that could have been assigned when the last one was.
    experience, importance : mapping of str to tuple of str
        For each assigned brand the rules asked as kept or broken, and as important, in the order shown.
    lots : mapping of str to float
        A number in [0, 1) for each assigned brand; the drawn brand is the rated one with the smallest.
    known : mapping of str to Answer
        What was known when the person came: answers to questions, which are then not asked, and `country`,
        `language` and `source` for expressions.
    """

    seed: int
    sets: tuple[str, ...] = ()
    chances: Mapping[str, bool] = field(default_factory=dict)
    brands: tuple[str, ...] = ()
    eligible: tuple[str, ...] = ()
    experience: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    importance: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lots: Mapping[str, float] = field(default_factory=dict)
    known: Mapping[str, Answer] = field(default_factory=dict)

    def to_json(self) -> str:
        """Write the draw as canonical JSON.

        Returns
        -------
        str
            JSON with sorted keys; `from_json` gives an equal draw.
        """
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Draw:
        """Read what `to_json` wrote.

        Parameters
        ----------
        text : str
            JSON of a draw.

        Returns
        -------
        Draw
            The draw.
        """
        told: dict[str, Any] = json.loads(text)
        for name in ("sets", "brands", "eligible"):
            told[name] = tuple(told[name])
        for name in ("experience", "importance"):
            told[name] = {brand: tuple(rules) for brand, rules in told[name].items()}
        known = told.get("known", {})
        told["known"] = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
        return cls(**told)


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Give the random numbers of one person for one purpose.

    Parameters
    ----------
    seed : int
        The person's seed, not negative.
    purpose : str
        What is drawn; different purposes are independent, the same one always gives the same numbers.

    Returns
    -------
    numpy.random.Generator
        A generator at its start.
    """
    digest = hashlib.blake2b(purpose.encode(), digest_size=8).digest()
    return np.random.Generator(np.random.PCG64([seed, int.from_bytes(digest)]))


def shuffled(values: Sequence[_Value], seed: int, purpose: str) -> tuple[_Value, ...]:
    """Put values into a random order that stays the same for a person and purpose.

    Parameters
    ----------
    values : sequence
        What is put in order.
    seed : int
        The person's seed.
    purpose : str
        What the order is for.

    Returns
    -------
    tuple
        The same values in random order.
    """
    return tuple(values[place] for place in _order(len(values), seed, purpose))


# A page is drawn up several times while it is answered, and a list of choices for each brand.
@lru_cache(maxsize=4096)
def _order(count: int, seed: int, purpose: str) -> tuple[int, ...]:
    return tuple(stream(seed, purpose).permutation(count).tolist())


def entry_order(instrument: Instrument, seed: int) -> tuple[int, ...]:
    """Order the pages and the loop of a questionnaire for one person.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.
    seed : int
        The person's seed.

    Returns
    -------
    tuple of int
        Places in the file, in the order asked; those of shuffled blocks change places.
    """
    order = list(range(len(instrument.pages)))
    place = {entry.loop if isinstance(entry, Loop) else entry.page: at for at, entry in enumerate(instrument.pages)}
    for number, shuffle in enumerate(instrument.shuffle):
        blocks = [[place[name] for name in block if name in place] for block in shuffle.blocks]
        moved = [at for block in shuffled(blocks, seed, f"blocks:{number}") for at in block]
        first = min(moved, default=0)
        order[first : first + len(moved)] = moved
    return tuple(order)


def best_worst_sets(
    values: Sequence[_Value], show: int, sets: int, seed: int, purpose: str
) -> list[tuple[_Value, ...]]:
    """Deal values into sets, each value as often as any other or once more.

    Parameters
    ----------
    values : sequence
        What is dealt out.
    show : int
        How many stand in a set; no set holds one twice.
    sets : int
        How many sets there are.
    seed : int
        The person's seed.
    purpose : str
        What the sets are for.

    Returns
    -------
    list of tuple
        The sets in the order shown.
    """
    dealt: list[list[int]] = []
    waiting: list[int] = []
    for number in range(sets):
        later: list[int] = []
        chosen: list[int] = []
        while len(chosen) < min(show, len(values)):
            if not waiting:
                waiting = list(shuffled(range(len(values)), seed, f"{purpose}:{number}:{len(chosen)}"))
            place = waiting.pop(0)
            (later if place in chosen else chosen).append(place)
        waiting = later + waiting
        dealt.append(chosen)
    return [tuple(values[place] for place in chosen) for chosen in dealt]


def draw_person(
    instrument: Instrument, seed: int, turn: int | None = None, known: Mapping[str, Answer] | None = None
) -> Draw:
    """Draw what is decided before the first page.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.
    seed : int
        The person's seed, not negative.
    turn : int, optional
        How many began before: sets of the planned-missing design are then shown equally often, each choice of sets
        once in a random order before any comes again. Without it they are left to chance.
    known : mapping of str to Answer, optional
        What is known of the person already.

    Returns
    -------
    Draw
        Sets, chances and what is known; no brands yet.
    """
    design = instrument.planned_missing
    return Draw(
        seed=seed,
        sets=_sets(design, seed, turn) if design else (),
        chances={
            name: bool(stream(seed, f"chance:{name}").random() < share) for name, share in instrument.chances.items()
        },
        known=dict(known or {}),
    )


def _sets(design: PlannedMissing, seed: int, turn: int | None) -> tuple[str, ...]:
    """The sets that a person is shown, in the order of the design."""
    if turn is None:
        shown = shuffled(design.sets, seed, "sets")[: design.show]
    else:
        forms = list(combinations(design.sets, design.show))
        block, place = divmod(turn, len(forms))
        shown = shuffled(forms, block, "forms")[place]
    return tuple(name for name in design.sets if name in shown)


def draw_brands(instrument: Instrument, draw: Draw, eligible: Sequence[str], chosen: Sequence[str]) -> Draw:
    """Add assigned brands, and draw the rules that each of them is asked about.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.
    draw : Draw
        The draw so far.
    eligible : sequence of str
        The brands that could have been chosen.
    chosen : sequence of str
        The brands that were, none of them in the draw yet.

    Returns
    -------
    Draw
        A draw with these brands at the end.
    """
    experience, importance = dict(draw.experience), dict(draw.importance)
    if instrument.rules:
        for brand in chosen:
            experience[brand], importance[brand] = _rule_subsets(instrument.rules, draw.seed, brand)
    lots = {brand: float(stream(draw.seed, f"lot:{brand}").random()) for brand in chosen}
    return replace(
        draw,
        brands=(*draw.brands, *chosen),
        eligible=tuple(eligible),
        experience=experience,
        importance=importance,
        lots={**draw.lots, **lots},
    )


def _rule_subsets(battery: RuleBattery, seed: int, brand: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Rules asked as kept or broken, and as important; `shared` of them are in both."""
    rules = shuffled([rule.name for rule in battery.rules], seed, f"rules:{brand}")
    experience, others = rules[: battery.experience_shown], rules[battery.experience_shown :]
    important = experience[: battery.shared] + others[: battery.importance_shown - battery.shared]
    return (
        shuffled(experience, seed, f"experience:{brand}"),
        shuffled(important, seed, f"importance:{brand}"),
    )
