"""Weights for scores on the factors, how well the scores determine them, and the scores; it chooses no method."""

from __future__ import annotations

import numpy as np
from pydantic.dataclasses import dataclass

from analysis.measurement.answers import Answers
from analysis.measurement.exploration import Solution
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.pool import Pool
from analysis.measurement.remarks import Remarks
from analysis.measurement.tables import SHAPE, LabelledMatrix, Number, matrix, numbers
from analysis.numeric import scoring
from analysis.numeric.arrays import Floats
from analysis.numeric.incomplete import present_means

SCORE_METHODS: tuple[scoring.Method, ...] = ("regression", "bartlett", "tenberge", "unit")
BY_PATTERN: tuple[scoring.PatternMethod, ...] = ("regression", "bartlett")


@dataclass(frozen=True, config=SHAPE)
class ScoreSet:
    """Weights of standardised items for scores on the factors, and how good these are.

    Scores are z @ ``weights``, with z the items less their mean over their standard deviation (n - 1).
    ``determinacy``, squared correlation of each score with its factor; ``correlations`` of the scores;
    ``rows`` are the scores themselves where they were asked for, and ``row_determinacy`` theirs. Rows with missing
    answers are scored by the answers they have: regression and Bartlett by what the factors imply for these items,
    unit by their mean; by ten Berge's method they are null. Rows without answers are null.
    """

    method: str
    weights: LabelledMatrix
    determinacy: tuple[Number, ...]
    correlations: LabelledMatrix
    rows: tuple[tuple[Number, ...], ...] | None
    row_determinacy: tuple[tuple[Number, ...], ...] | None


def weigh_scores(
    pool: Pool,
    answers: Answers | None,
    correlation: Floats,
    solution: Solution,
    *,
    plan: MeasurementPlan,
    remarks: Remarks,
) -> tuple[ScoreSet, ...]:
    """Find the weights of factor scores by each method, and the scores of rows where they were asked for.

    Parameters
    ----------
    pool : Pool
    answers : Answers or None
        The rows, where they are there.
    correlation : (p, p) array
    solution : Solution
    plan : MeasurementPlan
    remarks : Remarks
        Told which methods these factors do not allow.

    Returns
    -------
    tuple of ScoreSet
        Regression, Bartlett, ten Berge and unit weights.

    Raises
    ------
    AnalysisError
        As ``correlations.inverted``.
    """
    z = None
    if plan.rows and answers is not None:
        means, deviations = pool.spreads()
        z = (answers.x - means) / deviations
    sets = (
        remarks.attempt(f"scores.{method}", lambda: _scored(method, z, pool, correlation, solution))  # noqa: B023
        for method in SCORE_METHODS
    )
    return tuple(found for found in sets if found is not None)


def _scored(method: scoring.Method, z: Floats | None, pool: Pool, correlation: Floats, solution: Solution) -> ScoreSet:
    """Weights and scores by one method."""
    rotated, factors = solution.rotated, solution.factors
    found = scoring.score_weights(correlation, rotated.pattern, rotated.phi, method=method)
    rows, determinacy = None, None
    if z is not None:
        scores, quality = _rows(z, found, solution)
        rows, determinacy = tuple(map(numbers, scores)), tuple(map(numbers, quality))
    return ScoreSet(
        method=method,
        weights=matrix(found.weights, pool.items, factors),
        determinacy=numbers(found.determinacy),
        correlations=matrix(found.correlations, factors),
        rows=rows,
        row_determinacy=determinacy,
    )


def _rows(z: Floats, found: scoring.ScoreWeights, solution: Solution) -> tuple[Floats, Floats]:
    """Scores of rows and their determinacy, (n, k) each."""
    scores = z @ found.weights
    determinacy = np.where(np.isnan(scores), np.nan, found.determinacy)
    incomplete = np.isnan(z).any(1)
    if found.method in BY_PATTERN:
        rotated, psi = solution.rotated, solution.extracted.uniquenesses
        method: scoring.PatternMethod = "bartlett" if found.method == "bartlett" else "regression"
        part = scoring.scores_by_pattern(z[incomplete], rotated.pattern, rotated.phi, psi, method=method)
        scores[incomplete], determinacy[incomplete] = part.scores, part.determinacy
    if found.method == "unit":
        for factor, weights in enumerate(found.weights.T):
            own = weights != 0
            scores[:, factor] = present_means(z[:, own] * weights[own], axis=1) * own.sum()
    return scores, determinacy
