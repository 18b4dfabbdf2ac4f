"""What relationships are worth: figures people stated, and money only where the user has put in what it takes."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from instruments.model import ValueRole


@dataclass(frozen=True, config=FROZEN)
class Money:
    """An amount as a range: `low` and `high` from the ends of inputs and interval together, `central` between them."""

    low: float
    central: float
    high: float


@dataclass(frozen=True, config=FROZEN)
class InputEffect:
    """What an amount's centre becomes when one input is at its lower and at its upper end, the others at the centre."""

    input: str
    at_low: float
    at_high: float


@dataclass(frozen=True, config=FROZEN)
class ArchetypeValue:
    """One archetype's customers: what they stated, by role, and what one is worth.

    `stated` holds the means of what was asked (units: see `ValueRole`; "leaving" is a stated chance); `spend_index`
    is yearly spend against the average of all ratings (100). Amounts are for one customer, None without the inputs.
    """

    archetype: str
    stated: dict[ValueRole, Estimate]
    spend_index: Estimate | None
    yearly: Money | None
    over_horizon: Money | None


@dataclass(frozen=True, config=FROZEN)
class Shift:
    """At most so much more per customer over the horizon for moving from one archetype to another.

    It is the difference of their values times the success rate that the user stated.
    """

    origin: str
    destination: str
    at_most: Money


@dataclass(frozen=True, config=FROZEN)
class AvoidableExit:
    """How much likelier people say they will leave after a broken rule, others equal (difference of shares, 0 to 1).

    Any rule counts once for a person; `broken` is the share who had at least one broken.
    """

    broken: Estimate
    more_leaving: Estimate


@dataclass(frozen=True, config=FROZEN)
class BrandValue:
    """One brand's customers and, where the user put in their number, what they are worth.

    `portfolio` is the yearly value of all customers, `at_risk` the yearly revenue of those who would stay if no rule
    had been broken: customers × share broken × more leaving × the factor for stated intent × spend.
    """

    brand: str
    stated: dict[ValueRole, Estimate]
    avoidable_exit: AvoidableExit | None
    portfolio: Money | None
    at_risk: Money | None
    sensitivity: tuple[InputEffect, ...]


@dataclass(frozen=True, config=FROZEN)
class Value:
    """The worth of archetypes and brands; every amount is an estimate from the user's inputs, in `currency`."""

    currency: str
    horizon_years: int
    archetypes: tuple[ArchetypeValue, ...]
    shifts: tuple[Shift, ...]
    brands: tuple[BrandValue, ...]
    avoidable_exit: AvoidableExit | None
    """Over all brands."""
