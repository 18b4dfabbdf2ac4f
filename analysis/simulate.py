"""Invented respondents with a known truth, who answer an interview screen by screen; always labelled as simulated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from instruments.catalogue import DIMENSIONS, Catalogue, Relationship
from instruments.interview import Asked, Block, Screen
from instruments.measures import measures_of_instrument
from instruments.model import Code, Instrument
from instruments.screens import JOINT
from instruments.study_file import Brand

# The relationships that invented respondents have, by catalogue number, with their shares in the population.
TRUE_SHARES = {6: 0.20, 3: 0.25, 9: 0.16, 12: 0.14, 24: 0.13, 15: 0.12}
# Rule families that matter more to people in each of them, in scale points.
TRUE_NORMS = {6: "care", 3: "fairness", 9: "identity", 12: "respect", 24: "voice", 15: "freedom"}
NORM_SIZE = 1.0
# What they would rather have when the relationship is not as they want it.
TRUE_WISHES = {6: 8, 3: 4, 9: 5, 12: 5, 24: 3, 15: 6}
AS_WANTED = {6: 0.9, 3: 0.6, 9: 0.6, 12: 0.25, 24: 0.1, 15: 0.8}

# Spread of persons and of ratings around a relationship's position, as a share of the dimension's range; then that of
# answering style and of single answers, in scale points.
PERSON_SD = 0.07
RATING_SD = 0.07
STYLE_SD = 0.30
ITEM_SD = 1.20
# How much less goodwill a broken rule leaves: any rule, and one of the family that matters most in the relationship.
HURT, HURT_MOST = 0.35, 0.9
# Respondents who answer without reading, at a second for each question.
CARELESS_SHARE = 0.05
CARELESS_SECONDS = 0.8
REMARKS = {
    "en": "[simulated answer] They should listen before they sell.",
    "zh": "【模拟回答】希望他们先倾听，再推销。",
    "de": "[simulierte Antwort] Erst zuhören, dann verkaufen.",
    "es": "[respuesta simulada] Que escuchen antes de vender.",
}


@dataclass(frozen=True)
class SimulatedRating:
    """The truth behind one rating: the relationship, the position, the broken rules and how good it is."""

    relationship: Relationship
    position: dict[str, float]
    wanted: Relationship
    as_wanted: bool
    treated: str
    broken: frozenset[str]
    never_arose: frozenset[str]
    goodwill: float


class Population:
    """Invented respondents of one study; the same seed gives the same people.

    Parameters
    ----------
    instrument : Instrument
        What they are asked.
    brands : tuple of Brand
        The brands they know; each has a mix of relationships and two rules it often breaks.
    catalogue : Catalogue
        Where the positions of their relationships come from.
    seed : int
        Non-negative.
    """

    def __init__(self, instrument: Instrument, brands: tuple[Brand, ...], catalogue: Catalogue, seed: int) -> None:
        self.instrument, self.brands, self.catalogue, self.seed = instrument, brands, catalogue, seed
        self.measures = measures_of_instrument(instrument, brands)
        self.entries = {entry.number: entry for entry in catalogue.relationships}
        rng = np.random.default_rng([seed, 0])
        base = np.array(list(TRUE_SHARES.values()))
        self.mixes = {brand.key: rng.dirichlet(base * 12) for brand in brands}
        self.popularity = {brand.key: rng.uniform(0.45, 0.9) for brand in brands}
        rules = [rule.key for rule in self.measures.rules]
        self.weak_rules = {brand.key: set(rng.choice(rules, 2, replace=False)) if rules else set() for brand in brands}

    def respondent(self, number: int) -> SimulatedRespondent:
        """The respondent of this number, the same however many are asked for.

        Parameters
        ----------
        number : int
            From 0.

        Returns
        -------
        SimulatedRespondent
        """
        return SimulatedRespondent(self, np.random.default_rng([self.seed, 1, number]))

    @cached_property
    def scale_of(self) -> dict[str, tuple[str | None, bool, float, float]]:
        """For each scale item its dimension, whether it is reversed, and its range."""
        return {
            name: (scale.dimension, name in scale.reversed, scale.low, scale.high)
            for scale in self.measures.scales
            for name in scale.columns
        }

    @cached_property
    def outcome_of(self) -> dict[str, tuple[bool, float, float]]:
        """For each outcome item whether more is better, and its range."""
        return {o.columns[0]: (o.better == "high", o.low, o.high) for o in self.measures.outcomes}

    @cached_property
    def rule_family(self) -> dict[str, str]:
        """The family of each rule."""
        return {rule.key: rule.family for rule in self.measures.rules}


class SimulatedRespondent:
    """One invented person; answers any screen of the interview with values a browser could post."""

    def __init__(self, population: Population, rng: np.random.Generator) -> None:
        self.population, self.rng = population, rng
        languages = population.instrument.languages
        self.language = languages[int(rng.integers(len(languages)))]
        self.style = float(rng.normal(0, STYLE_SD))
        self.leaning = {d: float(rng.normal(0, PERSON_SD * (high - low))) for d, (low, high) in DIMENSIONS.items()}
        self.demanding = float(rng.normal(0, 0.5))
        self.careless = bool(rng.random() < CARELESS_SHARE)
        self.ratings: dict[str, SimulatedRating] = {}

    def answer(self, screen: Screen) -> dict[str, list[str]]:
        """Post values by variable for every question of a screen.

        Parameters
        ----------
        screen : Screen

        Returns
        -------
        mapping of str to list of str
        """
        posted: dict[str, list[str]] = {}
        for block in screen.blocks:
            if block.kind in JOINT:
                posted |= self._together(block)
            else:
                asked = (question for question in block.asked if question.type != "note")
                posted |= {question.variable: self._values(question, screen.brand) for question in asked}
        return posted

    def seconds(self, screen: Screen) -> float:
        """How long the screen took, in seconds.

        Parameters
        ----------
        screen : Screen

        Returns
        -------
        float
            Above 0.
        """
        n = sum(len(block.asked) for block in screen.blocks)
        return float(n * (CARELESS_SECONDS if self.careless else self.rng.lognormal(1.5, 0.3)))

    def rating(self, brand: str) -> SimulatedRating:
        """The truth behind this person's answers about a brand, made on first sight.

        Parameters
        ----------
        brand : str

        Returns
        -------
        SimulatedRating
        """
        if brand not in self.ratings:
            self.ratings[brand] = self._make_rating(brand)
        return self.ratings[brand]

    def _make_rating(self, brand: str) -> SimulatedRating:
        population, rng = self.population, self.rng
        number = list(TRUE_SHARES)[int(rng.choice(len(TRUE_SHARES), p=population.mixes[brand]))]
        entry = population.entries[number]
        position = {d: self._place(entry, d) for d in DIMENSIONS}
        as_wanted = bool(rng.random() < AS_WANTED[number])
        wanted = entry if as_wanted else population.entries[TRUE_WISHES[number]]
        rules = population.rule_family
        weak = population.weak_rules[brand]
        broken = frozenset(rule for rule in rules if rng.random() < (0.45 if rule in weak else 0.12))
        never = frozenset(rule for rule in rules if rule not in broken and rng.random() < 0.2)
        hurt = sum(HURT_MOST if rules[rule] == TRUE_NORMS[number] else HURT for rule in broken)
        goodwill = position["warm"] - position["cold"] - hurt + HURT_MOST + rng.normal(0, 0.6)
        treated = entry.family if rng.random() < 0.6 else "practical"
        return SimulatedRating(entry, position, wanted, as_wanted, treated, broken, never, float(goodwill))

    def _place(self, entry: Relationship, dimension: str) -> float:
        known = getattr(entry.position, dimension)
        low, high = DIMENSIONS[dimension]
        centre = (low + high) / 2 if known is None else known
        return float(centre + self.leaning[dimension] + self.rng.normal(0, RATING_SD * (high - low)))

    def _values(self, question: Asked, brand: str | None) -> list[str]:
        name = question.variable.partition("@")[0]
        code = self._rated(name, brand) if brand and not self.careless else None
        if code is None:
            return self._unrated(name, question)
        offered = {str(choice.code) for choice in question.choices}
        return [str(code)] if not offered or str(code) in offered else self._unrated(name, question)

    def _rated(self, name: str, brand: str) -> Code | None:
        """The answer that follows from the truth of a rating; None where nothing follows."""
        truth, population = self.rating(brand), self.population
        if name in population.scale_of:
            return self._item(truth, *population.scale_of[name])
        if name in population.outcome_of:
            return self._outcome(truth, *population.outcome_of[name])
        kind, _, rule = name.partition("_")
        if rule in population.rule_family:
            return self._importance(truth, rule) if kind == "imp" else self._experience(truth, rule)
        return self._picked(truth, name)

    def _item(self, truth: SimulatedRating, dimension: str | None, reverse: bool, low: float, high: float) -> int:  # noqa: FBT001
        start, end = DIMENSIONS[dimension] if dimension else (0, 1)
        place = (truth.position[dimension] if dimension else 0.5) - start
        value = low + (high - low) * place / (end - start)
        value = low + high - value if reverse else value
        return _nearest(value + self.style + self.rng.normal(0, ITEM_SD), low, high)

    def _outcome(self, truth: SimulatedRating, more_is_better: bool, low: float, high: float) -> int:  # noqa: FBT001
        sign = 1 if more_is_better else -1
        value = (low + high) / 2 + sign * (high - low) / 5 * (truth.goodwill + self.rng.normal(0, 0.5))
        return _nearest(value, low, high)

    def _importance(self, truth: SimulatedRating, rule: str) -> int:
        low, high = self.population.measures.importance_range or (1, 5)
        matters = self.population.rule_family[rule] == TRUE_NORMS[truth.relationship.number]
        value = (low + high) / 2 + 0.3 + self.demanding + NORM_SIZE * matters + self.rng.normal(0, 0.8)
        return _nearest(value, low, high)

    def _experience(self, truth: SimulatedRating, rule: str) -> Code:
        codes = self.population.measures.experience
        assert codes is not None, "a rule's experience is asked only where its codes are known"  # noqa: S101
        if rule in truth.broken:
            return codes.broken
        return codes.never_arose if rule in truth.never_arose else codes.kept

    def _picked(self, truth: SimulatedRating, name: str) -> Code | None:
        picks = self.population.measures.picks
        answers: dict[str | None, Code] = {
            picks.current_family: truth.relationship.family,
            picks.current_relationship: truth.relationship.key,
            picks.as_wanted: picks.as_wanted_code if truth.as_wanted else 2,
            picks.desired_family: truth.wanted.family,
            picks.desired_relationship: truth.wanted.key,
            picks.treated_family: truth.treated,
        }
        return answers.get(name)

    def _unrated(self, name: str, question: Asked) -> list[str]:
        if question.type == "text":
            return [REMARKS[self.language]] if question.required or self.rng.random() < 0.2 else [""]
        if question.type in ("integer", "decimal", "range"):
            return [str(self._age() if name == "age" else self._number(question))]
        if question.type == "date":
            return [self._day(question)]
        if question.attention is not None and not self.careless:
            return [str(question.attention)]
        if question.type == "select_multiple":
            return self._several(question)
        codes = [choice.code for choice in question.choices if not choice.missing]
        return [str(codes[0] if question.type == "consent" and codes else self._one(codes))] if codes else ["1"]

    def _together(self, block: Block) -> dict[str, list[str]]:
        """Ranks, amounts or extremes at random."""
        asked = [question for question in block.asked if question.type != "shown"]
        if block.kind == "best_worst":
            codes = [choice.code for choice in asked[0].choices]
            given = [str(codes[place]) for place in self.rng.permutation(len(codes))]
        elif block.kind == "rank":
            ranks = self.rng.permutation(len(asked)) + 1
            given = [str(rank) if rank <= (asked[0].max or len(asked)) else "" for rank in ranks]
        else:
            given = list(map(str, self.rng.multinomial(block.total or 0, np.full(len(asked), 1 / len(asked)))))
        return {question.variable: [value] for question, value in zip(asked, given, strict=False)}

    def _one(self, codes: list[Code]) -> Code:
        return codes[int(self.rng.integers(len(codes)))]

    def _several(self, question: Asked) -> list[str]:
        """Some choices, by popularity; one that stands alone where none was taken and one must be."""
        odds = self.population.popularity
        together = [choice.code for choice in question.choices if choice.code not in question.alone]
        taken = [code for code in together if self.rng.random() < odds.get(str(code), 0.3)]
        if taken or not question.required:
            return [str(code) for code in taken[: question.max]]
        alone = [choice.code for choice in question.choices if choice.code in question.alone and not choice.missing]
        return [str(self._one(alone or together))]

    def _number(self, question: Asked) -> int:
        low = question.min or 0
        steps = ((question.max or low + 10) - low) // question.step
        return low + question.step * int(self.rng.integers(steps + 1))

    def _day(self, question: Asked) -> str:
        latest = date.fromisoformat(question.latest or "2025-12-31")
        earliest = date.fromisoformat(question.earliest) if question.earliest else latest - timedelta(days=3650)
        return (earliest + timedelta(days=int(self.rng.integers((latest - earliest).days + 1)))).isoformat()

    def _age(self) -> int:
        return int(np.clip(self.rng.normal(41, 14), 17, 85))


def _nearest(value: float, low: float, high: float) -> int:
    """The step of a scale that is nearest to a value; for one number much faster than an array's functions."""
    return int(min(max(np.rint(value), low), high))
