"""The treatment people want against the treatment they get, on closeness and power."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from analysis.findings.estimates import FROZEN, Estimate

MismatchDimension = Literal["closeness", "power"]


@dataclass(frozen=True, config=FROZEN)
class MismatchShares:
    """Desired less experienced treatment on one dimension, for one brand or, `brand` None, all ratings.

    `mean` is in the dimension's own points, positive where more is wanted than given; the shares of ratings beyond
    measurement error and within it (`fulfilled`) add up to 1.
    """

    brand: str | None
    mean: Estimate
    more_wanted: Estimate
    less_wanted: Estimate
    fulfilled: Estimate


@dataclass(frozen=True, config=FROZEN)
class ResponseSurface:
    """What goes with desired (D) and experienced (T) treatment in one outcome, in the outcome's own points.

    Outcome = b0 + b1 D + b2 T + b3 D² + b4 DT + b5 T², D and T in points from the middle of the dimension. Along
    agreement (D = T) the slope is b1 + b2 and the curvature b3 + b4 + b5; along disagreement (D = -T) the slope is
    b1 - b2 and the curvature b3 - b4 + b5: negative where the outcome falls with mismatch in either direction.
    """

    outcome: str
    n: int
    n_persons: int
    r_squared: float
    desired: Estimate
    treated: Estimate
    desired_squared: Estimate
    product: Estimate
    treated_squared: Estimate
    agreement_slope: Estimate
    agreement_curvature: Estimate
    disagreement_slope: Estimate
    disagreement_curvature: Estimate


@dataclass(frozen=True, config=FROZEN)
class MismatchOn:
    """Mismatch on one dimension; differences up to `error` points may be measurement error and count as fulfilled.

    `error` is the standard error of a difference of two picks times the plan's factor; None where no scale measures
    the dimension, so that it could not be estimated.
    """

    dimension: MismatchDimension
    error: float | None
    shares: tuple[MismatchShares, ...]
    surfaces: tuple[ResponseSurface, ...]


@dataclass(frozen=True, config=FROZEN)
class Triple:
    """Ratings with one combination of current, desired and experienced relationship family; wanting is not moving."""

    brand: str | None
    current: str
    desired: str
    treated: str
    n: int
    share: float


@dataclass(frozen=True, config=FROZEN)
class MismatchFindings:
    """Everything on wanted and given treatment; positions of the families are the catalogue's coding."""

    dimensions: tuple[MismatchOn, ...]
    triples: tuple[Triple, ...]
