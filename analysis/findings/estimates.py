"""Numbers with their uncertainty, and what a reader must know about them."""

from __future__ import annotations

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

FROZEN = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=FROZEN)
class Estimate:
    """A number with its 95 % interval and base; `n` counts ratings unless said otherwise, None: not estimable."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, config=FROZEN)
class Caveat:
    """Something a reader must know; `code` is worded in the reports, `numbers` fill the sentence."""

    code: str
    scope: str
    numbers: dict[str, float | int | str]
