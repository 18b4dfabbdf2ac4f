"""A later wave held against an earlier one by the earlier wave's frozen model; it learns no archetypes anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from analysis.dataset import Dataset
from analysis.dealbreakers import find_dealbreakers
from analysis.drift import LaterWave, find_drift
from analysis.errors import AnalysisError
from analysis.findings import (
    ArchetypeDealbreaker,
    Caveat,
    Change,
    Dealbreaker,
    Estimate,
    LaterPrediction,
    Membership,
    RatingType,
    Stability,
    StableKind,
    StudyFindings,
    WantedPath,
    Wanting,
    WaveFindings,
)
from analysis.findings.robustness import Segmentation
from analysis.frozen import FrozenModel
from analysis.grouped import Grouped
from analysis.intervals import estimates, with_bounds
from analysis.numeric.agreement import agreement
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.clustering import best_kmeans
from analysis.numeric.held_out import explained_share, person_folds, predict_held_out
from analysis.numeric.proportions import effective_clusters, unanimous_interval
from analysis.numeric.resampling import PersonResamples, interval, ratios
from analysis.plan import AnalysisPlan
from analysis.robustness import coded_background
from analysis.screening import screen

Progress = Callable[[float, str], None]


def compare_waves(
    earlier: StudyFindings,
    later: Dataset,
    *,
    plan: AnalysisPlan,
    earlier_answers: Dataset | None = None,
    progress: Progress = lambda _fraction, _doing: None,
) -> WaveFindings:
    """Hold a later wave against an earlier one.

    Archetypes, scores and typing tool are the earlier wave's, frozen. Ratings of the same brand by persons with the
    same id tell who changed, and what the earlier archetypes say of the later outcomes.

    Parameters
    ----------
    earlier : StudyFindings
    later : Dataset
        All answers of the later wave; they are screened as those of any study.
    plan : AnalysisPlan
        Of the later wave.
    earlier_answers : Dataset, optional
        The answers behind the earlier findings; only with them can broken rules be held against later outcomes.
    progress : callable
        Called with the share done, 0 to 1, and what is being done.

    Returns
    -------
    WaveFindings

    Raises
    ------
    AnalysisError
        ``too_few_persons``; ``no_frozen_model``, ``other_items``, ``other_range`` where the frozen model cannot be
        applied; ``other_answers`` where the earlier answers are not those behind the earlier findings.
    """
    with threadpool_limits(limits=1):
        return _compared(earlier, later, plan, earlier_answers, progress)


@dataclass(frozen=True, eq=False)
class _Both:
    """Ratings of one brand by one person that are in both waves, in the order of the later wave.

    ``before`` and ``after`` (n,) are archetypes, None without any; ``scores`` (n, factors) are the earlier ones.
    ``picks`` (n, 3) are the earlier current family, the family wanted then, and the later current family, "" where not
    picked.
    """

    dataset: Dataset
    resamples: PersonResamples
    before: Integers | None
    after: Integers | None
    scores: Floats
    picks: np.ndarray
    keys: tuple[str, ...]

    @classmethod
    def of(cls, earlier: StudyFindings, later: LaterWave, *, plan: AnalysisPlan) -> _Both:
        """Match the ratings of both waves by person and brand."""
        memberships = _memberships(earlier) if later.dataset.measures.person else {}
        rows = np.array([rating in memberships for rating in _ratings(later.dataset)], dtype=bool)
        dataset = later.dataset.keeping(rows)
        matched = [memberships[rating] for rating in _ratings(dataset)]
        keys = tuple(archetype.key for archetype in earlier.archetypes.archetypes) if earlier.archetypes else ()
        grouped = later.archetype is not None
        return cls(
            dataset=dataset,
            resamples=PersonResamples.drawn(dataset.n_raters, plan.resamples, rng=plan.stream("both waves")),
            before=np.array([keys.index(own.archetype) for own in matched], dtype=np.int64) if grouped else None,
            after=later.archetype[rows] if later.archetype is not None else None,
            scores=np.array([own.scores for own in matched]).reshape(len(matched), later.scores.shape[1]),
            picks=_picks(earlier, dataset),
            keys=keys,
        )

    @property
    def n(self) -> int:
        """How many ratings are in both waves."""
        return len(self.dataset.ratings)

    def tables(self, numbers: Sequence[Integers], size: int, rows: Booleans | None = None) -> Floats:
        """Weighted table of ratings by classes 0 to ``size`` - 1 on several axes, as it is and in each resample."""
        which = np.ones(self.n, dtype=bool) if rows is None else rows
        cell = np.ravel_multi_index([each[which] for each in numbers], (size,) * len(numbers))
        cells = np.zeros((len(cell), size ** len(numbers)))
        cells[np.arange(len(cell)), cell] = self.dataset.weights[which]
        found = self.resamples.totals(cells, self.dataset.person_numbers[which])
        return found.reshape(-1, *(size,) * len(numbers))

    def shares(self, figures: Floats, rows: Sequence[Booleans], n: Sequence[int]) -> tuple[Estimate, ...]:
        """Shares (1 + resamples, c) of the given ratings as estimates, of 0 and 1 with exact intervals."""
        low, high = interval(figures[1:])
        # sums in another order may miss 1 by a rounding error
        for column in np.flatnonzero(np.isclose(figures[0], 0) | np.isclose(figures[0], 1)).tolist():
            which = rows[column]
            persons = effective_clusters(self.dataset.weights[which], self.dataset.person_numbers[which])
            low[column], high[column] = unanimous_interval(int(not np.isclose(figures[0, column], 0)), persons)
        return with_bounds(figures[0], low, high, np.array(n))


def _compared(
    earlier: StudyFindings,
    later: Dataset,
    plan: AnalysisPlan,
    earlier_answers: Dataset | None,
    progress: Progress,
) -> WaveFindings:
    """Take the steps of the comparison one after the other."""
    progress(0.0, "screening")
    model = FrozenModel.of(earlier)
    wave = LaterWave.of(model, _screened(later, plan), plan=plan)

    # Drift: does the frozen model still fit what was answered?
    progress(0.1, "drift")
    drift, caveats = find_drift(model, earlier, wave, plan=plan)

    # Stability: the same persons and brands, typed again.
    progress(0.6, "stability")
    both = _Both.of(earlier, wave, plan=plan)
    enough = both.n >= plan.suppress_below
    retyping = _retyping(both, plan) if enough else None
    picks = _picks_again(both, plan) if enough else None
    wanting = _wanting(both, plan) if enough else None

    # What the earlier archetypes say of the later outcomes, beside what they came from and other segmentations.
    progress(0.8, "later outcomes")
    predictions = tuple(_predictions(both, plan)) if enough else ()
    dealbreakers, here = _dealbreakers(both, earlier, earlier_answers, plan) if enough else ((), ())
    progress(1.0, "done")
    found = WaveFindings(
        schema_version=1,
        earlier=earlier.study,
        later=later.info,
        earlier_sha256=earlier.manifest.data_sha256,
        later_sha256=later.sha256,
        simulated=earlier.study.simulated or later.info.simulated,
        plan=plan.model_dump(mode="json"),
        n_persons=wave.dataset.n_raters,
        n_ratings=len(wave.dataset.ratings),
        n_both_persons=both.dataset.n_raters,
        n_both_ratings=both.n,
        drift=drift,
        retyping=retyping,
        picks=picks,
        wanting=wanting,
        predictions=predictions,
        dealbreakers=dealbreakers,
        archetype_dealbreakers=here,
        caveats=(),
    )
    return dataclasses.replace(found, caveats=(*caveats, *_caveats(found, earlier, both, plan)))


def _screened(later: Dataset, plan: AnalysisPlan) -> Dataset:
    """Leave out of the later wave what is left out of any study."""
    kept = screen(later, plan=plan).kept
    if kept.n_raters < plan.minimum_persons:
        message = (
            f"{kept.n_raters} persons of the later wave have usable ratings, {plan.minimum_persons} are needed to "
            "compare it with the earlier one. Collect more answers."
        )
        raise AnalysisError("too_few_persons", message, persons=kept.n_raters, needed=plan.minimum_persons)
    return kept


def _ratings(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Person and brand of each rating."""
    return zip(dataset.ratings["person"], dataset.ratings["brand"], strict=True)


def _memberships(earlier: StudyFindings) -> dict[tuple[str, str], Membership]:
    """The earlier wave's ratings by person and brand."""
    found = earlier.archetypes.memberships if earlier.archetypes else ()
    return {(own.person, own.brand): own for own in found}


def _picks(earlier: StudyFindings, dataset: Dataset) -> np.ndarray:
    """Families picked by the ratings of a later wave: had earlier, wanted earlier, had later, (ratings, 3)."""
    typed = earlier.typology.ratings if earlier.typology else ()
    known: dict[tuple[str, str], RatingType] = {(own.person, own.brand): own for own in typed}
    before = [known.get(rating) for rating in _ratings(dataset)]
    had = ["" if own is None else own.current_family for own in before]
    wanted = ["" if own is None else own.desired_family for own in before]
    return np.column_stack([had, wanted, dataset.ratings["current"].to_numpy(dtype=str)])


def _retyping(both: _Both, plan: AnalysisPlan) -> Stability | None:
    """Archetypes by the same frozen model in both waves."""
    if both.before is None or both.after is None:
        return None
    rows = np.ones(both.n, dtype=bool)
    return _stability(both, "archetype", both.before, both.after, both.keys, rows=rows, least=plan.suppress_below)


def _picks_again(both: _Both, plan: AnalysisPlan) -> Stability | None:
    """Families that people picked themselves in both waves."""
    rows = (both.picks[:, [0, 2]] != "").all(1)
    if rows.sum() < plan.suppress_below:
        return None
    keys, numbers = _numbered(both.picks[:, [0, 2]])
    return _stability(both, "family", numbers[:, 0], numbers[:, 1], keys, rows=rows, least=plan.suppress_below)


def _numbered(picks: np.ndarray) -> tuple[tuple[str, ...], Integers]:
    """Families in alphabetical order, and each pick as a number; no pick is 0 too, and must be left out."""
    keys = tuple(sorted(set(picks.ravel().tolist()) - {""}))
    place = {key: i for i, key in enumerate(keys)}
    return keys, np.vectorize(lambda pick: place.get(pick, 0), otypes=[np.int64])(picks)


def _stability(
    both: _Both, of: StableKind, before: Integers, after: Integers, keys: tuple[str, ...], *, rows: Booleans, least: int
) -> Stability:
    """Agreement of two classifications, and where those of each class went."""
    tables = both.tables((before, after), len(keys), rows)
    found = agreement(tables)
    n = int(rows.sum())
    (alike,) = both.shares(found.share[:, None], [rows], [n])
    (kappa,) = estimates(found.kappa[:, None], np.array([n]))
    origins = np.bincount(before[rows], minlength=len(keys))
    return Stability(
        of=of,
        n_persons=len(np.unique(both.dataset.person_numbers[rows])),
        agreement=alike,
        kappa=kappa,
        changes=tuple(
            change
            for i, origin in enumerate(keys)
            if origins[i] >= least
            for change in _changes(both, origin, keys, tables[:, i], rows & (before == i))
        ),
    )


def _changes(both: _Both, origin: str, keys: tuple[str, ...], went: Floats, rows: Booleans) -> Iterator[Change]:
    """Where those of one class went: ``went`` (1 + resamples, k) counts them, ``rows`` are theirs."""
    shares = ratios(went, np.repeat(went.sum(1, keepdims=True), len(keys), axis=1))
    found = both.shares(shares, [rows] * len(keys), [int(rows.sum())] * len(keys))
    yield from (Change(origin, target, share) for target, share in zip(keys, found, strict=True))


@dataclass(frozen=True, eq=False)
class _Wanted:
    """Who had, wanted and has which family, (1 + resamples, had, wanted) each.

    ``wanting`` counts those who wanted one, ``got`` those of them who have it, ``others`` is the share who have it of
    those with the same family who did not want it; on the diagonal nobody wanted another.
    """

    wanting: Floats
    got: Floats
    others: Floats
    stayed: Floats

    @classmethod
    def of(cls, tables: Floats) -> _Wanted:
        """Take them from tables (1 + resamples, had, wanted, has)."""
        k = tables.shape[-1]
        wanting = tables.sum(3) * (1 - np.eye(k))
        got = np.einsum("rcdd->rcd", tables) * (1 - np.eye(k))
        everyone = tables.sum(2)
        not_wanting = everyone.sum(2)[:, :, None] - tables.sum(3)
        others = ratios(everyone - np.einsum("rcdd->rcd", tables), not_wanting)
        return cls(wanting, got, others, np.einsum("rcdc->rcd", tables) * (1 - np.eye(k)))

    def overall(self) -> Floats:
        """Shares who got what they wanted, of the others who did, their difference, and who stayed, (1 + resamples, 4).

        The others and the difference are on paths for which somebody with the same family did not want the same.
        """
        told, everyone = ~np.isnan(self.others), self.wanting.sum((1, 2))
        comparable = (self.wanting * told).sum((1, 2))
        others = ratios((self.wanting * np.nan_to_num(self.others)).sum((1, 2)), comparable)
        difference = ratios((self.got * told).sum((1, 2)), comparable) - others
        return np.column_stack(
            [ratios(self.got.sum((1, 2)), everyone), others, difference, ratios(self.stayed.sum((1, 2)), everyone)]
        )

    def path(self, had: int, wanted: int) -> Floats:
        """The first three for one path, (1 + resamples, 3)."""
        got = ratios(self.got[:, had, wanted], self.wanting[:, had, wanted])
        others = self.others[:, had, wanted]
        return np.column_stack([got, others, got - others])


def _wanting(both: _Both, plan: AnalysisPlan) -> Wanting | None:
    """Whether those who wanted another family have it, against those who did not want it."""
    rows = (both.picks != "").all(1)
    wanted = rows & (both.picks[:, 0] != both.picks[:, 1])
    if wanted.sum() < plan.suppress_below:
        return None
    keys, numbers = _numbered(both.picks)
    found = _Wanted.of(both.tables(tuple(numbers.T), len(keys), rows))
    paths = np.zeros((len(keys), len(keys)), dtype=int)
    np.add.at(paths, (numbers[wanted, 0], numbers[wanted, 1]), 1)
    not_wanting = np.bincount(numbers[rows, 0], minlength=len(keys))[:, None] - paths
    shown = np.argwhere((paths >= plan.suppress_below) & (not_wanting >= plan.suppress_below))
    n, n_compared = int(wanted.sum()), int(paths[not_wanting > 0].sum())
    # a rating serves for comparison where somebody with the same family wanted another one than it did
    had, wants = numbers[:, 0], numbers[:, 1]
    compared = rows & ((paths > 0).sum(1)[had] > (paths > 0)[had, wants])
    overall = found.overall()
    got, others, stayed = both.shares(overall[:, [0, 1, 3]], [wanted, compared, wanted], [n, n_compared, n])
    (difference,) = estimates(overall[:, [2]], np.array([n_compared]))
    return Wanting(
        got,
        others,
        difference,
        stayed,
        tuple(
            _path(both, found.path(c, d), (keys[c], keys[d]), rows & (had == c) & (wants == d), rows & (had == c))
            for c, d in shown.tolist()
        ),
    )


def _path(both: _Both, figures: Floats, families: tuple[str, str], wanted: Booleans, having: Booleans) -> WantedPath:
    """What became of one wish: ``figures`` (1 + resamples, 3), of ``wanted`` ratings and all ``having`` that family."""
    others = having & ~wanted
    n = int(wanted.sum())
    got, otherwise = both.shares(figures[:, :2], [wanted, others], [n, int(others.sum())])
    return WantedPath(*families, got, otherwise, *estimates(figures[:, [2]], np.array([n])))


def _predictions(both: _Both, plan: AnalysisPlan) -> Iterator[LaterPrediction]:
    """How well the earlier segmentations predict each later outcome."""
    segmentations = list(_segmentations(both, plan))
    for i, outcome in enumerate(both.dataset.measures.outcomes):
        values = both.dataset.outcomes[:, i]
        rows = ~np.isnan(values)
        person = both.dataset.person_numbers[rows]
        if len(np.unique(person)) < plan.minimum_persons or np.ptp(values[rows]) == 0:
            continue
        fold = person_folds(person, plan.robustness_folds, rng=plan.stream("folds of both waves"))
        shares = {}
        for by, _, predictors in segmentations:
            predicted, plain = predict_held_out(predictors[rows], values[rows], fold)
            shares[by] = explained_share(values[rows], predicted, plain, person, both.resamples)
        for by, segments, _ in segmentations:
            yield _prediction(outcome.key, by, segments, shares, int(rows.sum()))


def _prediction(
    outcome: str, by: Segmentation, segments: int | None, shares: dict[Segmentation, Floats], n: int
) -> LaterPrediction:
    """What one segmentation predicts, beside what the archetypes do."""
    base = np.array([n])
    share = estimates(shares[by][:, None], base)[0]
    if by == "archetypes" or "archetypes" not in shares:
        return LaterPrediction(outcome, by, segments, share, None, None)
    advantage = estimates((shares["archetypes"] - shares[by])[:, None], base)[0]
    return LaterPrediction(outcome, by, segments, share, advantage, (advantage.low or 0.0) > 0)


def _segmentations(both: _Both, plan: AnalysisPlan) -> Iterator[tuple[Segmentation, int | None, Floats]]:
    """Earlier archetypes, earlier scores, and what customers are otherwise segmented by, as predictors (n, columns)."""
    k = len(both.keys)
    if both.before is not None:
        yield "archetypes", k, np.eye(k)[both.before]
    yield "scores", None, both.scores
    for kind, columns in both.dataset.measures.background.items():
        known = coded_background(both.dataset.ratings[list(columns)])
        if known.shape[1] and k:
            rng = plan.stream(f"segments {kind}")
            yield kind, k, np.eye(k)[best_kmeans(known, k, starts=plan.kmeans_starts, rng=rng).labels]


def _dealbreakers(
    both: _Both, earlier: StudyFindings, answers: Dataset | None, plan: AnalysisPlan
) -> tuple[tuple[Dealbreaker, ...], tuple[ArchetypeDealbreaker, ...]]:
    """Rules broken by the earlier wave's answers, with the outcomes of the later wave."""
    if answers is None:
        return (), ()
    if answers.sha256 != earlier.manifest.data_sha256:
        message = "The earlier answers are not those behind the earlier findings. Give the file that was analysed."
        raise AnalysisError("other_answers", message)
    wanted = set(_ratings(both.dataset))
    own = answers.keeping(np.array([rating in wanted for rating in _ratings(answers)], dtype=bool))
    if not own.measures.rules:
        return (), ()
    outcomes = tuple(dataclasses.replace(outcome, later=True) for outcome in both.dataset.measures.outcomes)
    columns = {column: both.dataset.ratings[column].to_numpy() for out in outcomes for column in out.columns}
    joined = dataclasses.replace(
        own, ratings=own.ratings.assign(**columns), measures=dataclasses.replace(own.measures, outcomes=outcomes)
    )
    # no outcome of the later wave made an archetype: all persons serve for testing
    grouped = Grouped(np.ones(both.n, dtype=bool), both.before)
    overall, here, _, _ = find_dealbreakers(joined, grouped, plan=plan)
    return overall, here


def _caveats(found: WaveFindings, earlier: StudyFindings, both: _Both, plan: AnalysisPlan) -> Iterator[Caveat]:
    """What a reader must know of the comparison."""
    if found.simulated:
        yield Caveat("simulated", "study", {})
    if both.before is None:
        yield Caveat("no_earlier_archetypes", "waves", {})
    if both.n < plan.suppress_below:
        yield Caveat("no_same_persons", "waves", {"ratings": both.n, "needed": plan.suppress_below})
        return
    yield Caveat("wave_attrition", "waves", {"both": both.dataset.n_raters, "persons": earlier.sample.n_persons})
    if found.retyping is not None:
        yield Caveat("change_or_error", "waves", {})
    if found.wanting is None:
        yield Caveat("nobody_wanted_another", "waves", {})
    if not found.predictions:
        yield Caveat("no_later_outcomes", "waves", {})
    elif {prediction.by for prediction in found.predictions} - {"archetypes", "scores"}:
        yield Caveat("segmentations_from_later", "waves", {})
