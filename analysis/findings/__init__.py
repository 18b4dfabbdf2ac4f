"""What a study found, as frozen values; one room for each step of the analysis."""

from analysis.findings.archetypes import Archetype, Archetypes, Candidate, Match, Membership, Structure
from analysis.findings.brands import BrandFindings, BrandRule, Comparison, Flow, Mismatch, NonUsers
from analysis.findings.estimates import Caveat, Estimate
from analysis.findings.measurement import Factors, Retention, ScaleReliability
from analysis.findings.rules import Dealbreaker, Norm, RuleOverview, Rules
from analysis.findings.sample import ExclusionStep, Flag, Manifest, OutcomeInfo, Sample, ScaleInfo, StudyInfo
from analysis.findings.study import Absent, StudyFindings

__all__ = [
    "Absent",
    "Archetype",
    "Archetypes",
    "BrandFindings",
    "BrandRule",
    "Candidate",
    "Caveat",
    "Comparison",
    "Dealbreaker",
    "Estimate",
    "ExclusionStep",
    "Factors",
    "Flag",
    "Flow",
    "Manifest",
    "Match",
    "Membership",
    "Mismatch",
    "NonUsers",
    "Norm",
    "OutcomeInfo",
    "Retention",
    "RuleOverview",
    "Rules",
    "Sample",
    "ScaleInfo",
    "ScaleReliability",
    "Structure",
    "StudyFindings",
    "StudyInfo",
]
