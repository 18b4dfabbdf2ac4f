"""Tests of one covariance model against a wider one of the same data; it fits neither."""

from dataclasses import dataclass

import numpy as np
from scipy import special
from scipy.linalg import null_space

from analysis.errors import AnalysisError
from analysis.numeric.covariance_fit import ModelFit
from analysis.numeric.covariance_ordinal import WeightedLeastSquares
from analysis.numeric.covariance_ordinal_fit import ShiftedTest


@dataclass(frozen=True)
class DifferenceTest:
    """Chi-square of what a model restricts beyond a wider one.

    ``statistic``, ``dof``, ``p_value``; ``scaling``, what the plain difference was divided by (1: nothing).
    The statistic is NaN where the scaling came out negative, as it can in small samples.
    """

    statistic: float
    dof: int
    p_value: float
    scaling: float


def likelihood_difference(narrow: ModelFit, wide: ModelFit) -> DifferenceTest:
    """Test a model estimated by maximum likelihood against a wider one.

    Parameters
    ----------
    narrow, wide : ModelFit
        Both with robust scaling, or both without.

    Returns
    -------
    DifferenceTest

    Raises
    ------
    AnalysisError
        ``not_nested``: the narrow model has no more degrees of freedom than the wide one.

    References
    ----------
    Satorra & Bentler (2001), doi:10.1007/BF02296192

    Notes
    -----
    ``lavaan::lavTestLRT``, with scaling ``method = "satorra.bentler.2001"``, to 1e-5.
    """
    dof = _more_degrees(narrow.standard.dof, wide.standard.dof)
    scaling = 1.0
    if narrow.scaled is not None:
        scaling = (narrow.scaling * narrow.standard.dof - wide.scaling * wide.standard.dof) / dof
    statistic = (narrow.standard.chi2 - wide.standard.chi2) / scaling if scaling > 0 else np.nan
    return DifferenceTest(statistic, dof, float(special.chdtrc(dof, max(statistic, 0.0))), scaling)


def shifted_difference(narrow: WeightedLeastSquares, wide: WeightedLeastSquares) -> DifferenceTest:
    """Test a model of ordinal items against a wider one.

    Parameters
    ----------
    narrow, wide : WeightedLeastSquares
        Of the same samples.

    Returns
    -------
    DifferenceTest

    Raises
    ------
    AnalysisError
        ``not_nested``.

    References
    ----------
    Satorra (2000), doi:10.1007/978-1-4615-4603-0_17; Asparouhov & Muthén (2010)

    Notes
    -----
    ``lavaan::lavTestLRT(method = "satorra.2000", scaled.shifted = TRUE)``, to 1e-4.
    """
    dof = _more_degrees(narrow.dof, wide.dof)
    # directions in the wide model's parameters that the narrow model closes
    reached = np.linalg.pinv(wide.slopes) @ narrow.slopes
    closed = null_space(reached.T).T
    inverse = wide.inverse_information
    projected = inverse @ closed.T @ np.linalg.pinv(closed @ inverse @ closed.T) @ closed @ inverse
    weighed = wide.weight[:, None] * wide.slopes
    spread = (weighed.T @ wide.spread_times @ weighed) @ projected
    test = ShiftedTest.of(narrow.chi2 - wide.chi2, dof, float(np.trace(spread)), float(np.sum(spread * spread.T)))
    return DifferenceTest(test.tested.chi2, dof, test.tested.p_value, test.scaling)


def _more_degrees(narrow: float, wide: float) -> int:
    """Degrees of freedom that a narrow model has more than a wide one."""
    if (dof := int(narrow - wide)) < 1:
        raise AnalysisError(
            "not_nested",
            f"A model with {narrow:g} degrees of freedom cannot be tested against one with {wide:g}. "
            "The first must restrict the second.",
            narrow=narrow,
            wide=wide,
        )
    return dof
