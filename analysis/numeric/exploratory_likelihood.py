"""Fit of exploratory factors to the answers that were given, whatever is missing; it rotates and shows no loadings."""

import numpy as np

from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.covariance import CovarianceModel, Kind, factor_model
from analysis.numeric.covariance_fit import ModelFit, model_fit
from analysis.numeric.covariance_ml import NormalSample, fit_ml
from analysis.numeric.covariance_robust import Rows, Unrestricted, robust_fit
from analysis.numeric.extraction import extract
from analysis.numeric.incomplete import NormalEstimate


def exploratory_fit(x: Floats, person: Integers, k: int, estimate: NormalEstimate) -> ModelFit:
    """Fit k common factors to incomplete rows by full information, rows of a person taken together.

    Taking every row as complete makes the test of fit count answers that nobody gave. Here the factors are a
    covariance model whose loadings above the diagonal are 0, which any k factors can be turned to, so its fit is that
    of k exploratory factors by maximum likelihood.

    Parameters
    ----------
    x : (n, p) array
        NaN where an answer is missing.
    person : (n,) array of int
        Whose rating a row is.
    k : int
    estimate : NormalEstimate
        Of these rows, to start from.

    Returns
    -------
    ModelFit
        Scaled for distribution and persons; ``robust`` indices are corrected for what is missing as well.

    Raises
    ------
    AnalysisError
        As ``fit_ml`` and ``extract``.

    Notes
    -----
    For complete rows the chi-square equals that of ``extraction.extract`` by maximum likelihood to 1e-5 of itself.

    References
    ----------
    Jöreskog (1969), doi:10.1007/BF02289343; Zhang & Savalei (2023), doi:10.1037/met0000445
    """
    kept = ~np.isnan(x).all(1)
    model = factor_model(np.tril(np.ones((x.shape[1], k), dtype=bool)), scaling="unit", orthogonal=True, means=True)
    sample = NormalSample.of(x[kept])
    found = fit_ml(model, (sample,), information="observed", start=_start(model, estimate, k))
    rows = Unrestricted((sample,), Rows((x[kept],), (person[kept],)), means=True)
    return model_fit(found, rows, robust_fit(found, rows))


def _start(model: CovarianceModel, estimate: NormalEstimate, k: int) -> Floats:
    """The maximum-likelihood factors of the estimate, turned so that loadings above the diagonal are 0."""
    p = model.items
    deviations = np.sqrt(np.diag(estimate.covariance))
    found = extract(estimate.covariance / np.outer(deviations, deviations), k, method="ml")
    turn, _ = np.linalg.qr(found.loadings[:k].T)
    loadings = (found.loadings @ turn) * deviations[:, None]
    values = np.empty(len(model.kind))
    for cell, (kind, left, right) in enumerate(zip(model.kind, model.left, model.right, strict=True)):
        if kind == Kind.PATH:
            values[cell] = loadings[left, right - p]
        elif kind == Kind.COVARIANCE:
            values[cell] = found.uniquenesses[left] * deviations[left] ** 2 if left < p else 1.0
        else:
            values[cell] = estimate.means[left] if left < p else 0.0
    start = np.empty(model.parameters)
    free = model.parameter >= 0
    start[model.parameter[free]] = values[free]
    return start
