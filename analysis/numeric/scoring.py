"""Factor scores from answers: weights, how well they determine the factors, and scores where answers are missing."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Floats
from analysis.numeric.correlations import inverted
from analysis.numeric.patterns import distinct_rows

Method = Literal["regression", "bartlett", "tenberge", "unit"]
PatternMethod = Literal["regression", "bartlett"]


@dataclass(frozen=True, eq=False)
class ScoreWeights:
    """Weights W (p, k) of standardised items, scores = z @ W, and the quality of these scores.

    ``determinacy`` (k,) is the squared correlation of each score with its factor; ``correlations`` (k, k) are
    those of the scores with each other, which equal the factors' own only for ten Berge's.
    """

    method: Method
    weights: Floats
    determinacy: Floats
    correlations: Floats


@dataclass(frozen=True, eq=False)
class PatternScores:
    """Scores (n, k) of rows with missing answers and, per row, their ``determinacy`` (n, k).

    Rows without any answer are NaN in both.
    """

    scores: Floats
    determinacy: Floats


def score_weights(correlation: Floats, pattern: Floats, phi: Floats, *, method: Method = "regression") -> ScoreWeights:
    """Weights for scores of persons who answered every item.

    Parameters
    ----------
    correlation : (p, p) array
        Of the items; positive definite.
    pattern : (p, k) array
        Rotated loadings.
    phi : (k, k) array
        Correlations of the factors.
    method : {"regression", "bartlett", "tenberge", "unit"}
        Closest to the factors on average (Thurstone), unbiased given the factors, with the factors' own
        correlations, or the sum of the items that load most on a factor, turned in its direction.

    Returns
    -------
    ScoreWeights

    Raises
    ------
    AnalysisError
        As ``correlations.inverted``, of the items or of the factors; ``no_marker_items`` where no item loads most on
        some factor, ``no_uniqueness`` for Bartlett's where the factors explain an item altogether.

    Notes
    -----
    Equals ``psych::factor.scores`` (Thurstone, Bartlett, tenBerge) of the same loadings to 1e-8; unit weights those
    of ``psych::scoreItems`` with keys from ``factor2cluster``, of standardised items.

    References
    ----------
    Grice (2001), doi:10.1037/1082-989X.6.4.430; ten Berge, Krijnen, Wansbeek & Shapiro (1999),
    doi:10.1016/S0024-3795(97)10007-6
    """
    structure = pattern @ phi
    weights = _WEIGHTS[method](correlation, pattern, phi)
    covariance = weights.T @ correlation @ weights
    deviations = np.sqrt(np.diag(covariance))
    with_factor = np.diag(weights.T @ structure) / deviations
    return ScoreWeights(method, weights, with_factor**2, covariance / np.outer(deviations, deviations))


def scores_by_pattern(
    z: Floats, pattern: Floats, phi: Floats, uniquenesses: Floats, *, method: PatternMethod = "regression"
) -> PatternScores:
    """Scores of each row from the items it answered, by what the model implies for these items.

    Parameters
    ----------
    z : (n, p) array
        Standardised answers, NaN where missing.
    pattern : (p, k) array
        Rotated loadings.
    phi : (k, k) array
        Correlations of the factors.
    uniquenesses : (p,) array
        Positive.
    method : {"regression", "bartlett"}
        As for ``score_weights``.

    Returns
    -------
    PatternScores
        NaN also, of Bartlett's, where the items a row answered say nothing about some factor.

    Raises
    ------
    AnalysisError
        As ``correlations.inverted``, of the factors.

    Notes
    -----
    For a row with items o: phi L_o' (L_o phi L_o' + psi_o)^-1 z_o, or (L_o' psi_o^-1 L_o)^-1 L_o' psi_o^-1 z_o, in the
    form that inverts k x k matrices only, one for each pattern of missing answers.

    References
    ----------
    Thurstone (1935), The Vectors of Mind
    """
    answered = ~np.isnan(z)
    patterns, which = distinct_rows(answered)
    weighted = pattern / uniquenesses[:, None]
    information = np.einsum("mp,pi,pj->mij", patterns.astype(float), weighted, pattern, optimize=True)
    prior = inverted(phi) if method == "regression" else np.zeros_like(phi)
    determined = np.linalg.matrix_rank(prior + information, hermitian=True) == len(phi)
    covariance = np.full_like(information, np.nan)
    covariance[determined] = np.linalg.inv(prior + information[determined])
    scores = np.einsum("ni,nij->nj", np.where(answered, z, 0.0) @ weighted, covariance[which])
    error = np.diagonal(covariance, axis1=1, axis2=2)[which] / np.diag(phi)
    determinacy = 1 - error if method == "regression" else 1 / (1 + error)
    empty = ~answered.any(1)
    scores[empty], determinacy[empty] = np.nan, np.nan
    return PatternScores(scores, determinacy)


def _regression(correlation: Floats, pattern: Floats, phi: Floats) -> Floats:
    """Thurstone's weights: R^-1 times the structure."""
    return np.asarray(inverted(correlation) @ pattern @ phi)


def _bartlett(correlation: Floats, pattern: Floats, phi: Floats) -> Floats:
    """Bartlett's weights, which do not look at the correlations but at the uniquenesses the pattern leaves."""
    uniquenesses = np.diag(correlation) - ((pattern @ phi) * pattern).sum(1)
    if uniquenesses.min() <= 0:
        column = int(np.argmin(uniquenesses))
        message = f"The factors explain the item in column {column + 1} altogether. Ask for fewer factors."
        raise AnalysisError("no_uniqueness", message, column=column)
    weighted = pattern / uniquenesses[:, None]
    return np.asarray(weighted @ np.linalg.inv(pattern.T @ weighted))


def _tenberge(correlation: Floats, pattern: Floats, phi: Floats) -> Floats:
    """Ten Berge's weights: R^-1/2 C phi^1/2 with C the orthonormal part of R^-1/2 L phi^1/2."""
    inverted(correlation)  # refuses by name what has no inverse root
    root, inverse_root = _power(phi, 0.5), _power(correlation, -0.5)
    towards = inverse_root @ pattern @ root
    return np.asarray(inverse_root @ towards @ _power(towards.T @ towards, -0.5) @ root)


def _unit(_: Floats, pattern: Floats, __: Floats) -> Floats:
    """Each item counts 1 or -1 on the factor on which it loads most."""
    most = np.abs(pattern) == np.abs(pattern).max(1, keepdims=True)
    weights = np.where(most, np.sign(pattern), 0.0)
    if not weights.any(0).all():
        factor = int(np.argmin(weights.any(0)))
        message = (
            f"No item loads most on factor {factor + 1}, so no items can be added up for it. Ask for fewer factors."
        )
        raise AnalysisError("no_marker_items", message, factor=factor)
    return weights


def _power(matrix: Floats, exponent: float) -> Floats:
    """Symmetric power of a positive definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**exponent) @ vectors.T)


_WEIGHTS = {"regression": _regression, "bartlett": _bartlett, "tenberge": _tenberge, "unit": _unit}
