"""Scores of persons on the factors of an estimated covariance model; it estimates nothing."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats
from analysis.numeric.covariance import Implied
from analysis.numeric.covariance_ml import MaximumLikelihood
from analysis.numeric.covariance_robust import Rows

Method = Literal["regression", "bartlett"]


def factor_scores(
    estimate: MaximumLikelihood, groups: Sequence[Floats], *, method: Method = "regression"
) -> tuple[Floats, ...]:
    """Score rows on every factor.

    Parameters
    ----------
    estimate : MaximumLikelihood
    groups : sequence of G (n, p) arrays
        Rows, NaN where an answer is missing.
    method : {"regression", "bartlett"}
        The factor's expected value given the answers, or the least-squares estimate, unbiased given the factor.

    Returns
    -------
    tuple of G (n, k) arrays
        From the answers there are; NaN for rows without any.

    Raises
    ------
    AnalysisError
        ``undetermined_scores``: Bartlett's method, and a factor without items of its own (second-order factors), an
        item without residual variance, or a row without answers to a factor's items.

    Notes
    -----
    Equals ``lavaan::lavPredict(method = "regression")`` and "Bartlett", to 1e-5.
    """
    found = [np.full((len(x), estimate.model.factors), np.nan) for x in groups]
    for group, answered, x, places in Rows(tuple(groups)).blocks():
        implied = estimate.likelihood.implied[group]
        means = implied.means if estimate.model.has_means else estimate.samples[group].mean
        weights = _weights(implied, answered, method)
        found[group][places] = implied.centres[estimate.model.items :] + (x - means)[:, answered] @ weights
    return tuple(found)


def _weights(implied: Implied, answered: Booleans, method: Method) -> Floats:
    """Weights (answered items, k) of deviations from the means."""
    items = np.flatnonzero(answered)
    p = implied.items
    covariance = implied.covariance[np.ix_(items, items)]
    if method == "regression":
        return np.asarray(np.linalg.solve(covariance, implied.covariances[items, p:]))
    loadings = implied.reach[items, p:] @ np.linalg.inv(implied.reach[p:, p:])
    unique = covariance - loadings @ implied.covariances[p:, p:] @ loadings.T
    try:
        pulled = np.linalg.solve(unique, loadings)
        precision = loadings.T @ pulled
        np.linalg.cholesky(precision)
        return np.asarray(np.linalg.solve(precision, pulled.T).T)
    except np.linalg.LinAlgError:
        message = "Bartlett's scores need items and residual variances for every factor. Use regression scores."
        raise AnalysisError("undetermined_scores", message) from None
