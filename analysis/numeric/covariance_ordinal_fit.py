"""How well a covariance model of ordinal items fits: mean- and variance-adjusted tests and the indices made of them."""

from dataclasses import dataclass

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Integers
from analysis.numeric.covariance import FIXED, Kind
from analysis.numeric.covariance_fit import ModelFit
from analysis.numeric.covariance_ordinal import OrdinalSample, WeightedLeastSquares
from analysis.numeric.fit_indices import FitIndices, Tested, fit_indices, standardised_residual


@dataclass(frozen=True)
class ShiftedTest:
    """A discrepancy turned into a chi-square of the right mean and variance: ``chi2 / scaling + shift``."""

    discrepancy: float
    dof: int
    scaling: float
    shift: float

    @classmethod
    def of(cls, discrepancy: float, dof: int, trace: float, square_trace: float) -> "ShiftedTest":
        """Adjust a discrepancy by the traces of its matrix and of that matrix's square.

        Parameters
        ----------
        discrepancy : float
            Not negative.
        dof : int
            Not negative.
        trace : float
        square_trace : float

        Returns
        -------
        ShiftedTest

        Raises
        ------
        AnalysisError
            ``unusable_variances``.

        Notes
        -----
        ``test = "scaled.shifted"`` of ``lavaan``; the scaling factor to 1e-6 of itself.

        References
        ----------
        Asparouhov & Muthén (2010), simple second order chi-square correction
        """
        if not dof:
            return cls(discrepancy, 0, 1.0, 0.0)
        if not square_trace > 0:
            message = "The correlations of these items have no usable sampling variances: two items are nearly the same"
            raise AnalysisError("unusable_variances", f"{message}. Leave one of them out, or collect more answers.")
        scaling = float(np.sqrt(square_trace / dof))
        return cls(discrepancy, dof, scaling, dof - trace / scaling)

    @property
    def tested(self) -> Tested:
        """The chi-square."""
        return Tested(self.discrepancy / self.scaling + self.shift, self.dof)


def shifted_test(estimate: WeightedLeastSquares) -> ShiftedTest:
    """Adjust the model's discrepancy in mean and variance.

    Parameters
    ----------
    estimate : WeightedLeastSquares

    Returns
    -------
    ShiftedTest

    Raises
    ------
    AnalysisError
        ``unusable_variances``.

    References
    ----------
    Asparouhov & Muthén (2010), simple second order chi-square correction

    Notes
    -----
    ``test = "scaled.shifted"`` of ``lavaan``, to 1e-5.
    """
    spread = estimate.residual_spread
    return ShiftedTest.of(estimate.chi2, estimate.dof, float(np.trace(spread)), float(np.sum(spread * spread.T)))


def ordinal_fit(estimate: WeightedLeastSquares) -> ModelFit:
    """Compare a model with thresholds and correlations, and with uncorrelated items.

    Parameters
    ----------
    estimate : WeightedLeastSquares

    Returns
    -------
    ModelFit
        ``standard`` indices take the discrepancy for a chi-square, which it is not; report ``scaled`` ones, or
        ``robust`` ones, which estimate what maximum likelihood of the latent answers would give (only where
        nothing but correlations is restricted, and these and the implied ones are positive definite). There is no
        likelihood: NaN.

    Raises
    ------
    AnalysisError
        As ``shifted_test``.

    References
    ----------
    Savalei (2021), doi:10.1080/00273171.2020.1717922

    Notes
    -----
    Equals ``lavaan::fitMeasures`` of ``estimator = "WLSMV"`` to 1e-5.
    """
    groups = estimate.model.groups
    n = estimate.n - groups  # as the discrepancy counts rows
    test, baseline = shifted_test(estimate), _baseline(estimate)
    both = Tested(test.discrepancy, test.dof), Tested(baseline.discrepancy, baseline.dof)
    return ModelFit(
        standard=fit_indices(*both, n=n, groups=groups),
        scaled=fit_indices(test.tested, baseline.tested, n=n, groups=groups),
        robust=_robust(estimate, n, groups),
        scaling=test.scaling,
        baseline_scaling=baseline.scaling,
        srmr=_residual_size(estimate),
        n=estimate.n,
        parameters=estimate.model.parameters,
        log_likelihood=np.nan,
        saturated_log_likelihood=np.nan,
    )


def _residual_size(estimate: WeightedLeastSquares) -> float:
    """Root mean square residual correlation; variances count as fitted."""
    pairs = zip(estimate.shares, estimate.samples, estimate.groups, strict=True)
    parts = (share * standardised_residual(s.correlation, fitted.correlation) for share, s, fitted in pairs)
    return float(sum(parts))


def _baseline(estimate: WeightedLeastSquares) -> ShiftedTest:
    """Test of uncorrelated items with thresholds as they are."""
    parts = [_uncorrelated(sample) for sample in estimate.samples]
    return ShiftedTest.of(
        sum(part[0] for part in parts), sum(part[1] for part in parts), *np.sum([part[2:] for part in parts], axis=0)
    )


def _uncorrelated(sample: OrdinalSample) -> tuple[float, int, float, float]:
    """One group's discrepancy without correlations, its degrees of freedom and the two traces."""
    t = len(sample.thresholds)
    weighed = sample.weight[t:, None] * sample.spread[t:, t:]
    discrepancy = (sample.n - 1) * float(sample.weight[t:] @ sample.statistics[t:] ** 2)
    return discrepancy, len(weighed), float(np.trace(weighed)), float(np.sum(weighed * weighed.T))


def _robust(estimate: WeightedLeastSquares, n: int, groups: int) -> FitIndices | None:
    """Indices of the normal-theory discrepancy of the correlations, corrected for how they were estimated."""
    correlations = [sample.correlation for sample in estimate.samples]
    both = (*correlations, *(fitted.correlation for fitted in estimate.groups))
    singular = min(float(np.linalg.eigvalsh(r)[0]) for r in both) < np.sqrt(np.finfo(float).eps)
    if singular or _restricts_thresholds(estimate):
        return None
    chi2, inflation = _normal_theory(estimate)
    if not inflation > 0:
        return None
    parts = zip(estimate.samples, correlations, strict=True)
    baseline_chi2 = sum(-s.n * float(np.linalg.slogdet(r)[1]) for s, r in parts)
    chosen = _correlation_places(estimate)
    baseline_dof = len(chosen)
    baseline_inflation = float(np.trace(estimate.spread_times[np.ix_(chosen, chosen)])) / baseline_dof
    return fit_indices(
        Tested(max(chi2, 0.0), estimate.dof, inflation),
        Tested(baseline_chi2, baseline_dof, baseline_inflation),
        n=n,
        groups=groups,
    )


def _restricts_thresholds(estimate: WeightedLeastSquares) -> bool:
    """Whether anything but correlations is restricted: thresholds equal or fixed, means or scales estimated."""
    model = estimate.model
    thresholds = model.parameter[model.kind == Kind.THRESHOLD]
    others = model.parameter[(model.kind == Kind.MEAN) | (model.kind == Kind.SCALE)]
    return bool((thresholds == FIXED).any() or len(np.unique(thresholds)) < len(thresholds) or (others != FIXED).any())


def _correlation_places(estimate: WeightedLeastSquares) -> Integers:
    """Places of the correlations among all groups' statistics."""
    kinds = [np.arange(len(s.statistics)) >= len(s.thresholds) for s in estimate.samples]
    return np.flatnonzero(np.concatenate(kinds))


def _normal_theory(estimate: WeightedLeastSquares) -> tuple[float, float]:
    """Normal-theory chi-square of the correlations at the estimates, and by how much it is inflated."""
    chi2, information = 0.0, []
    for share, sample, fitted in zip(estimate.shares, estimate.samples, estimate.groups, strict=True):
        inverse = np.linalg.inv(fitted.correlation)
        ratio = inverse @ sample.correlation
        chi2 += sample.n * float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - len(ratio))
        i, j = sample.pairs
        crossed = inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)] + inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]
        information.append(share * crossed)
    if not estimate.dof:
        return chi2, 1.0
    chosen = _correlation_places(estimate)
    slopes, weight = estimate.slopes[chosen], estimate.weight[chosen]
    left_over = np.eye(len(chosen)) - slopes @ estimate.inverse_information @ (slopes.T * weight)
    trace, start = 0.0, 0
    weighed = np.zeros_like(left_over)
    for block in information:
        here = slice(start, start + len(block))
        weighed[here] = block @ left_over[here]
        start += len(block)
    trace = float(np.sum((left_over.T @ weighed) * estimate.spread_times[np.ix_(chosen, chosen)]))
    return chi2, trace / estimate.dof
