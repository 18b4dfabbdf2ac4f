"""How many ratings a study needs: precision of shares, power for differences, design effects; looks at no answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()
CONFIDENCE = 0.95
CORRELATION_WITHIN_PERSONS = 0.2
"""Correlation of one person's ratings that is assumed until a pilot has measured it."""
SPREAD_OF_WEIGHTS = 0.55
"""Coefficient of variation of weights that is assumed: a design effect of 1.3."""


def design_effect_of_weights(variation: float) -> float:
    """How many times as many answers weighting takes for the same precision.

    Parameters
    ----------
    variation : float
        Coefficient of variation of the weights, from 0.

    Returns
    -------
    float
        From 1.

    References
    ----------
    Kish, L. (1992). Weighting for unequal Pi. Journal of Official Statistics, 8(2), 183–200.
    """
    return 1 + variation**2


def design_effect_of_clusters(size: float, correlation: float) -> float:
    """How many times as many ratings it takes because one person gives several.

    Parameters
    ----------
    size : float
        Ratings per person, from 1.
    correlation : float
        Intraclass correlation of a person's ratings, 0 to 1.

    Returns
    -------
    float
        From 1. Shares of one brand have none: a person rates it once.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley. Section 5.4.
    """
    return 1 + (size - 1) * correlation


def ratings_for_margin(margin: float, *, share: float = 0.5, design_effect: float = 1.0) -> int:
    """Count the ratings at which a share is known to within a margin.

    Parameters
    ----------
    margin : float
        Half the width of the 95 % interval, above 0; 0.1 is ten points.
    share : float, optional
        The share, 0 to 1; one half needs most.
    design_effect : float, optional
        From 1.

    Returns
    -------
    int
        Ratings of one brand.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques (3rd ed.). Wiley. Section 4.4.
    """
    return math.ceil(design_effect * _two_sided(1 - CONFIDENCE) ** 2 * share * (1 - share) / margin**2)


def margin_of(ratings: float, *, share: float = 0.5, design_effect: float = 1.0) -> float:
    """Tell to within which margin a share is known.

    Parameters
    ----------
    ratings : float
        Ratings of one brand, above 0.
    share, design_effect
        As for `ratings_for_margin`.

    Returns
    -------
    float
        Half the width of the 95 % interval.
    """
    return _two_sided(1 - CONFIDENCE) * math.sqrt(design_effect * share * (1 - share) / ratings)


def power_of_difference(
    difference: float, one: float, other: float, *, alpha: float = 0.05, design_effect: float = 1.0
) -> float:
    """Tell how likely a true difference between the means of two groups is found.

    Parameters
    ----------
    difference : float
        In standard deviations.
    one, other : float
        Ratings in the two groups, above 0.
    alpha : float, optional
        Level of the two-sided test.
    design_effect : float, optional
        From 1.

    Returns
    -------
    float
        Power, alpha to 1.

    References
    ----------
    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences (2nd ed.). Erlbaum. Chapter 2.
    10.4324/9780203771587

    Notes
    -----
    The normal approximation, both tails counted; from 30 ratings a group on, R's `power.t.test` is lower by less
    than .01.
    """
    standard_error = math.sqrt(design_effect * (1 / one + 1 / other))
    shift, limit = abs(difference) / standard_error, _two_sided(alpha)
    return _NORMAL.cdf(shift - limit) + _NORMAL.cdf(-shift - limit)


def difference_found(
    one: float, other: float, *, power: float = 0.8, alpha: float = 0.05, design_effect: float = 1.0
) -> float:
    """Tell how large a difference between two groups must be to be found with a given power.

    Parameters
    ----------
    one, other, alpha, design_effect
        As for `power_of_difference`.
    power : float, optional
        Wanted power, above alpha and below 1.

    Returns
    -------
    float
        In standard deviations; the far tail is neglected.
    """
    standard_error = math.sqrt(design_effect * (1 / one + 1 / other))
    return (_two_sided(alpha) + _NORMAL.inv_cdf(power)) * standard_error


def _two_sided(alpha: float) -> float:
    return _NORMAL.inv_cdf(1 - alpha / 2)


@dataclass(frozen=True)
class FieldPlan:
    """How many completes a study takes, and what they tell apart.

    Parameters
    ----------
    margin : float
        Wanted margin of a share of one brand.
    ratings_per_brand : int
        What that takes, weights counted in.
    completes : int
        Persons who have to finish.
    archetype_difference : float
        The least difference between one archetype and all others, in standard deviations, that is found with 80 %
        power in the half of the persons that archetypes are tested on.
    brand_difference : float
        The least difference between two brands, likewise, among all persons.
    """

    margin: float
    ratings_per_brand: int
    completes: int
    archetype_difference: float
    brand_difference: float


def plan_field(
    brands: int, brands_per_person: float, *, margin: float = 0.1, archetypes: int = 6, reaching: float = 1.0
) -> FieldPlan:
    """Plan the size of a field.

    Parameters
    ----------
    brands : int
        Brands of the study; one that is asked about in several countries counts once for each.
    brands_per_person : float
        Ratings that one person gives, above 0.
    margin : float, optional
        Wanted margin of a share of one brand, as 0.1.
    archetypes : int, optional
        Archetypes of the same size that are expected.
    reaching : float, optional
        Share of completes who rate any brand, above 0 to 1.

    Returns
    -------
    FieldPlan
        Brands are taken to be filled equally, as assignment by least fill does where enough people know them.
    """
    weights = design_effect_of_weights(SPREAD_OF_WEIGHTS)
    each = ratings_for_margin(margin, design_effect=weights)
    completes = math.ceil(brands * each / (brands_per_person * reaching))
    clusters = (
        design_effect_of_clusters(brands_per_person, CORRELATION_WITHIN_PERSONS) if brands_per_person > 1 else 1.0
    )
    tested = brands * each / 2
    archetype = tested / archetypes
    return FieldPlan(
        margin=margin,
        ratings_per_brand=each,
        completes=completes,
        archetype_difference=difference_found(archetype, tested - archetype, design_effect=clusters),
        brand_difference=difference_found(each, each, design_effect=weights),
    )
