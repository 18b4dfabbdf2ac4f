"""Everything a study found: the only thing reports read and the only thing that is saved."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.archetypes import Archetypes
from analysis.findings.brands import BrandFindings
from analysis.findings.competition import Competitor
from analysis.findings.confirmation import Confirmation
from analysis.findings.drivers import Drivers
from analysis.findings.estimates import FROZEN, Caveat
from analysis.findings.feelings import FeelingFindings
from analysis.findings.measurement import Discrimination, Factors, ScaleReliability
from analysis.findings.mismatch import MismatchFindings
from analysis.findings.robustness import Robustness
from analysis.findings.rules import MembershipRules, Rules
from analysis.findings.sample import Manifest, OutcomeInfo, Sample, ScaleInfo, StudyInfo
from analysis.findings.scoring import ScoringModel
from analysis.findings.screening import Screening
from analysis.findings.strategy import Strategies
from analysis.findings.typing_tool import TypingTool
from analysis.findings.typology import Typology
from analysis.findings.value import Value
from analysis.measurement.raking import WeightSection

Absent = Literal["dimensions", "current", "desired", "treated", "rules", "importance", "archetypes"]


@dataclass(frozen=True, config=FROZEN)
class StudyFindings:
    """Everything a report may say. `absent` names what the data cannot support; the report says so in a sentence."""

    schema_version: Literal[1]
    study: StudyInfo
    manifest: Manifest
    sample: Sample
    scales: tuple[ScaleInfo, ...]
    outcomes: tuple[OutcomeInfo, ...]
    reliability: tuple[ScaleReliability, ...]
    factors: Factors | None
    archetypes: Archetypes | None
    rules: Rules | None
    brands: tuple[BrandFindings, ...]
    absent: tuple[Absent, ...]
    caveats: tuple[Caveat, ...]
    screening: Screening | None = None
    typing_tool: TypingTool | None = None
    mismatch: MismatchFindings | None = None
    drivers: Drivers | None = None
    membership: MembershipRules | None = None
    """None without archetypes, or with too few ratings to learn rules of thumb and judge them."""
    discrimination: Discrimination | None = None
    confirmation: Confirmation | None = None
    value: Value | None = None
    strategies: Strategies | None = None
    typology: Typology | None = None
    """None where no scale names a dimension and nobody picked a relationship."""
    robustness: Robustness | None = None
    feelings: FeelingFindings | None = None
    """None where neither warm and cold feelings nor relationships gone wrong were measured."""
    scoring: ScoringModel | None = None
    """What scores the ratings of a later wave as this study scored its own."""
    competitors: tuple[Competitor, ...] = ()
    """Empty where ratings are not weighted back to all who know a brand, or with fewer than three brands."""
    weighting: WeightSection | None = None
    """Of the persons analysed; raked where the plan states a population."""
