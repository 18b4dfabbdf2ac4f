"""How far the archetypes depend on the method, and what they keep of what was known before."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate

OtherMethod = Literal["ward", "kmeans", "mixture", "reduced_kmeans", "items", "person_centred", "within_country"]
Segmentation = Literal["archetypes", "scores", "demographic", "behavioural", "value"]


@dataclass(frozen=True, config=FROZEN)
class OtherGrouping:
    """The same ratings grouped in another way, into as many groups, learned on the same half of the persons.

    `agreement` is the adjusted Rand index with the archetypes, 1 where both are the same and 0 as by chance; `family`
    names a mixture's covariances.
    """

    method: OtherMethod
    agreement: Estimate
    family: str | None = None


@dataclass(frozen=True, config=FROZEN)
class ExplainedOutcome:
    """Share of an outcome's variance that a segmentation predicts for persons it was not fitted on, in the test half.

    At most 1, below 0 where predictions are worse than the mean; `segments` is None for scores, which have none.
    """

    outcome: str
    by: Segmentation
    segments: int | None
    share: Estimate


@dataclass(frozen=True, config=FROZEN)
class Robustness:
    """Checks of the archetypes; `outcomes_from` says whether outcomes come from the same questionnaire.

    Only outcomes from elsewhere or later can show that one segmentation is superior.
    """

    groupings: tuple[OtherGrouping, ...]
    explained: tuple[ExplainedOutcome, ...]
    outcomes_from: Literal["same_questionnaire"] = "same_questionnaire"
