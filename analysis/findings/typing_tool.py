"""The few questions that tell a person's archetype, how well they do it, and the frozen functions that do it."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate
from instruments.model import Texts


@dataclass(frozen=True, config=FROZEN)
class TypingQuestion:
    """One golden question, answered from `low` to `high`; the functions take the answer as it was given."""

    item: str
    text: Texts
    low: float
    high: float


@dataclass(frozen=True, config=FROZEN)
class TypingModel:
    """Classification functions in whole numbers, so that every program computes the same.

    The score of archetype a is `constants[a] + Σ coefficients[a][q] · answer[q]`; the greatest wins, the first of
    equals. Differences of scores divided by `scale` are log odds. Where the second is less than `unsure_below` behind,
    the answer is "unsure". `version` is a digest of all the rest.
    """

    version: str
    study: str
    simulated: bool
    archetypes: tuple[str, ...]
    labels: tuple[Texts, ...]
    questions: tuple[TypingQuestion, ...]
    constants: tuple[int, ...]
    coefficients: tuple[tuple[int, ...], ...]
    scale: int
    unsure_below: int


@dataclass(frozen=True, config=FROZEN)
class TypedArchetype:
    """How well one archetype is told: the share of its members found, and the share of those named who belong."""

    archetype: str
    sensitivity: Estimate
    predictive_value: Estimate


@dataclass(frozen=True, config=FROZEN)
class QuestionCount:
    """Held-out accuracy (0 to 1) with so many questions, on `n` ratings that answered all of them."""

    questions: int
    accuracy: float
    n: int


@dataclass(frozen=True, config=FROZEN)
class CalibrationBand:
    """Ratings whose stated probability lies in a band: its mean beside the share that was right (0 to 1)."""

    low: float
    high: float
    stated: float
    right: float
    n: int


@dataclass(frozen=True, config=FROZEN)
class TypingTool:
    """The tool and its accuracy on persons who had no part in making it.

    In every fold archetypes are learned and questions chosen anew from the other persons. `relearned` is the
    agreement of those archetypes with the study's own: how far they depend on who happened to be asked. `retest` is
    the agreement of a later wave with this one, None where there is none. `confusion` counts held-out ratings,
    archetype × typed as.
    """

    model: TypingModel
    folds: int
    accuracy: Estimate
    accuracy_when_sure: Estimate
    share_sure: Estimate
    majority: Estimate
    kappa: Estimate
    relearned: Estimate
    retest: Estimate | None
    by_archetype: tuple[TypedArchetype, ...]
    by_count: tuple[QuestionCount, ...]
    calibration: tuple[CalibrationBand, ...]
    calibration_error: float
    confusion: tuple[tuple[int, ...], ...]
