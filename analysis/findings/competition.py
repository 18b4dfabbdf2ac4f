"""How many relationships each brand has of all in the study, and the role among its rivals that follows."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate

CompetitorRole = Literal["leader", "challenger", "niche", "follower"]


@dataclass(frozen=True, config=FROZEN)
class Competitor:
    """One brand's share of all relationships (0 to 1, ratings weighted back to everybody who knows it), and its role.

    The leader has the greatest share; a challenger at least the plan's part of the leader's; a niche brand less, but a
    clearly better primary outcome than all the others; followers are the rest.
    """

    brand: str
    share: Estimate
    role: CompetitorRole
