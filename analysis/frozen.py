"""A study's scores and archetypes, frozen in its findings and given to other answers; nothing is learned here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.archetypes import mixture_of
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factors import FactorSolution
from analysis.findings import Estimate, ScoredItem, ScoringModel, StudyFindings
from analysis.intervals import bases, estimates, resampled_means
from analysis.numeric.arrays import Booleans, Floats
from analysis.numeric.mixtures import Mixture
from analysis.numeric.resampling import PersonResamples

# Fewer of the study's items in the other answers, and they are another questionnaire.
_LEAST_SHARED = 0.5


def freeze_scoring(dataset: Dataset, solution: FactorSolution, *, resamples: PersonResamples) -> ScoringModel:
    """Freeze a study's scoring, with the level of every item for comparison with later answers.

    Parameters
    ----------
    dataset : Dataset
        The analysed ratings.
    solution : FactorSolution
    resamples : PersonResamples

    Returns
    -------
    ScoringModel
    """
    means, spreads = item_levels(dataset, dataset.items, resamples)
    items = [
        ScoredItem(column, scale.low, scale.high, column in scale.reversed, means[i], spreads[i])
        for i, (scale, column) in enumerate((s, c) for s in dataset.measures.scales for c in s.columns)
    ]
    return ScoringModel(
        items=tuple(items),
        means=tuple(solution.means.tolist()),
        deviations=tuple(solution.deviations.tolist()),
        loadings=tuple(map(tuple, solution.pattern.tolist())),
        factor_correlations=tuple(map(tuple, solution.phi.tolist())),
        uniquenesses=tuple(solution.uniquenesses.tolist()),
        centre=tuple(solution.centre.tolist()),
        spread=tuple(solution.spread.tolist()),
    )


def item_levels(
    dataset: Dataset, items: Floats, resamples: PersonResamples
) -> tuple[tuple[Estimate, ...], tuple[Estimate, ...]]:
    """Mean and standard deviation of the answers to every item.

    Parameters
    ----------
    dataset : Dataset
    items : (ratings, p) array
        NaN where missing.
    resamples : PersonResamples

    Returns
    -------
    means, spreads : tuples of Estimate
    """
    means = resampled_means(dataset, items, resamples)
    squares = resampled_means(dataset, items**2, resamples)
    spreads = np.sqrt(np.maximum(squares - means**2, 0.0))
    return estimates(means, bases(items)), estimates(spreads, bases(items))


@dataclass(frozen=True, eq=False)
class FrozenModel:
    """Scores and archetypes of an earlier study: its ``scoring``, ``solution`` and the ``mixture`` of its archetypes.

    There is no mixture where the study shows no archetypes.
    """

    scoring: ScoringModel
    solution: FactorSolution
    mixture: Mixture | None

    @classmethod
    def of(cls, findings: StudyFindings) -> Self:
        """Take the model out of findings.

        Parameters
        ----------
        findings : StudyFindings

        Returns
        -------
        FrozenModel

        Raises
        ------
        AnalysisError
            ``no_frozen_model`` where these findings hold none.
        """
        if findings.scoring is None or findings.factors is None:
            message = "These findings hold no scoring to apply to other answers. Analyse the earlier wave again."
            raise AnalysisError("no_frozen_model", message)
        return cls(
            findings.scoring,
            _solution(findings.scoring, findings.factors.correlations),
            mixture_of(findings.archetypes),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the items."""
        return tuple(item.item for item in self.scoring.items)

    def items_of(self, dataset: Dataset) -> Floats:
        """Take the study's items from other answers.

        Parameters
        ----------
        dataset : Dataset

        Returns
        -------
        (ratings, p) array
            Reversed items turned; NaN where an item was not answered, or not asked at all.

        Raises
        ------
        AnalysisError
            ``other_items`` where fewer than half of the items were asked; ``other_range`` where an item was asked
            on another response scale or turned the other way.
        """
        asked = {c: (s.low, s.high, c in s.reversed) for s in dataset.measures.scales for c in s.columns}
        place = {column: i for i, column in enumerate(dataset.item_columns)}
        shared = [item for item in self.scoring.items if item.item in asked]
        if len(shared) < _LEAST_SHARED * len(self.scoring.items):
            raise _other_items(len(shared), len(self.scoring.items))
        for item in shared:
            if asked[item.item] != (item.low, item.high, item.reversed):
                raise _other_range(item, asked[item.item])
        found = np.full((len(dataset.ratings), len(self.columns)), np.nan)
        for i, column in enumerate(self.columns):
            if column in place:
                found[:, i] = dataset.items[:, place[column]]
        return found

    def chances(self, scores: Floats) -> Floats:
        """Probability of each archetype (ratings, k); only where there is a mixture.

        Parameters
        ----------
        scores : (ratings, factors) array

        Returns
        -------
        (ratings, k) array
            0 to 1; rows add up to 1.
        """
        return _given(self.mixture).assigned(scores)

    def distances(self, scores: Floats) -> Floats:
        """Mahalanobis distance of ratings from the archetype they are nearest to.

        Parameters
        ----------
        scores : (ratings, factors) array

        Returns
        -------
        (ratings,) array
            In the metric of that archetype's covariance.
        """
        mixture = _given(self.mixture)
        apart = scores[:, None] - mixture.means
        inverses = np.linalg.inv(mixture.covariances)
        return np.asarray(np.sqrt(np.einsum("nki,kij,nkj->nk", apart, inverses, apart).min(1)))


def _given(mixture: Mixture | None) -> Mixture:
    """The mixture; asking for it without archetypes is a mistake of ours."""
    if mixture is None:
        message = "there are no archetypes"
        raise ValueError(message)
    return mixture


def _solution(scoring: ScoringModel, correlations: tuple[tuple[float, ...], ...]) -> FactorSolution:
    """The factor solution, as far as scoring needs it."""
    return FactorSolution(
        means=np.array(scoring.means),
        deviations=np.array(scoring.deviations),
        correlation=np.array(correlations),
        pattern=np.array(scoring.loadings),
        phi=np.array(scoring.factor_correlations),
        uniquenesses=np.array(scoring.uniquenesses),
        centre=np.array(scoring.centre),
        spread=np.array(scoring.spread),
        heywood=_none(len(scoring.items)),
        share_of_starts=1.0,
    )


def _none(n: int) -> Booleans:
    return np.zeros(n, dtype=bool)


def _other_items(shared: int, items: int) -> AnalysisError:
    message = f"Only {shared} of the earlier wave's {items} items are in these answers: they cannot be scored alike. "
    return AnalysisError(
        "other_items", f"{message}Name the same columns in the study file.", shared=shared, items=items
    )


def _other_range(item: ScoredItem, asked: tuple[float, float, bool]) -> AnalysisError:
    turned = {True: "reversed", False: "not reversed"}
    message = (
        f"Item {item.item} runs from {item.low:g} to {item.high:g} ({turned[item.reversed]}) in the earlier wave, here "
        f"from {asked[0]:g} to {asked[1]:g} ({turned[asked[2]]}). Ask it alike, or leave it out of the study file."
    )
    return AnalysisError("other_range", message)
