"""Findings with all that is needed to name what they speak of; selects and names, computes nothing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from reports.content import ComparedRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analysis.findings import (
        Archetype,
        Archetypes,
        BrandFindings,
        Caveat,
        Comparison,
        Dealbreaker,
        Estimate,
        OutcomeInfo,
        RuleOverview,
        StrategyChoice,
        StudyFindings,
    )
    from analysis.quoting import Quote
    from instruments.catalogue import Catalogue
    from instruments.model import Texts
    from reports.content import Mark
    from reports.planned import PlannedAction
    from reports.wording import Wording

ABOVE, BELOW = "▲", "▼"
_PIPED_BRAND = "${brand}"
_CROSS_REFERENCE = re.compile(r" ?[(（][0-9]+[)）]")
"""The catalogue's number of another relationship, of use beside the catalogue only."""
_LONGEST_KIND, _LONGEST_SHORT = 80, 60
_T = TypeVar("_T")


class BrandMissingError(KeyError):
    """The findings hold no such brand."""

    def __init__(self, key: str, known: Iterable[str]) -> None:
        super().__init__(f"the findings hold no brand {key!r}; they hold {', '.join(known)}")


@dataclass(frozen=True)
class StudySubject:
    """A study's findings in the language they are told in."""

    findings: StudyFindings
    catalogue: Catalogue
    wording: Wording

    def brand_name(self, brand: BrandFindings) -> str:
        """What any brand of the study is called in running text."""
        return self.wording.shortened(self.wording.label(brand.name))

    @property
    def grouped(self) -> bool:
        """Whether there are groups that may be shown: never where the data hold no structure."""
        return self._archetypes is not None and self._archetypes.structure != "none"

    @property
    def alone(self) -> bool:
        """Whether the study has no other brand."""
        return len(self.findings.brands) == 1

    @property
    def primary(self) -> OutcomeInfo | None:
        """The outcome that groups are judged by."""
        outcomes = self.findings.outcomes
        return next((outcome for outcome in outcomes if outcome.primary), outcomes[0] if outcomes else None)

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What a reader must know."""
        return self.findings.caveats

    def threshold(self, name: Literal["suppress_below", "small_below"]) -> int:
        """A base below which numbers are not shown, or are shown grey; the plan states it."""
        return int(self.findings.manifest.plan[name])

    def shown(self, estimate: Estimate) -> bool:
        """Whether the estimate exists and its base is large enough to be shown."""
        return estimate.value is not None and estimate.n >= self.threshold("suppress_below")

    def small(self, estimate: Estimate) -> bool:
        """Whether the estimate's base is small."""
        return estimate.n < self.threshold("small_below")

    def share_cell(self, estimate: Estimate | None) -> str:
        """A share with its interval in brackets, for a table; a dash where its base is too small."""
        if estimate is None or not self.shown(estimate):
            return self.wording.say("number.none")
        value, interval = self.wording.percent(value_of(estimate)), self.wording.share_interval(estimate)
        return self.wording.say("number.with_interval", value=value, interval=interval)

    def archetype(self, key: str) -> str:
        """Name of a group."""
        return self.wording.titled(self.groups[key].label, _LONGEST_KIND)

    def family(self, key: str) -> str:
        """Name of a relationship family or of another answer; a code nobody named stands for itself."""
        names = {family.key: self.wording.label(family.label) for family in self.catalogue.families}
        other = f"pick.{key}"
        return names.get(key) or (self.wording.say(other) if self.wording.knows(other) else key)

    def relationship(self, key: str) -> str:
        """Name of a relationship of the catalogue."""
        return self.wording.label(self.catalogue[key].label)

    def nearest(self, group: str) -> str:
        """Say which relationship of the catalogue is nearest to a group and what that one is like; empty if none is."""
        matches = self.groups[group].matches
        if not matches:
            return ""
        key = matches[0].relationship
        return self.wording.say("persona.nearest", name=self.relationship(key), description=self._description(key))

    def likeness(self, group: str) -> str:
        """Say what the relationship is like that a group bears the name of; other names speak for themselves."""
        matches = self.groups[group].matches
        same = matches and self.relationship(matches[0].relationship) == self.archetype(group)
        return self._description(matches[0].relationship) if same else ""

    def _description(self, relationship: str) -> str:
        return _CROSS_REFERENCE.sub("", self.wording.label(self.catalogue[relationship].description))

    def scale(self, key: str) -> str:
        """Name of a scale."""
        return next(
            self.wording.titled(scale.label, _LONGEST_SHORT) for scale in self.findings.scales if scale.key == key
        )

    def outcome(self, key: str) -> str:
        """Name of an outcome."""
        return self.wording.titled(self.outcomes[key].label, _LONGEST_SHORT)

    def rule(self, key: str) -> str:
        """Short name of a rule."""
        return self.wording.titled(self.rule_overviews[key].short, _LONGEST_SHORT)

    def condition_name(self, kind: str, key: str) -> str:
        """Name of what a rule of thumb asks for: a scale, an item's text, or the pick itself."""
        if kind == "scale":
            return self.scale(key)
        factors = self.findings.factors
        if kind == "item" and factors is not None and key in factors.items:
            text = factors.item_texts[factors.items.index(key)]
            return self.item(text) if text else key
        return self.wording.say("recognise.desired")

    def item(self, text: Texts) -> str:
        """An item's text with a word in the place of the brand it was asked about."""
        return self.wording.label(text).replace(_PIPED_BRAND, self.wording.say("methods.factors.any_brand"))

    def factor(self, key: str) -> str:
        """Name of a factor."""
        factors = self.findings.factors
        if factors is None or key not in factors.factors:
            return key
        return self.wording.label(factors.factor_labels[factors.factors.index(key)])

    @cached_property
    def groups(self) -> dict[str, Archetype]:
        """The archetypes by key."""
        return {group.key: group for group in self._archetypes.archetypes} if self._archetypes else {}

    @cached_property
    def outcomes(self) -> dict[str, OutcomeInfo]:
        """The outcomes by key."""
        return {outcome.key: outcome for outcome in self.findings.outcomes}

    @cached_property
    def rule_overviews(self) -> dict[str, RuleOverview]:
        """The rules of the study by key."""
        return {rule.rule: rule for rule in self.findings.rules.rules} if self.findings.rules else {}

    @cached_property
    def worse_with(self) -> dict[str, Dealbreaker]:
        """For each rule whose breaking holds to go with a worse outcome, the strongest such confirmed finding."""
        found = self.findings.rules.dealbreakers if self.findings.rules else ()
        worse = [deal for deal in found if deal.holds and not deal.exploratory and self._is_worse(deal)]
        return {deal.rule: deal for deal in sorted(worse, key=lambda deal: abs(value_of(deal.difference)))}

    def _is_worse(self, deal: Dealbreaker) -> bool:
        better_high = self.outcomes[deal.outcome].better == "high"
        return deal.difference.value is not None and (deal.difference.value < 0) == better_high

    @property
    def _archetypes(self) -> Archetypes | None:
        return self.findings.archetypes

    def quoted(self, names: Sequence[str]) -> str:
        """Names in quotation marks, listed."""
        return self.wording.listed([self.wording.say("number.quoted", name=name) for name in names])

    def sentences(self, *said: str) -> str:
        """Sentences one after the other, as the language spaces them; empty ones are left out."""
        text = ""
        for sentence in said:
            joined = self.wording.say("number.sentences", first=text, second=sentence)
            text = joined if text and sentence else text or sentence
        return text

    def compared_rows(
        self,
        comparisons: Iterable[Comparison],
        name: Callable[[str], str],
        mark: Callable[[Estimate], Mark | None],
    ) -> tuple[ComparedRow, ...]:
        """Comparisons as rows of a chart; a base too small to be shown leaves a remark."""
        return tuple(self._compared_row(comparison, name, mark) for comparison in comparisons)

    def _compared_row(
        self, comparison: Comparison, name: Callable[[str], str], mark: Callable[[Estimate], Mark | None]
    ) -> ComparedRow:
        own = mark(comparison.brand) if self.shown(comparison.brand) else None
        category = mark(comparison.category) if self.shown(comparison.category) else None
        return ComparedRow(
            label=name(comparison.key),
            own=own,
            category=category,
            differs=comparison.differs and own is not None,
            muted=self.small(comparison.brand),
            remark="" if own else self.wording.say("number.too_few"),
        )

    def compared_alt(self, rows: Iterable[ComparedRow]) -> str:
        """What a comparison shows, in words."""
        said = [_compared_words(self.wording, row) for row in rows if row.own]
        return " ".join(said)


@dataclass(frozen=True)
class Subject(StudySubject):
    """The brand a report is about, in the language it is written in."""

    brand: BrandFindings
    before: BrandFindings | None = None
    """The same brand in the wave before, where its findings were given."""
    quotes: tuple[Quote, ...] = ()
    """What customers of this brand wrote, as far as a researcher agreed to have it quoted."""
    planned: tuple[PlannedAction, ...] = ()
    """What was agreed to be done since, as it stood when this report was made."""

    @property
    def name(self) -> str:
        """What the brand is called in running text; the cover gives names too long for that in full."""
        return self.brand_name(self.brand)

    @property
    def grouped(self) -> bool:
        """Whether there are groups that may be shown: never where the data hold no structure."""
        return self._archetypes is not None and self._archetypes.structure != "none" and bool(self.brand.portfolio)

    @cached_property
    def choices(self) -> dict[str | None, StrategyChoice]:
        """What the rules of thumb chose for each of the brand's groups, and, under None, for the brand as a whole."""
        strategies = self.findings.strategies
        chosen = [choice for choice in strategies.choices if choice.brand == self.brand.key] if strategies else []
        return {choice.archetype: choice for choice in reversed(chosen)}

    @cached_property
    def shares(self) -> tuple[Comparison, ...]:
        """The brand's relationships by group, else by the family that customers picked; greatest share first."""
        chosen = self.brand.portfolio if self.grouped else self.brand.current
        return by_value(chosen, lambda comparison: comparison.brand)

    def share_name(self, key: str) -> str:
        """Name of a part of `shares`."""
        return self.archetype(key) if self.grouped else self.family(key)

    @property
    def basis(self) -> Literal["natural", "constructed", "families"]:
        """What `shares` are shares of."""
        if not self.grouped or self._archetypes is None:
            return "families"
        return "natural" if self._archetypes.structure == "natural" else "constructed"

    def apart(self, comparisons: Iterable[Comparison], *, above: bool) -> list[Comparison]:
        """Comparisons in which the brand is clearly above (or below) the other brands, widest first."""
        clear = [c for c in comparisons if c.differs and c.difference.value is not None and self.shown(c.brand)]
        chosen = [c for c in clear if (value_of(c.difference) > 0) == above]
        return sorted(chosen, key=lambda c: -abs(value_of(c.difference)))

    def direction(self, comparison: Comparison) -> str:
        """A sign for clearly above or below the other brands; empty where there is no clear difference."""
        if not comparison.differs or comparison.difference.value is None:
            return ""
        return ABOVE if comparison.difference.value > 0 else BELOW

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What a reader of this report must know: caveats on the study and on this brand, on no other."""
        others = {brand.key for brand in self.findings.brands} - {self.brand.key}
        return tuple(caveat for caveat in self.findings.caveats if caveat.scope not in others)


def _compared_words(wording: Wording, row: ComparedRow) -> str:
    own = row.own.text if row.own else ""
    if row.category is None:
        return wording.say("chart.single", label=row.label, own=own)
    return wording.say("chart.compared", label=row.label, own=own, category=row.category.text)


def value_of(estimate: Estimate, missing: float = 0.0) -> float:
    """The estimate's value, or `missing` where it could not be estimated."""
    return missing if estimate.value is None else estimate.value


def by_value(items: Iterable[_T], estimate: Callable[[_T], Estimate]) -> tuple[_T, ...]:
    """Items with the greatest estimate first; those without a value last."""
    return tuple(sorted(items, key=lambda item: -value_of(estimate(item), missing=-math.inf)))
