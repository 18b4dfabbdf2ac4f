"""Which brands a respondent is asked about: a pure choice from counts; stores nothing and draws no number itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence


def choose_brands(tiers: Sequence[Sequence[str]], fills: Mapping[str, int], n: int, seed: int) -> tuple[str, ...]:
    """Choose `n` brands, those of the first tier before those of the next and the least filled first in each.

    Equally filled brands come in an order that is random from sitting to sitting and fixed by a sitting's seed.
    """

    def rank(brand: str) -> tuple[int, bytes]:
        return fills.get(brand, 0), hashlib.sha256(f"{seed}:{brand}".encode()).digest()

    ordered = [brand for tier in tiers for brand in sorted(tier, key=rank)]
    return tuple(dict.fromkeys(ordered))[:n]
