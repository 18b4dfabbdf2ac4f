"""How well a model estimated by maximum likelihood fits its rows: tests, indices, information criteria."""

from dataclasses import dataclass

import numpy as np

from analysis.numeric.covariance_ml import Likelihood, MaximumLikelihood, degrees_of_freedom, saturated_value
from analysis.numeric.covariance_robust import RobustFit, Unrestricted
from analysis.numeric.fit_indices import FitIndices, Tested, fit_indices, standardised_residual


@dataclass(frozen=True)
class ModelFit:
    """Fit of a model to rows.

    ``standard`` indices trust normality and complete rows; ``scaled`` ones rest on the scaled chi-square, and
    ``robust`` ones estimate what the standard ones would be in the population whatever the distribution (with rows
    missing answers: had none been missing). Neither is there without what it needs. ``scaling`` and
    ``baseline_scaling`` are the factors that chi-squares were divided by. ``srmr`` counts means if the model does.
    """

    standard: FitIndices
    scaled: FitIndices | None
    robust: FitIndices | None
    scaling: float
    baseline_scaling: float
    srmr: float
    n: int
    parameters: int
    log_likelihood: float
    saturated_log_likelihood: float

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * (self.parameters - self.log_likelihood)

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(np.log(self.n)) * self.parameters - 2 * self.log_likelihood

    @property
    def adjusted_bic(self) -> float:
        """Schwarz's criterion with Sclove's number of rows."""
        return float(np.log((self.n + 2) / 24)) * self.parameters - 2 * self.log_likelihood

    @property
    def best(self) -> FitIndices:
        """The indices to report: robust where there are some."""
        return self.robust or self.standard


def model_fit(estimate: MaximumLikelihood, unrestricted: Unrestricted, robust: RobustFit | None = None) -> ModelFit:
    """Compare a model with the rows, and with uncorrelated items.

    Parameters
    ----------
    estimate : MaximumLikelihood
    unrestricted : Unrestricted
        The samples that ``estimate`` was estimated from.
    robust : RobustFit, optional
        Of ``estimate``; with it there are scaled and robust indices.

    Returns
    -------
    ModelFit

    References
    ----------
    Zhang & Savalei (2023), doi:10.1037/met0000445, and as ``fit_indices``

    Notes
    -----
    Equals ``lavaan::fitMeasures`` to 1e-6: with ``robust`` those of ``estimator = "MLR"``.
    """
    n, groups = estimate.n, estimate.model.groups
    against = unrestricted.value
    model = _tested(n, estimate.likelihood.value - against, degrees_of_freedom(estimate.model))
    baseline = _tested(n, unrestricted.independence_value - against, unrestricted.independence_dof)
    scaling, baseline_scaling = (1.0, 1.0) if robust is None else (robust.scaling, robust.baseline_scaling)
    scaled = better = None
    if robust is not None:
        scaled = fit_indices(
            Tested(model.chi2 / scaling, model.dof),
            Tested(baseline.chi2 / baseline_scaling, baseline.dof),
            n=n,
            groups=groups,
            misfit=Tested(model.chi2, model.dof * scaling),
        )
        inflated = Tested(model.chi2, model.dof, scaling), Tested(baseline.chi2, baseline.dof, baseline_scaling)
        better = fit_indices(*inflated, n=n, groups=groups)
    if not unrestricted.complete:
        both = (estimate.likelihood, unrestricted.independence)
        corrected = (_corrected(at, unrestricted, n, normal=robust is None) for at in both)
        better = fit_indices(*corrected, n=n, groups=groups)
    return ModelFit(
        standard=fit_indices(model, baseline, n=n, groups=groups),
        scaled=scaled,
        robust=better,
        scaling=scaling,
        baseline_scaling=baseline_scaling,
        srmr=residual_size(estimate),
        n=n,
        parameters=estimate.model.parameters,
        log_likelihood=estimate.log_likelihood,
        saturated_log_likelihood=estimate.saturated_log_likelihood,
    )


def residual_size(estimate: MaximumLikelihood) -> float:
    """Root mean square of the standardised residuals, averaged over groups by their rows.

    Parameters
    ----------
    estimate : MaximumLikelihood

    Returns
    -------
    float
        Not negative.

    Notes
    -----
    ``srmr`` of ``lavaan::fitMeasures``, to 1e-5.
    """
    found = 0.0
    for sample, implied in zip(estimate.samples, estimate.likelihood.implied, strict=True):
        means = (sample.mean, implied.means) if estimate.model.has_means else (None, None)
        found += sample.n / estimate.n * standardised_residual(sample.covariance, implied.covariance, *means)
    return found


def _tested(n: int, worse: float, dof: int) -> Tested:
    """Likelihood-ratio test of a model whose value is so much worse than without a model."""
    return Tested(max(2 * n * worse, 0.0), dof)


def _corrected(at: Likelihood, unrestricted: Unrestricted, n: int, *, normal: bool) -> Tested:
    """What the test would be of complete rows, and by how much missing answers (and the rows' shape) inflate it."""
    complete = Likelihood.at(at.model, unrestricted.completed, at.x)
    chi2 = 2 * n * (complete.value - saturated_value(unrestricted.completed))
    dof = degrees_of_freedom(at.model)
    inflation = unrestricted.corrected_trace(at, normal=normal) / dof if dof else 1.0
    return Tested(chi2, dof, inflation if inflation > 0 else np.nan)
