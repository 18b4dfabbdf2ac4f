"""What the main results would be had nobody been left out as careless; it changes no result and has no reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factoring import decide_factoring
from analysis.factors import learn_solution
from analysis.findings import AlphaBeside, Sensitivity
from analysis.numeric.arrangement import Arrangement, congruence
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.clustering import PersonHalves, best_kmeans, nearest, predict_halves
from analysis.numeric.retention import parallel_analysis_by_permutation
from analysis.plan import AnalysisPlan
from analysis.screening import Screened, scale_alphas

# A comparison, not a result: a few draws and starts are enough to see whether anything moves.
_DRAWS = 100
_ROTATION_STARTS = 5
_KMEANS_STARTS = 10


@dataclass(frozen=True, eq=False)
class _Results:
    """Main results of one set of persons.

    ``n_factors`` is suggested by parallel analysis; ``loadings`` (p, k) and ``scores`` (ratings, k) are of the study's
    number of factors, ``centroids`` of its number of groups; ``k`` has the greatest prediction strength.
    """

    n_factors: int
    loadings: Floats
    scores: Floats
    centroids: Floats
    k: int
    alphas: dict[str, float]


def screening_sensitivity(screened: Screened, n_factors: int, groups: int, *, plan: AnalysisPlan) -> Sensitivity | None:
    """Compare the main results without and with the persons who were left out as careless.

    Parameters
    ----------
    screened : Screened
    n_factors : int
        The study's number of factors; loadings of so many are compared.
    groups : int
        The study's number of groups; assignments to so many are compared.
    plan : AnalysisPlan

    Returns
    -------
    Sensitivity or None
        Everything is learned anew from all persons on either side, with few draws and without a null reference, so the
        figures are for comparison with each other. None where nobody was left out or the answers do not allow it.
    """
    if not screened.excluded.any():
        return None
    try:
        kept, everyone = (_results(d, n_factors, groups, plan) for d in (screened.kept, screened.checked))
    except AnalysisError:
        return None
    matched = Arrangement.towards(everyone.loadings, kept.loadings).columns(everyone.loadings)
    stayed = ~screened.excluded[screened.checked.person_numbers]
    assigned = (nearest(found.scores, found.centroids) for found in (kept, everyone))
    own, other = next(assigned), next(assigned)[stayed]
    return Sensitivity(
        n_excluded=int(screened.excluded.sum()),
        factors_kept=kept.n_factors,
        factors_everyone=everyone.n_factors,
        congruence=tuple(np.diag(congruence(kept.loadings, matched)).tolist()),
        alphas=tuple(
            AlphaBeside(scale, value, everyone.alphas[scale])
            for scale, value in kept.alphas.items()
            if scale in everyone.alphas
        ),
        k_kept=kept.k,
        k_everyone=everyone.k,
        groups=groups,
        ari=float(adjusted_rand_score(own, other)),
    )


def _results(dataset: Dataset, n_factors: int, groups: int, plan: AnalysisPlan) -> _Results:
    """Learn the main results from all persons; the same random numbers on either side of a comparison."""
    rng = plan.stream("exclusions")
    parallel = parallel_analysis_by_permutation(dataset.items, dataset.person_numbers, rng=rng, draws=_DRAWS)
    how = decide_factoring(dataset.items, dataset.item_scales, plan).by_ours
    solution = learn_solution(dataset.items, n_factors, starts=_ROTATION_STARTS, rng=rng, how=how)
    scores = solution.scored(dataset.items)
    clusters = best_kmeans(scores, groups, starts=_KMEANS_STARTS, rng=rng)
    return _Results(
        n_factors=parallel.suggested,
        loadings=solution.pattern,
        scores=scores,
        centroids=clusters.centroids,
        k=_strongest(scores, dataset.person_numbers, plan, rng),
        alphas=scale_alphas(dataset),
    )


def _strongest(scores: Floats, person: Integers, plan: AnalysisPlan, rng: np.random.Generator) -> int:
    """Number of groups with the greatest prediction strength."""
    halves = PersonHalves.drawn(person, plan.prediction_splits, rng=rng)
    ks = range(plan.k_min, plan.k_max + 1)
    strengths = [predict_halves(scores, halves, k, starts=plan.resample_starts, rng=rng).strength for k in ks]
    return ks[int(np.argmax(strengths))]
