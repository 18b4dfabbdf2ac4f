"""Values from which the estimation of a covariance model starts; they need not be good, only inside."""

from collections.abc import Sequence

import numpy as np

from analysis.numeric.arrays import Floats
from analysis.numeric.covariance import FIXED, CovarianceModel, Kind

SHARE = 0.5


def starting_values(model: CovarianceModel, covariances: Sequence[Floats], means: Sequence[Floats]) -> Floats:
    """Choose values for the free parameters that no one chose.

    Parameters
    ----------
    model : CovarianceModel
    covariances : sequence of G (p, p) arrays
    means : sequence of G (p,) arrays

    Returns
    -------
    (q,) array
        Each variable is half explained; factors do not covary; equal cells start from their average.
    """
    values = model.value.copy()
    for group in range(model.groups):
        cells = np.flatnonzero((model.group == group) & np.isnan(model.value))
        chosen = _for_group(model, group, covariances[group], means[group])
        values[cells] = chosen[cells]
    free = model.parameter != FIXED
    count = np.bincount(model.parameter[free], minlength=model.parameters)
    return np.bincount(model.parameter[free], weights=values[free], minlength=model.parameters) / count


def _for_group(model: CovarianceModel, group: int, covariance: Floats, means: Floats) -> Floats:
    """One value for every cell (c,) from one group's moments."""
    p = model.items
    here = model.group == group
    paths, signs = _paths(model, group)
    size, sign = _sizes(model, group, paths, covariance)
    explained = np.asarray(paths.any(1))
    chosen = np.where(model.kind == Kind.SCALE, 1.0, 0.0)
    path = here & (model.kind == Kind.PATH)
    left, right = model.left[path], model.right[path]
    chosen[path] = sign[left] * sign[right] * signs[right] * np.sqrt(SHARE * size[left] / size[right])
    variance = here & (model.kind == Kind.COVARIANCE) & (model.left == model.right)
    variable = model.left[variance]
    chosen[variance] = size[variable] * np.where(explained[variable], 1 - SHARE, 1.0)
    mean = here & (model.kind == Kind.MEAN) & (model.left < p)
    chosen[mean] = means[model.left[mean]]
    return chosen


def _paths(model: CovarianceModel, group: int) -> tuple[Floats, Floats]:
    """Which variable depends on which (v, v), and the sign (v,) of each factor's fixed loading, if any."""
    v = model.items + model.factors
    depends, signs = np.zeros((v, v)), np.ones(v)
    cells = np.flatnonzero((model.group == group) & (model.kind == Kind.PATH))
    depends[model.left[cells], model.right[cells]] = 1.0
    fixed = cells[(model.parameter[cells] == FIXED) & (model.value[cells] != 0)]
    signs[model.right[fixed]] = np.sign(model.value[fixed])
    return depends, signs


def _sizes(model: CovarianceModel, group: int, depends: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Guess each variable's variance, and its direction relative to the first that depends on its factor."""
    p, v = model.items, model.items + model.factors
    size = np.ones(v)
    size[:p] = np.diag(covariance)
    sign, first = np.ones(v), np.arange(v)
    fixed = (model.group == group) & (model.parameter == FIXED)
    spreads = np.flatnonzero(fixed & (model.kind == Kind.COVARIANCE) & (model.left == model.right))
    markers = np.flatnonzero(fixed & (model.kind == Kind.PATH) & (model.value != 0))
    for factor in range(p, v):
        effects = np.flatnonzero(depends[:, factor])
        spread = spreads[model.left[spreads] == factor]
        marker = markers[model.right[markers] == factor]
        if len(spread):
            size[factor] = model.value[spread[0]] / (SHARE if depends[factor].any() else 1.0)
        elif len(marker):
            size[factor] = SHARE * size[model.left[marker[0]]] / model.value[marker[0]] ** 2
        reference = first[int(model.left[marker[0]])] if len(marker) else first[effects[0]] if len(effects) else 0
        first[factor] = reference
        items = effects[effects < p]
        if reference < p:
            new = items[sign[items] == 1.0]
            sign[new] = np.where(covariance[reference, new] < 0, -1.0, 1.0)
    return size, sign
