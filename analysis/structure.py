"""Whether scores hold groups: prediction strength beside answers without groups, in both halves; it describes none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np

from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factoring import Factoring, constant_items, decide_factoring
from analysis.factors import FactorSolution, learn_solution
from analysis.numeric.arrangement import Arrangement
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.clustering import PersonHalves, predict_halves
from analysis.numeric.copula import NestedCopula
from analysis.numeric.mixtures import VARIANCE_FLOOR
from analysis.numeric.skewness import l_skewness, skewed_alike
from analysis.plan import AnalysisPlan

Done = Callable[[float], None]

# Tables drawn, for one without constant items, before the items are found too nearly constant.
_MOST_DRAWS = 100
# Smaller spreads are rounding.
_LEAST_SPREAD = 1e-9


@dataclass(frozen=True, eq=False)
class Scored:
    """Factor scores of all ratings (n, d), which of them are for learning (n,), and whose they are (n,).

    ``floor`` is the least variance of a group in any direction, as a share of that of all ratings.
    """

    scores: Floats
    learning: Booleans
    person: Integers
    floor: float = VARIANCE_FLOOR

    @classmethod
    def by(
        cls, solution: FactorSolution, items: Floats, learning: Booleans, person: Integers, *, plan: AnalysisPlan
    ) -> Self:
        """Score ratings. Even people all alike would differ by errors of measurement: no group can be much tighter.

        Without that, scores made of few coarse answers, which lie on a grid, fall into groups around its single points.

        Parameters
        ----------
        solution : FactorSolution
        items : (ratings, p) array
            NaN where missing.
        learning : (ratings,) array of bool
        person : (ratings,) array of int
        plan : AnalysisPlan
            ``group_error``: how much of the scores' error variance a group's variance must be.

        Returns
        -------
        Scored
        """
        floor = max(plan.group_error * solution.error_share, VARIANCE_FLOOR)
        return cls(solution.scored(items), learning, person, floor)

    def half(self, *, learning: bool) -> tuple[Floats, Integers]:
        """Scores and persons of one half.

        Parameters
        ----------
        learning : bool

        Returns
        -------
        scores : (ratings, factors) array
        persons : (ratings,) array of int
        """
        rows = self.learning == learning
        return self.scores[rows], self.person[rows]

    def of(self, rows: Booleans) -> Scored:
        """Some of the ratings.

        Parameters
        ----------
        rows : (ratings,) array of bool

        Returns
        -------
        Scored
        """
        return replace(self, scores=self.scores[rows], learning=self.learning[rows], person=self.person[rows])


@dataclass(frozen=True, eq=False)
class NullReference:
    """What data without groups give.

    ``strengths`` (draws, 2, candidates), as ``predicted`` gives them, and ``log_dispersions`` (draws, candidates) are
    those of the learning half, ``replicated`` the strengths of the test half.
    """

    strengths: Floats
    log_dispersions: Floats
    replicated: Floats


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for groups in the learning half; arrays are over the candidates.

    ``strengths`` are the data's prediction strengths, ``null_mean`` and ``null_sd`` those of the null reference,
    ``excess`` their standardised difference, all of the scores as they are; ``p_value`` belongs to the greatest excess
    of these and of decorrelated scores, ``p_replication`` to that of the test half; ``p_gaussian`` is as ``p_value``,
    against plain normal scores.
    ``gap`` is how much smaller the logarithm of the dispersion is than without groups, ``gap_error`` its simulation
    error.
    """

    strengths: Floats
    null_mean: Floats
    null_sd: Floats
    excess: Floats
    gap: Floats
    gap_error: Floats
    p_value: float
    p_replication: float
    p_gaussian: float


def sample_persons(scored: Scored, *, most: int, rng: np.random.Generator) -> Booleans:
    """Draw at most so many persons from each half.

    Parameters
    ----------
    scored : Scored
    most : int
        Persons in each half.
    rng : numpy Generator

    Returns
    -------
    (n,) array of bool
        Their ratings.
    """
    kept = np.zeros(int(scored.person.max()) + 1, dtype=bool)
    for half in (True, False):
        persons = np.unique(scored.person[scored.learning == half])
        kept[persons if len(persons) <= most else rng.choice(persons, most, replace=False)] = True
    return kept[scored.person]


def null_reference(
    dataset: Dataset,
    learning: Booleans,
    solution: FactorSolution,
    ks: tuple[int, ...],
    *,
    plan: AnalysisPlan,
    compute: Compute,
    done: Done,
) -> NullReference:
    """Pass answers without groups through the whole scoring, again and again.

    The answers are drawn from a Gaussian copula with the items' own margins, correlations, person effects
    and brand effects, for the same persons and brands with the same answers missing. Their factors are
    learned anew on the learning half and matched to the data's. A copula keeps the items' margins, but skewed feelings
    behind them would come out nearer to normal; so the scores are made as skewed as the data's, smoothly, which makes
    no groups. Each draw has a random stream of its own.

    Parameters
    ----------
    dataset : Dataset
    learning : (ratings,) array of bool
    solution : FactorSolution
        The data's.
    ks : tuple of int
        Numbers of groups.
    plan : AnalysisPlan
    compute : Compute
    done : callable
        Told the share of draws that are done.

    Returns
    -------
    NullReference
    """
    brand = np.unique(dataset.ratings["brand"].to_numpy(dtype=str), return_inverse=True)[1]
    copula = NestedCopula.of(dataset.items, dataset.person_numbers, brand)
    how = decide_factoring(dataset.items[learning], dataset.item_scales, plan).by_ours
    skewness, pattern = l_skewness(solution.scored(dataset.items)), solution.pattern
    task = partial(
        _null_draw, copula=copula, skewness=skewness, pattern=pattern, learning=learning, how=how, ks=ks, plan=plan
    )
    streams = plan.stream("null reference").spawn(plan.null_draws)
    draws = compute.mapped(task, streams, done=lambda n: done(n / plan.null_draws))
    return NullReference(*(np.array([draw[i] for draw in draws]) for i in range(3)))


def weigh_evidence(
    scored: Scored,
    null: NullReference,
    ks: tuple[int, ...],
    *,
    plan: AnalysisPlan,
    compute: Compute,
) -> Evidence:
    """Compare prediction strengths with the null reference, all numbers of groups at once.

    Parameters
    ----------
    scored : Scored
        The same ratings as in the null reference.
    null : NullReference
    ks : tuple of int
    plan : AnalysisPlan
    compute : Compute

    Returns
    -------
    Evidence
        ``p_value`` is that of the greatest excess among all numbers of groups, as they are and decorrelated, so
        looking at several costs nothing.

    References
    ----------
    Tibshirani, Walther & Hastie (2001), doi:10.1111/1467-9868.00293: the gap, here against the null reference
    """
    points, person = scored.half(learning=True)
    strengths, dispersions = predicted(points, person, ks, plan=plan, rng=plan.stream("prediction strength"))
    replicated, _ = predicted(*scored.half(learning=False), ks, plan=plan, rng=plan.stream("test half"))
    as_they_are = null.strengths[:, 0]
    mean, sd = as_they_are.mean(0), np.maximum(as_they_are.std(0, ddof=1), _LEAST_SPREAD)
    task = partial(_gaussian_draw, points=points, person=person, ks=ks, plan=plan)
    gaussian = np.array(compute.mapped(task, plan.stream("gaussian reference").spawn(plan.gaussian_draws)))
    return Evidence(
        strengths=strengths[0],
        null_mean=mean,
        null_sd=sd,
        excess=(strengths[0] - mean) / sd,
        gap=null.log_dispersions.mean(0) - dispersions,
        gap_error=null.log_dispersions.std(0, ddof=1) * np.sqrt(1 + 1 / len(null.log_dispersions)),
        p_value=_p_value(strengths, null.strengths),
        p_replication=_p_value(replicated, null.replicated),
        p_gaussian=_p_value(strengths, gaussian),
    )


def predicted(
    points: Floats, person: Integers, ks: tuple[int, ...], *, plan: AnalysisPlan, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Prediction strength and log dispersion for each number of groups, over the same splits of persons.

    Scores that go up and down together are cut the same way again and again where they spread most, groups or not;
    decorrelated scores have no such direction, and groups that lie side by side show in them first.

    Parameters
    ----------
    points : (n, d) array
    person : (n,) array of int
    ks : tuple of int
    plan : AnalysisPlan
    rng : numpy Generator

    Returns
    -------
    strengths : (2, candidates) array
        Of the scores as they are, then decorrelated with variance 1 each.
    log_dispersions : (candidates,) array
        Of the scores as they are.
    """
    halves = PersonHalves.drawn(person, plan.prediction_splits, rng=rng)
    views = (points, _decorrelated(points))
    found = [[predict_halves(view, halves, k, starts=plan.resample_starts, rng=rng) for k in ks] for view in views]
    strengths = np.array([[one.strength for one in view] for view in found])
    return strengths, np.array([one.log_dispersion for one in found[0]])


def _decorrelated(points: Floats) -> Floats:
    """Points (n, d) along their principal axes, each of variance 1; axes without spread are left out."""
    values, vectors = np.linalg.eigh(np.cov(points.T).reshape(points.shape[1], -1))
    spread = values > _LEAST_SPREAD * values[-1]
    return np.asarray((points - points.mean(0)) @ vectors[:, spread] / np.sqrt(values[spread]))


def _null_draw(
    rng: np.random.Generator,
    *,
    copula: NestedCopula,
    skewness: Floats,
    pattern: Floats,
    learning: Booleans,
    how: Factoring,
    ks: tuple[int, ...],
    plan: AnalysisPlan,
) -> tuple[Floats, Floats, Floats]:
    """One table of answers without groups: strengths and dispersions of its learning half, strengths of the other."""
    drawn = _drawn(copula, learning, rng)
    solution = learn_solution(drawn[learning], pattern.shape[1], starts=1, rng=rng, how=how)
    matched = solution.arranged(Arrangement.towards(solution.pattern, pattern))
    scores = skewed_alike(matched.scored(drawn), skewness)
    found = predicted(scores[learning], copula.person_of[learning], ks, plan=plan, rng=rng)
    return *found, predicted(scores[~learning], copula.person_of[~learning], ks, plan=plan, rng=rng)[0]


def _drawn(copula: NestedCopula, learning: Booleans, rng: np.random.Generator) -> Floats:
    """Answers without groups; as in the data, every item varies in the learning half, rare as an answer may be."""
    for _ in range(_MOST_DRAWS):
        drawn = copula.drawn(rng)
        if not constant_items(drawn[learning]).any():
            return drawn
    message = "An item was answered alike by nearly everybody, too nearly for a null reference. Leave such items out."
    raise AnalysisError("nearly_constant_item", message)


def _gaussian_draw(
    rng: np.random.Generator, *, points: Floats, person: Integers, ks: tuple[int, ...], plan: AnalysisPlan
) -> Floats:
    """Prediction strengths in normal scores with the same covariance and no nesting."""
    values, vectors = np.linalg.eigh(np.cov(points.T).reshape(points.shape[1], -1))
    root = vectors * np.sqrt(np.maximum(values, 0))
    return predicted(rng.standard_normal(points.shape) @ root.T, person, ks, plan=plan, rng=rng)[0]


def _p_value(found: Floats, null: Floats) -> float:
    """Share of all, the data among the draws, whose greatest standardised strength reaches that of the data.

    Data and draws are standardised together: were it by the draws alone, the data would stand out from few draws.
    """
    everything = np.concatenate([found[None], null]).reshape(1 + len(null), -1)
    spread = np.maximum(everything.std(0), _LEAST_SPREAD)
    greatest = ((everything - everything.mean(0)) / spread).max(1)
    return float((greatest >= greatest[0]).mean())
