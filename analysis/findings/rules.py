"""Which rules matter where, what goes with breaking them, and which rules of thumb tell the archetype."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from instruments.model import Texts


@dataclass(frozen=True, config=FROZEN)
class Norm:
    """How much more a rule matters in one archetype than elsewhere (test half, person mean removed).

    `difference` is in standard deviations of importance within archetypes; `p` is against a difference of at most
    `least` either way, `q` the false-discovery rate over all norms.
    """

    rule: str
    archetype: str
    difference: Estimate
    p: float
    q: float
    holds: bool
    least: float = 0.0


@dataclass(frozen=True, config=FROZEN)
class UniversalRule:
    """A rule that matters nearly everywhere: where it does, of the archetypes with enough ratings to tell.

    In those the lower bound of the mean importance is at least `importance`, a share of the way from the least
    to the greatest answer.
    """

    rule: str
    importance: float
    matters_in: tuple[str, ...]
    compared: int


@dataclass(frozen=True, config=FROZEN)
class Reversal:
    """A rule that works one way in some archetypes and the other way in others; every part of it holds."""

    kind: Literal["norm", "dealbreaker"]
    rule: str
    more: tuple[str, ...]
    """Where it matters more, or where breaking it goes with a worse outcome more than elsewhere."""
    less: tuple[str, ...]


@dataclass(frozen=True, config=FROZEN)
class Dealbreaker:
    """What goes with a broken rule over all archetypes: the outcome's difference, broken against kept.

    In standard deviations among like ratings, in the outcome's own direction; all rules jointly, within persons.
    `q` is over all rules of the outcome; of the main outcome only is it a test made once, the rest is `exploratory`.
    """

    rule: str
    outcome: str
    difference: Estimate
    n_broken: int
    p: float
    q: float
    holds: bool
    exploratory: bool = False


@dataclass(frozen=True, config=FROZEN)
class ArchetypeDealbreaker:
    """How much more or less than elsewhere an outcome differs in one archetype where a rule is broken.

    `difference` is the broken rule's difference here less that elsewhere, in standard deviations and in the outcome's
    own direction; `pooled` the same drawn towards 0 as far as such differences are alike (its interval is the prior's
    and the data's together). `worse` says whether breaking it goes with a worse outcome here more than elsewhere.
    `q` is over all archetypes and rules of the outcome.
    """

    rule: str
    archetype: str
    outcome: str
    difference: Estimate
    pooled: Estimate
    n_kept: int
    n_broken: int
    p: float
    q: float
    holds: bool
    worse: bool
    exploratory: bool


@dataclass(frozen=True, config=FROZEN)
class Untested:
    """A rule that too few kept or broke in an archetype, or outside it, to compare the two."""

    rule: str
    archetype: str
    n_kept: int
    n_broken: int


@dataclass(frozen=True, config=FROZEN)
class Condition:
    """One if of a membership rule: a scale, item or pick, and what its answer must be.

    A scale or item is compared with `threshold` in its own range; a pick (`desired`) is or is not the `choice`.
    """

    kind: Literal["scale", "item", "desired"]
    key: str
    comparison: Literal["at_least", "below", "is", "is_not"]
    threshold: float | None = None
    choice: str | None = None


@dataclass(frozen=True, config=FROZEN)
class MembershipRule:
    """If all conditions hold and no rule before it applies, the archetype; without conditions: in all other cases.

    Learned on one half of the persons, its figures are those of the other: `coverage` is the share of ratings it speaks
    of, `precision` the share of those it is right about, `recall` the share of the archetype's ratings that it finds.
    """

    archetype: str
    conditions: tuple[Condition, ...]
    coverage: Estimate
    precision: Estimate
    recall: Estimate


@dataclass(frozen=True, config=FROZEN)
class MembershipRules:
    """A short list of membership rules, read from the first to the last: the first that applies tells the archetype.

    `accuracy` is the share told right in the test half, `baseline` that of always naming the largest archetype;
    `cross_validated` is the accuracy expected from the learning half, persons left out together.
    """

    rules: tuple[MembershipRule, ...]
    accuracy: Estimate
    baseline: Estimate
    cross_validated: float


@dataclass(frozen=True, config=FROZEN)
class RuleOverview:
    """One rule over the whole sample: its mean importance, and how often it was broken where it arose."""

    rule: str
    label: Texts
    short: Texts
    family: str
    importance: Estimate
    broken: Estimate


@dataclass(frozen=True, config=FROZEN)
class Rules:
    """The rules of the sample and of each archetype."""

    importance_range: tuple[float, float] | None
    rules: tuple[RuleOverview, ...]
    norms: tuple[Norm, ...]
    dealbreakers: tuple[Dealbreaker, ...]
    archetype_dealbreakers: tuple[ArchetypeDealbreaker, ...] = ()
    untested: tuple[Untested, ...] = ()
    """Archetypes and rules left out of `archetype_dealbreakers` of the main outcome."""
    universal: tuple[UniversalRule, ...] = ()
    reversals: tuple[Reversal, ...] = ()
