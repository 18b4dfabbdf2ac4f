"""Weights for scores on the factors, and how well the scores determine them; it chooses no method."""

from __future__ import annotations

import numpy as np
from pydantic.dataclasses import dataclass

from analysis.measurement.answers import Answers
from analysis.measurement.exploration import Solution
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.tables import SHAPE, LabelledMatrix, Number, matrix, numbers
from analysis.numeric import scoring
from analysis.numeric.arrays import Floats

SCORE_METHODS: tuple[scoring.Method, ...] = ("regression", "bartlett", "tenberge")


@dataclass(frozen=True, config=SHAPE)
class ScoreSet:
    """Weights of standardised items for scores on the factors, and how good these are.

    ``determinacy``, squared correlation of each score with its factor; ``correlations`` of the scores;
    ``rows`` are the scores themselves where they were asked for (null for rows with a missing answer).
    """

    method: str
    weights: LabelledMatrix
    determinacy: tuple[Number, ...]
    correlations: LabelledMatrix
    rows: tuple[tuple[Number, ...], ...] | None


def weigh_scores(
    answers: Answers, correlation: Floats, solution: Solution, plan: MeasurementPlan
) -> tuple[ScoreSet, ...]:
    """Find the weights of factor scores by each method.

    Parameters
    ----------
    answers : Answers
    correlation : (p, p) array
    solution : Solution
    plan : MeasurementPlan

    Returns
    -------
    tuple of ScoreSet
        Regression, Bartlett and ten Berge.

    Raises
    ------
    AnalysisError
        As ``scoring.score_weights``.
    """
    rotated, sets = solution.rotated, []
    z = (answers.x - np.nanmean(answers.x, axis=0)) / np.nanstd(answers.x, axis=0, ddof=1)
    for method in SCORE_METHODS:
        found = scoring.score_weights(correlation, rotated.pattern, rotated.phi, method=method)
        sets.append(
            ScoreSet(
                method=method,
                weights=matrix(found.weights, answers.items, solution.factors),
                determinacy=numbers(found.determinacy),
                correlations=matrix(found.correlations, solution.factors),
                rows=tuple(numbers(row) for row in z @ found.weights) if plan.rows else None,
            )
        )
    return tuple(sets)
