"""The typing tool: few questions that tell a rating's archetype, judged on persons who had no part in making it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Self

import numpy as np
from scipy.optimize import linear_sum_assignment

from analysis.archetypes import learn_groups
from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factors import FactorSolution, learn_solution
from analysis.findings import (
    Archetypes,
    CalibrationBand,
    Caveat,
    Estimate,
    QuestionCount,
    TypedArchetype,
    TypingModel,
    TypingQuestion,
    TypingTool,
)
from analysis.intervals import estimates, mean_estimates
from analysis.numeric.agreement import agreement
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.discriminant import GroupMoments, likelihoods
from analysis.numeric.mixtures import Family
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from analysis.structure import Scored

# Whole numbers keep six digits of the functions; products with answers stay far below 2**53, exact in any program.
SCALE = 1_000_000
INNER_FOLDS = 3
_BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
# Question combinations must have been answered together by so many ratings of the smallest part they are judged on.
FEWEST_TOGETHER = 30


@dataclass(frozen=True, eq=False)
class _Functions:
    """Classification functions on some items: ``items`` (m,), ``constants`` (k,), ``coefficients`` (k, m)."""

    items: Integers
    constants: Floats
    coefficients: Floats

    def scores(self, x: Floats) -> Floats:
        """Scores of each row (n, k), NaN where one of the items was not answered."""
        return np.asarray(self.constants + x[:, self.items] @ self.coefficients.T)


@dataclass(frozen=True, eq=False)
class _Material:
    """Answers ``items`` (n, p), whose they are ``person`` (n,), and their archetypes ``labels`` (n,), of ``k``.

    ``family`` names the covariances of the mixture that the archetypes are.
    """

    items: Floats
    person: Integers
    labels: Integers
    k: int
    family: Family

    def among(self, rows: Booleans) -> Self:
        """Only some of the ratings."""
        return replace(self, items=self.items[rows], person=self.person[rows], labels=self.labels[rows])

    def learned(self, plan: AnalysisPlan, rng: np.random.Generator) -> tuple[_Functions, list[_Functions]]:
        """Choose how many questions by cross-validation among these persons; learn the functions on all of them.

        Returns the functions of the chosen questions, and those of 1, 2, … questions of the same path.
        """
        inner = _person_folds(np.unique(self.person, return_inverse=True)[1], INNER_FOLDS, rng)
        right = asked = np.zeros(plan.typing_most)
        for fold in range(INNER_FOLDS):
            path = self.among(inner != fold).path(plan)
            judged = self.among(inner == fold)
            found = _by_count(path, judged.items, judged.labels, most=plan.typing_most)
            right, asked = right + found[0], asked + found[1]
        path = self.path(plan)
        return path[_fewest_questions(right, asked, len(path), plan) - 1], path

    def path(self, plan: AnalysisPlan) -> list[_Functions]:
        """Functions of the best question, the best two, and so on.

        A group that shrinks to a few when archetypes are learned anew has none: its ratings are typed wrongly.
        """
        large = np.bincount(self.labels, minlength=self.k) >= FEWEST_TOGETHER
        if large.sum() < 2:  # noqa: PLR2004  (one group tells nothing apart)
            raise AnalysisError("small_archetype", "An archetype has too few ratings to learn questions for.")
        among = self.among(large[self.labels])
        moments = GroupMoments.of(among.items, (np.cumsum(large) - 1)[among.labels], int(large.sum()))
        fewest = max(FEWEST_TOGETHER * self.k, len(self.items) // 10)
        chosen = moments.chosen_items(plan.typing_most, answered=~np.isnan(among.items), fewest=fewest)
        if len(chosen) < plan.typing_fewest:
            raise AnalysisError("few_answered_together", "Too few questions were answered together by enough persons.")
        found = []
        for asked in (chosen[:m] for m in range(1, len(chosen) + 1)):
            constants, coefficients = np.full(self.k, -np.inf), np.zeros((self.k, len(asked)))
            constants[large], coefficients[large] = moments.functions(asked)
            found.append(_Functions(asked, constants, coefficients))
        return found


@dataclass(frozen=True, eq=False)
class _Fold:
    """What one fold says of its held-out ratings ``rows`` (n,).

    ``truth`` (n,) is the archetype by the solution that knew none of these persons, numbered as in the study;
    ``scores`` (n, k) are those of the questions, NaN where not all were answered. ``right`` has for each number of
    questions (1, 2, …) how many held-out ratings were typed rightly, and ``asked`` how many answered them all.
    """

    rows: Integers
    truth: Integers
    scores: Floats
    right: Integers
    asked: Integers


def make_typing_tool(
    dataset: Dataset,
    solution: FactorSolution,
    archetypes: Archetypes,
    *,
    plan: AnalysisPlan,
    resamples: PersonResamples,
    compute: Compute,
) -> tuple[TypingTool | None, tuple[Caveat, ...]]:
    """Choose golden questions, freeze the functions, and judge the whole procedure on held-out persons.

    Parameters
    ----------
    dataset : Dataset
    solution : FactorSolution
        The study's; its number of factors is taken over in every fold.
    archetypes : Archetypes
    plan : AnalysisPlan
        ``typing_folds``, ``typing_fewest``, ``typing_most``, ``typing_unsure_odds``.
    resamples : PersonResamples
    compute : Compute

    Returns
    -------
    tool : TypingTool or None
        None where there are no archetypes, or too few ratings of one to learn from.
    caveats : tuple of Caveat

    References
    ----------
    Varma & Simon (2006), doi:10.1186/1471-2105-7-91, on choosing inside the folds
    """
    if archetypes.structure == "none":
        return None, ()
    number = {archetype.key: i for i, archetype in enumerate(archetypes.archetypes)}
    labels = np.array([number[membership.archetype] for membership in archetypes.memberships])
    k = len(number)
    rng = plan.stream("typing tool")
    fold_of = _person_folds(dataset.person_numbers, plan.typing_folds, rng)
    folds = range(plan.typing_folds)
    streams = rng.spawn(plan.typing_folds + 1)
    try:
        material = _Material(dataset.items, dataset.person_numbers, labels, k, archetypes.family or "EEE")
        functions = material.learned(plan, streams[-1])[0]
        task = partial(_judged, material, solution, plan)
        found = compute.mapped(task, [(fold_of == fold, streams[fold]) for fold in folds])
    except AnalysisError as error:
        return None, (Caveat("no_typing_tool", "typing_tool", {"reason": error.code}),)
    model = _frozen(functions, dataset, archetypes, plan)
    return _tool(model, found, labels, dataset, resamples), _caveats(found, dataset)


def typed(model: TypingModel, answers: Floats) -> tuple[Integers, Booleans]:
    """Type ratings with a frozen model.

    Parameters
    ----------
    model : TypingModel
    answers : (n, questions) array
        As they were given; NaN and whatever lies outside a question's range is missing.

    Returns
    -------
    archetype : (n,) array of int
        Number of the archetype, -1 where a question was not answered.
    unsure : (n,) array of bool
        Also where a question was not answered.
    """
    low, high = (np.array([getattr(question, end) for question in model.questions]) for end in ("low", "high"))
    told = np.asarray(((answers >= low) & (answers <= high)).all(1))
    scores = np.array(model.constants) + np.where(told[:, None], answers, low) @ np.array(model.coefficients).T
    ordered = np.sort(scores, axis=1)
    unsure = ordered[:, -1] - ordered[:, -2] < model.unsure_below
    return np.where(told, scores.argmax(1), -1), np.asarray(~told | unsure)


def _person_folds(person: Integers, folds: int, rng: np.random.Generator) -> Integers:
    """Fold of each rating; all ratings of a person are in one."""
    count = int(person.max()) + 1
    return np.asarray((rng.permutation(count) % folds)[person])


def _judged(
    material: _Material, study: FactorSolution, plan: AnalysisPlan, fold: tuple[Booleans, np.random.Generator]
) -> _Fold:
    """Make everything anew without some persons, and type them."""
    held_out, rng = fold
    items, k, training = material.items, material.k, ~held_out
    n_factors = study.pattern.shape[1]
    solution = learn_solution(items[training], n_factors, starts=1, rng=rng, how=study.how)
    scored = Scored.by(solution, items, training, material.person, plan=plan)
    anew = learn_groups(scored, k, material.family, plan=plan).assigned(scored.scores)
    truth = _renumbered(anew.argmax(1), material.labels, training, k)
    functions, path = replace(material, labels=truth).among(training).learned(plan, rng)
    rows = np.flatnonzero(held_out)
    right, asked = _by_count(path, items[rows], truth[rows], most=plan.typing_most)
    return _Fold(rows, truth[rows], functions.scores(items[rows]), right, asked)


def _renumbered(anew: Integers, labels: Integers, training: Booleans, k: int) -> Integers:
    """Number the groups of a fold like the study's archetypes that they share most ratings with."""
    shared = np.zeros((k, k))
    np.add.at(shared, (anew[training], labels[training]), 1)
    mine, study = linear_sum_assignment(-shared)
    numbers = np.empty(k, dtype=np.int64)
    numbers[mine] = study
    return numbers[anew]


def _by_count(path: Sequence[_Functions], items: Floats, truth: Integers, *, most: int) -> tuple[Integers, Integers]:
    """How many ratings each number of questions types rightly, and how many answered them all."""
    right, asked = np.zeros((2, most), dtype=np.int64)
    for i, functions in enumerate(path):
        scores = functions.scores(items)
        whole = ~np.isnan(scores).any(1)
        asked[i] = whole.sum()
        right[i] = (scores[whole].argmax(1) == truth[whole]).sum() if whole.any() else 0
    return right, asked


def _fewest_questions(right: Floats, asked: Floats, longest: int, plan: AnalysisPlan) -> int:
    """The fewest questions whose accuracy is within one standard error of the best (Breiman's rule)."""
    counts = np.arange(plan.typing_fewest, longest + 1)
    n = np.maximum(asked[counts - 1], 1)
    accuracy = right[counts - 1] / n
    best = int(accuracy.argmax())
    error = np.sqrt(accuracy[best] * (1 - accuracy[best]) / n[best])
    return int(counts[accuracy >= accuracy[best] - error][0])


def _frozen(functions: _Functions, dataset: Dataset, archetypes: Archetypes, plan: AnalysisPlan) -> TypingModel:
    """Put the functions into whole numbers that take answers as they were given, and give them a version."""
    columns = dataset.item_columns
    scale_of = {column: scale for scale in dataset.measures.scales for column in scale.columns}
    questions, turned, ends = [], [], []
    for item in functions.items:
        column = columns[item]
        scale = scale_of[column]
        questions.append(TypingQuestion(column, scale.texts.get(column, {}), scale.low, scale.high))
        turned.append(column in scale.reversed)
        ends.append(scale.low + scale.high)
    turn = np.array(turned)
    coefficients = np.where(turn, -functions.coefficients, functions.coefficients)
    constants = functions.constants + (functions.coefficients * np.where(turn, ends, 0.0)).sum(1)
    model = TypingModel(
        version="",
        study=dataset.info.key,
        simulated=dataset.info.simulated,
        archetypes=tuple(archetype.key for archetype in archetypes.archetypes),
        labels=tuple(archetype.label for archetype in archetypes.archetypes),
        questions=tuple(questions),
        # only differences count: the first archetype's functions are taken off all
        constants=_whole(constants - constants[0]),
        coefficients=tuple(map(_whole, coefficients - coefficients[0])),
        scale=SCALE,
        unsure_below=int(np.rint(SCALE * np.log(plan.typing_unsure_odds))),
    )
    return versioned(model)


def versioned(model: TypingModel) -> TypingModel:
    """Give a model the version that belongs to it.

    Parameters
    ----------
    model : TypingModel

    Returns
    -------
    TypingModel
        Its version is a digest of all the rest, names included.
    """
    digest = hashlib.sha256(json.dumps(asdict(replace(model, version="")), sort_keys=True).encode()).hexdigest()
    return replace(model, version=digest[:12])


def _whole(values: Floats) -> tuple[int, ...]:
    """Numbers times the scale, as whole numbers."""
    return tuple(int(value) for value in np.rint(values * SCALE))


@dataclass(frozen=True, eq=False)
class _Typed:
    """Held-out ratings and what they were typed as.

    ``truth``, ``typed_as`` (n,) are numbers of archetypes; ``told`` (n,) where all questions were answered,
    ``sure`` (n,) where the best is far enough ahead, ``probability`` (n,) of the best.
    """

    truth: Integers
    typed_as: Integers
    told: Booleans
    sure: Booleans
    probability: Floats

    @classmethod
    def gathered(cls, folds: Sequence[_Fold], n: int, k: int, *, unsure_below: float) -> Self:
        """Put the folds together; every rating was held out once."""
        truth, scores = np.empty(n, dtype=np.int64), np.full((n, k), np.nan)
        for fold in folds:
            truth[fold.rows], scores[fold.rows] = fold.truth, fold.scores
        told = ~np.isnan(scores).any(1)
        scores = np.where(told[:, None], scores, 0.0)
        ordered = np.sort(scores, axis=1)
        sure = ordered[:, -1] - ordered[:, -2] >= unsure_below
        return cls(truth, scores.argmax(1), told, sure, likelihoods(scores).max(1))

    @property
    def right(self) -> Floats:
        """1 where typed rightly, 0 where wrongly, NaN where not typed, (n,)."""
        return np.where(self.told, self.typed_as == self.truth, np.nan)

    def right_where(self, archetype_of: Integers, k: int) -> Floats:
        """``right`` in a column for each archetype of one numbering, NaN in the columns of the others, (n, k)."""
        return np.where(archetype_of[:, None] == np.arange(k), self.right[:, None], np.nan)


def _tool(
    model: TypingModel, folds: Sequence[_Fold], labels: Integers, dataset: Dataset, resamples: PersonResamples
) -> TypingTool:
    """Judge the typing of all held-out ratings."""
    k = len(model.archetypes)
    found = _Typed.gathered(folds, len(labels), k, unsure_below=model.unsure_below / model.scale)
    right, told = found.right, found.told
    most = np.bincount(found.truth[told], minlength=k).argmax()
    general = [
        right,
        np.where(found.sure, right, np.nan),
        np.where(told, found.sure, np.nan),
        np.where(told, found.truth == most, np.nan),
        found.truth == labels,
    ]
    figures = np.column_stack([*general, found.right_where(found.truth, k), found.right_where(found.typed_as, k)])
    accuracy, when_sure, sure, majority, relearned, *each = mean_estimates(dataset, figures, resamples)
    bands = _calibration(found.probability[told], right[told])
    return TypingTool(
        model=model,
        folds=len(folds),
        accuracy=accuracy,
        accuracy_when_sure=when_sure,
        share_sure=sure,
        majority=majority,
        kappa=_kappa(found, dataset, resamples, k),
        relearned=relearned,
        retest=None,
        by_archetype=tuple(map(TypedArchetype, model.archetypes, each[:k], each[k:])),
        by_count=_counts(folds),
        calibration=bands,
        calibration_error=sum(band.n * abs(band.stated - band.right) for band in bands) / max(int(told.sum()), 1),
        confusion=tuple(map(tuple, _cells(found, k).sum(0).reshape(k, k).astype(int).tolist())),
    )


def _cells(found: _Typed, k: int) -> Floats:
    """For each typed rating a 1 in its cell of the table archetype × typed as, (typed, k * k)."""
    return np.asarray(np.eye(k * k)[found.truth[found.told] * k + found.typed_as[found.told]])


def _kappa(found: _Typed, dataset: Dataset, resamples: PersonResamples, k: int) -> Estimate:
    """Agreement beyond chance, resampled by persons."""
    cells = _cells(found, k) * dataset.weights[found.told][:, None]
    tables = resamples.totals(cells, dataset.person_numbers[found.told]).reshape(-1, k, k)
    return estimates(agreement(tables).kappa[:, None], np.array([len(cells)]))[0]


def _counts(folds: Sequence[_Fold]) -> tuple[QuestionCount, ...]:
    """Held-out accuracy by number of questions, as far as every fold went."""
    right, asked = np.sum([fold.right for fold in folds], axis=0), np.sum([fold.asked for fold in folds], axis=0)
    reached = np.flatnonzero(np.all([fold.asked > 0 for fold in folds], axis=0))
    return tuple(QuestionCount(int(m) + 1, float(right[m] / asked[m]), int(asked[m])) for m in reached)


def _calibration(probability: Floats, right: Floats) -> tuple[CalibrationBand, ...]:
    """Stated probability beside the share that was right, in bands."""
    band = np.digitize(probability, _BANDS[1:-1])
    return tuple(
        CalibrationBand(
            _BANDS[i],
            _BANDS[i + 1],
            float(probability[band == i].mean()),
            float(right[band == i].mean()),
            int((band == i).sum()),
        )
        for i in range(len(_BANDS) - 1)
        if (band == i).any()
    )


def _caveats(folds: Sequence[_Fold], dataset: Dataset) -> tuple[Caveat, ...]:
    """What a reader must know of the accuracy."""
    told = int(sum((~np.isnan(fold.scores).any(1)).sum() for fold in folds))
    if told == len(dataset.ratings):
        return ()
    return (Caveat("typing_on_complete_answers", "typing_tool", {"n": told, "ratings": len(dataset.ratings)}),)
