"""How much it matters that items differ between groups: effect sizes of items and of factor means; it tests nothing."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.numeric.arrays import Booleans, Floats, Integers

# Two-sided bounds of 1 % and 0.1 %.
_PAIR_SIGNIFICANT = float(special.ndtri(0.995))
_SIGNIFICANT = float(special.ndtri(0.9995))
_MOST_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class ItemEffects:
    """Of each group but the first and each item (G - 1, p), what differing loadings and intercepts do to answers.

    ``dmacs``, the typical difference between answers of the group's members and what equally placed members of the
    first group would answer, in standard deviations, at least 0; ``difference``, the same with its sign, on average
    over the group: what the item adds to the group's mean.
    """

    dmacs: Floats
    difference: Floats


def item_effects(
    loadings: Floats, intercepts: Floats, means: Floats, variances: Floats, *, deviations: Floats, rows: Integers
) -> ItemEffects:
    """Compute dMACS of each group against the first.

    Parameters
    ----------
    loadings, intercepts : (G, p) arrays
        Of the items of one factor, on a scale that the groups share.
    means, variances : (G,) arrays
        Of the factor, on that scale.
    deviations : (G, p) array
        Standard deviations of the items.
    rows : (G,) array of int

    Returns
    -------
    ItemEffects

    References
    ----------
    Nye & Drasgow (2011), doi:10.1037/a0022955

    Notes
    -----
    The integral over the factor's normal distribution in closed form; R's ``integrate`` gives the same to 1e-8.
    """
    weight = np.column_stack([np.full(len(rows) - 1, rows[0] - 1), rows[1:] - 1])
    pooled = (weight[:, :1] * deviations[0] + weight[:, 1:] * deviations[1:]) / weight.sum(1, keepdims=True)
    slope = loadings[1:] - loadings[0]
    average = intercepts[1:] - intercepts[0] + slope * means[1:, None]
    size = np.sqrt(average**2 + slope**2 * variances[1:, None])
    return ItemEffects(size / pooled, average / pooled)


def standardised_differences(means: Floats, variances: Floats, rows: Integers) -> Floats:
    """Express each group's factor mean as its distance from the first group's in pooled standard deviations.

    Parameters
    ----------
    means, variances : (G,) arrays
    rows : (G,) array of int

    Returns
    -------
    (G,) array
        The first is 0.

    Notes
    -----
    Checked by hand; R has no function for it.

    References
    ----------
    Cohen (1988), statistical power analysis for the behavioral sciences
    """
    pooled = ((rows[0] - 1) * variances[0] + (rows - 1) * variances) / (rows[0] + rows - 2)
    return np.asarray((means - means[0]) / np.sqrt(pooled))


def differing_groups(values: Floats, errors: Floats, rows: Integers) -> Booleans:
    """Find the groups in which an aligned loading or intercept differs from that of the groups that agree.

    Groups that do not differ from the median group (p > .01) agree at first; then groups join, or leave, by whether
    they differ from the weighted mean of those that agree (p < .001), until none does.

    Parameters
    ----------
    values, errors : (G, p) arrays
        Aligned, and their standard errors.
    rows : (G,) array of int

    Returns
    -------
    (G, p) array of bool

    Notes
    -----
    The rule of Mplus's alignment output; R has no counterpart on file. Checked by planted items in forty simulated
    groups.

    References
    ----------
    Asparouhov & Muthén (2014), doi:10.1080/10705511.2014.919210
    """
    return np.column_stack([_differing(*column, rows) for column in zip(values.T, errors.T, strict=True)])


def _differing(values: Floats, errors: Floats, rows: Integers) -> Booleans:
    """One loading or intercept of all groups (G,)."""
    middle = int(np.argsort(values, kind="stable")[len(values) // 2])
    agree = np.abs(values - values[middle]) <= _PAIR_SIGNIFICANT * np.hypot(errors, errors[middle])
    for _ in range(_MOST_ROUNDS):
        share = np.where(agree, rows, 0) / rows[agree].sum()
        # a group's own part in the mean does not count towards its distance from it
        spread = (1 - 2 * share) * errors**2 + share**2 @ errors**2
        now = np.abs(values - share @ values) <= _SIGNIFICANT * np.sqrt(spread)
        if not now.any() or (now == agree).all():
            break
        agree = now
    return np.asarray(~agree)
