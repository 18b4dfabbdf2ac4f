"""Which brands a respondent is asked about, and the weight that undoes it: pure, from counts; draws and stores nothing.

The least filled brand comes first, ratings under way counted in; of equally filled ones the one whose pairs were rated
least often, and of the orders the one whose positions were met least often.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

# Up to here all orders are looked at; of more brands each position takes the one that was there least often.
ORDERS_OF = 5
# Cells with fewer persons have no share of their own: the whole time stands in, then all countries, then the draw.
FEWEST_IN_CELL = 30

Pair = tuple[str, str]


@dataclass(frozen=True)
class Balance:
    """What is to be even besides the brands' fills.

    `boosts` say how many times as many ratings a brand shall get, `pairs` how often two brands were rated by one
    person (keys in alphabetical order), `places` how often a brand was at a position, `first` is the next position.
    """

    boosts: Mapping[str, float] = field(default_factory=dict)
    pairs: Mapping[Pair, int] = field(default_factory=dict)
    places: Mapping[tuple[str, int], int] = field(default_factory=dict)
    first: int = 1


@dataclass(frozen=True)
class BrandDraw:
    """One person's draw: where and when, the brands that could be given, tier by tier, and those that were."""

    country: str
    period: str
    tiers: Sequence[Sequence[str]]
    given: Sequence[str]


def pair_of(one: str, other: str) -> Pair:
    """Return the key of a pair, the same whichever is named first."""
    return (one, other) if one <= other else (other, one)


def choose_brands(
    tiers: Sequence[Sequence[str]],
    fills: Mapping[str, int],
    n: int,
    seed: int,
    *,
    balance: Balance | None = None,
    given: Sequence[str] = (),
) -> tuple[str, ...]:
    """Choose `n` brands in the order of rating, those of the first tier before those of the next.

    `given` are the brands that this person rates already. Equal brands come in an order that is random from sitting
    to sitting and fixed by a sitting's seed.
    """
    balance = balance or Balance()
    chosen: list[str] = []
    for tier in tiers:
        waiting = [brand for brand in dict.fromkeys(tier) if brand not in chosen]
        of_tier: list[str] = []
        while waiting and len(chosen) + len(of_tier) < n:
            brand = _next(waiting, fills, balance, (*given, *chosen, *of_tier), seed)
            waiting.remove(brand)
            of_tier.append(brand)
        chosen += _in_order(of_tier, balance.places, balance.first + len(chosen), _ties(seed))
    return tuple(chosen)


def selection_weights(draws: Iterable[BrandDraw]) -> Callable[[BrandDraw, str], float]:
    """Return the weight of a drawn brand: persons who could have been given it ÷ those who were.

    Counted by country, brand, tier and period; brands of a later tier are seldom reached, so each tier has its own.
    Where too few persons were there to count, it is the share that the person's own draw would give every brand.
    """
    could: Counter[tuple[str, ...]] = Counter()
    were: Counter[tuple[str, ...]] = Counter()
    for draw in draws:
        for brand in (brand for tier in draw.tiers for brand in tier):
            for cell in _cells(draw, brand):
                could[cell] += 1
                were[cell] += brand in draw.given

    def weight(draw: BrandDraw, brand: str) -> float:
        for cell in _cells(draw, brand):
            if could[cell] >= FEWEST_IN_CELL and were[cell]:
                return could[cell] / were[cell]
        tier = next((tier for tier in draw.tiers if brand in tier), (brand,))
        return len(tier) / max(sum(given in tier for given in draw.given), 1)

    return weight


def _cells(draw: BrandDraw, brand: str) -> tuple[tuple[str, ...], ...]:
    """Name the cells that a brand of a draw counts in, the narrowest first."""
    tier = next((at for at, tier in enumerate(draw.tiers) if brand in tier), -1)
    everywhere = (brand, str(tier))
    return (*everywhere, draw.country, draw.period), (*everywhere, draw.country), everywhere


def _ties(seed: int) -> Callable[[str], bytes]:
    return lambda brand: hashlib.sha256(f"{seed}:{brand}".encode()).digest()


def _next(waiting: Sequence[str], fills: Mapping[str, int], balance: Balance, beside: Sequence[str], seed: int) -> str:
    """Return the brand to add: the least filled, and of equals the one that was rated least often beside the others."""
    tie = _ties(seed)

    def rank(brand: str) -> tuple[float, int, bytes]:
        load = fills.get(brand, 0) / balance.boosts.get(brand, 1.0)
        return load, sum(balance.pairs.get(pair_of(brand, other), 0) for other in beside), tie(brand)

    return min(waiting, key=rank)


def _in_order(
    brands: Sequence[str], places: Mapping[tuple[str, int], int], first: int, tie: Callable[[str], bytes]
) -> list[str]:
    """Return brands in the order whose positions they have had least often."""
    mixed = sorted(brands, key=tie)
    if not places:
        return list(brands)
    if len(mixed) > ORDERS_OF:
        left, order = mixed, []
        for position in range(first, first + len(mixed)):
            order.append(min(left, key=lambda brand: places.get((brand, position), 0)))
            left = [brand for brand in left if brand != order[-1]]
        return order
    orders = permutations(mixed)
    return list(
        min(orders, key=lambda order: sum(places.get(at, 0) for at in zip(order, range(first, 99), strict=False)))
    )
