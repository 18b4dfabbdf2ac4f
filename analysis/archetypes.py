"""Groups of ratings with one way of relating: how many, whether the data hold them at all, and what each is like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, silhouette_score

from analysis.dataset import Dataset
from analysis.factors import FactorSolution, learn_solution
from analysis.findings import Archetype, Archetypes, Candidate, Caveat, Estimate, Match, Membership, Structure
from analysis.intervals import bases, estimates, resampled_means
from analysis.labels import joined, lowered, numbered, raised
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.clustering import PersonHalves, distances, nearest, prediction_strength
from analysis.numeric.copula import NestedCopula
from analysis.numeric.incomplete import present_means
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from analysis.positions import named_dimensions, positions
from analysis.typology import match_to_catalogue
from instruments.catalogue import Catalogue
from instruments.model import Texts

Progress = Callable[[float, str], None]

# Silhouettes are taken over at most this many ratings; their cost grows with the square.
_SILHOUETTE_RATINGS = 5000
_SEED_LIMIT = 2**31


def divide_persons(dataset: Dataset, *, rng: np.random.Generator) -> Booleans:
    """Divide persons into a learning half and a test half, alike in country and first brand.

    Parameters
    ----------
    dataset : Dataset
    rng : numpy Generator

    Returns
    -------
    (ratings,) array of bool
        True for ratings of persons in the learning half.
    """
    first = dataset.ratings.drop_duplicates("person")
    strata = (first["country"] + "\x1f" + first["brand"]).to_numpy(dtype=str)
    order = np.lexsort((rng.random(len(first)), strata))
    learning = np.zeros(len(first), dtype=bool)
    # going through the strata one after the other, every second person: each stratum is halved
    learning[order[::2]] = True
    return np.asarray(learning[dataset.person_numbers])


@dataclass(frozen=True, eq=False)
class Scored:
    """Factor scores of all ratings (n, k), which of them are for learning (n,), and whose they are (n,)."""

    scores: Floats
    learning: Booleans
    person: Integers

    def half(self, *, learning: bool) -> tuple[Floats, Integers]:
        """Scores and persons of one half."""
        rows = self.learning == learning
        return self.scores[rows], self.person[rows]


@dataclass(frozen=True, eq=False)
class NullReference:
    """Prediction strengths in data without groups.

    ``learning`` (draws, candidates) are those of the learning half; ``tables`` the scored null tables, of which
    the test half is looked at for the chosen number only.
    """

    learning: Floats
    tables: tuple[Scored, ...]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for groups in the learning half.

    ``strengths`` (candidates,) are the data's prediction strengths, ``null_mean`` and ``null_sd`` those of the
    null reference, ``excess`` their standardised difference; ``p_value`` belongs to the greatest excess.
    """

    strengths: Floats
    null_mean: Floats
    null_sd: Floats
    excess: Floats
    p_value: float


@dataclass(frozen=True, eq=False)
class Grouping:
    """One number of groups: centroids (k, d) learned on the learning half and what speaks for them."""

    k: int
    centroids: Floats
    silhouette: float
    calinski_harabasz: float
    replication_ari: float
    smallest_share: float


@dataclass(frozen=True)
class Verdict:
    """How many groups, by which rule, and whether they are natural, constructed or not there."""

    structure: Structure
    k: int
    rule: str
    p_test: float


def find_archetypes(
    dataset: Dataset,
    solution: FactorSolution,
    learning: Booleans,
    *,
    plan: AnalysisPlan,
    catalogue: Catalogue,
    resamples: PersonResamples,
    progress: Progress,
) -> tuple[Archetypes, tuple[Caveat, ...]]:
    """Find archetypes on the learning half, judge them on the test half, and describe them.

    Parameters
    ----------
    dataset : Dataset
    solution : FactorSolution
        Learned on the learning half.
    learning : (ratings,) array of bool
    plan : AnalysisPlan
    catalogue : Catalogue
    resamples : PersonResamples
    progress : callable
        Told the share done of this step.

    Returns
    -------
    archetypes : Archetypes
    caveats : tuple of Caveat
    """
    scored = Scored(solution.scored(dataset.items), learning, dataset.person_numbers)
    ks = tuple(range(plan.k_min, plan.k_max + 1))
    groupings = [cluster(scored, k, plan=plan, rng=plan.stream(f"k-means {k}")) for k in ks]
    progress(0.1, "null reference")
    null = null_reference(dataset, learning, solution.pattern.shape[1], ks, plan=plan, progress=progress)
    evidence = weigh_evidence(scored, null, ks, plan=plan, rng=plan.stream("prediction strength"))
    verdict = judge_structure(scored, null, evidence, groupings, plan=plan, rng=plan.stream("test half"))
    chosen = groupings[ks.index(verdict.k)]
    centroids, labels = _by_share(chosen.centroids, scored.scores, dataset.weights)
    exploratory = dataset.n_raters < plan.confirm_persons
    found = Archetypes(
        structure=verdict.structure,
        exploratory=exploratory,
        k=verdict.k,
        rule=verdict.rule,
        candidates=_candidates(groupings, evidence, verdict.k),
        null_draws=plan.null_draws,
        p_learn=evidence.p_value,
        p_test=verdict.p_test,
        replication_ari=chosen.replication_ari,
        archetypes=describe(dataset, centroids, labels, ~learning, catalogue=catalogue, resamples=resamples),
        memberships=_memberships(dataset, scored.scores, centroids),
    )
    numbers: dict[str, float | int | str] = {"persons": dataset.n_raters, "needed": plan.confirm_persons}
    return found, (Caveat("exploratory", "study", numbers),) if exploratory else ()


def cluster(scored: Scored, k: int, *, plan: AnalysisPlan, rng: np.random.Generator) -> Grouping:
    """Cluster the learning half by k-means and see whether the test half, clustered alone, gives the same.

    Parameters
    ----------
    scored : Scored
    k : int
    plan : AnalysisPlan
    rng : numpy Generator

    Returns
    -------
    Grouping
    """
    learn, _ = scored.half(learning=True)
    test, _ = scored.half(learning=False)
    seed, test_seed, sample_seed = (int(s) for s in rng.integers(0, _SEED_LIMIT, 3))
    learned = KMeans(k, n_init=plan.kmeans_starts, random_state=seed).fit(learn)
    own = KMeans(k, n_init=plan.kmeans_starts, random_state=test_seed).fit(test)
    frozen = nearest(test, learned.cluster_centers_)
    sample = min(len(learn), _SILHOUETTE_RATINGS)
    return Grouping(
        k=k,
        centroids=np.asarray(learned.cluster_centers_),
        silhouette=float(silhouette_score(learn, learned.labels_, sample_size=sample, random_state=sample_seed)),
        calinski_harabasz=float(calinski_harabasz_score(learn, learned.labels_)),
        replication_ari=float(adjusted_rand_score(frozen, own.labels_)),
        smallest_share=float(np.bincount(learned.labels_, minlength=k).min() / len(learn)),
    )


def null_reference(
    dataset: Dataset,
    learning: Booleans,
    n_factors: int,
    ks: tuple[int, ...],
    *,
    plan: AnalysisPlan,
    progress: Progress,
) -> NullReference:
    """Pass answers without groups through the whole scoring, again and again.

    The answers are drawn from a Gaussian copula with the items' own margins, correlations, person effects
    and brand effects, for the same persons and brands with the same answers missing. Their factors are
    learned anew on the learning half; each draw has a random stream of its own.

    Parameters
    ----------
    dataset : Dataset
    learning : (ratings,) array of bool
    n_factors : int
    ks : tuple of int
        Numbers of groups.
    plan : AnalysisPlan
    progress : callable

    Returns
    -------
    NullReference
    """
    brand = np.unique(dataset.ratings["brand"].to_numpy(dtype=str), return_inverse=True)[1]
    copula = NestedCopula.of(dataset.items, dataset.person_numbers, brand)
    strengths, tables = [], []
    for i, rng in enumerate(plan.stream("null reference").spawn(plan.null_draws)):
        drawn = copula.drawn(rng)
        solution = learn_solution(drawn[learning], n_factors, starts=1, rng=rng)
        table = Scored(solution.scored(drawn), learning, dataset.person_numbers)
        strengths.append(_strengths(*table.half(learning=True), ks, plan=plan, rng=rng))
        tables.append(table)
        progress(0.1 + 0.8 * (i + 1) / plan.null_draws, "null reference")
    return NullReference(np.array(strengths), tuple(tables))


def weigh_evidence(
    scored: Scored, null: NullReference, ks: tuple[int, ...], *, plan: AnalysisPlan, rng: np.random.Generator
) -> Evidence:
    """Compare prediction strengths with the null reference, all numbers of groups at once.

    Parameters
    ----------
    scored : Scored
    null : NullReference
    ks : tuple of int
    plan : AnalysisPlan
    rng : numpy Generator

    Returns
    -------
    Evidence
        ``p_value`` is that of the greatest excess among all numbers of groups, so looking at several costs nothing.
    """
    strengths = _strengths(*scored.half(learning=True), ks, plan=plan, rng=rng)
    mean, sd = null.learning.mean(0), np.maximum(null.learning.std(0, ddof=1), 1e-9)
    excess = (strengths - mean) / sd
    greatest = ((null.learning - mean) / sd).max(1)
    return Evidence(strengths, mean, sd, excess, _share_beyond(float(excess.max()), greatest))


def judge_structure(
    scored: Scored,
    null: NullReference,
    evidence: Evidence,
    groupings: list[Grouping],
    *,
    plan: AnalysisPlan,
    rng: np.random.Generator,
) -> Verdict:
    """Choose the number of groups and say what kind of groups they are.

    Natural: more predictable than in data without groups, in both halves; then the number whose prediction strength
    lies furthest above the null reference's mean. That distance is not divided by the reference's spread: the spread
    shrinks as groups are added, and a quotient would favour many small groups. Constructed: not natural, but some
    number is stable; then the largest such. Otherwise none, and the number with the greatest prediction strength is
    described and nothing more.

    Parameters
    ----------
    scored : Scored
    null : NullReference
    evidence : Evidence
    groupings : list of Grouping
    plan : AnalysisPlan
    rng : numpy Generator

    Returns
    -------
    Verdict
    """
    ks = [grouping.k for grouping in groupings]
    large = np.array([grouping.smallest_share >= plan.smallest_share for grouping in groupings])
    above = evidence.strengths - evidence.null_mean
    considered = np.where(large, above, -np.inf) if large.any() else above
    natural = int(considered.argmax())
    test = _strengths(*scored.half(learning=False), (ks[natural],), plan=plan, rng=rng)
    null_test = [_strengths(*t.half(learning=False), (ks[natural],), plan=plan, rng=rng) for t in null.tables]
    p_test = _share_beyond(float(test[0]), np.array(null_test)[:, 0])
    stable = np.flatnonzero(large & (evidence.strengths >= plan.stable_strength))
    if evidence.p_value <= plan.alpha and p_test <= plan.alpha:
        return Verdict("natural", ks[natural], "greatest_excess", p_test)
    if stable.size:
        return Verdict("constructed", ks[int(stable[-1])], "largest_stable", p_test)
    return Verdict("none", ks[int(evidence.strengths.argmax())], "greatest_strength", p_test)


def describe(
    dataset: Dataset,
    centroids: Floats,
    labels: Integers,
    testing: Booleans,
    *,
    catalogue: Catalogue,
    resamples: PersonResamples,
) -> tuple[Archetype, ...]:
    """Profile each archetype; intervals from resampled persons, outcomes on the test half only.

    Parameters
    ----------
    dataset : Dataset
    centroids : (k, d) array
    labels : (ratings,) array of int
        Archetype of each rating.
    testing : (ratings,) array of bool
    catalogue : Catalogue
    resamples : PersonResamples

    Returns
    -------
    tuple of Archetype
    """
    k = len(centroids)
    member = (labels[:, None] == np.arange(k)).astype(float)
    shares = estimates(resampled_means(dataset, member, resamples), bases(member))
    scale_means = [resampled_means(dataset, dataset.scale_scores, resamples, labels == i) for i in range(k)]
    outcomes = [resampled_means(dataset, dataset.outcomes, resamples, (labels == i) & testing) for i in range(k)]
    names = _labels(dataset, np.array([means[0] for means in scale_means]), catalogue)
    scale_keys = [scale.key for scale in dataset.measures.scales]
    outcome_keys = [outcome.key for outcome in dataset.measures.outcomes]
    return tuple(
        Archetype(
            key=f"A{i + 1}",
            label=names[i],
            share=shares[i],
            n_persons=len(np.unique(dataset.person_numbers[labels == i])),
            centroid=tuple(centroids[i].tolist()),
            scales=_estimates(scale_keys, scale_means[i], dataset.scale_scores[labels == i]),
            position=_position(scale_means[i][0], dataset),
            matches=_matches(scale_means[i], dataset, catalogue),
            outcomes=_estimates(outcome_keys, outcomes[i], dataset.outcomes[(labels == i) & testing]),
            picks=_picks(dataset, labels == i),
        )
        for i in range(k)
    )


def _strengths(
    points: Floats, person: Integers, ks: tuple[int, ...], *, plan: AnalysisPlan, rng: np.random.Generator
) -> Floats:
    """Prediction strength for each number of groups, over the same splits of persons."""
    halves = PersonHalves.drawn(person, plan.prediction_splits, rng=rng)
    return np.array([prediction_strength(points, halves, k, starts=plan.resample_starts, rng=rng) for k in ks])


def _share_beyond(found: float, null: Floats) -> float:
    """Monte-Carlo p-value: the share of draws, the data among them, that reach what was found."""
    return float((1 + (null >= found).sum()) / (1 + len(null)))


def _by_share(centroids: Floats, scores: Floats, weights: Floats) -> tuple[Floats, Integers]:
    """Order archetypes by their weighted share, the largest first, and assign every rating."""
    labels = nearest(scores, centroids)
    order = np.argsort(-np.bincount(labels, weights=weights, minlength=len(centroids)), kind="stable")
    return centroids[order], np.argsort(order)[labels]


def _candidates(groupings: list[Grouping], evidence: Evidence, chosen: int) -> tuple[Candidate, ...]:
    """Set out the table the number of archetypes was chosen from."""
    return tuple(
        Candidate(
            k=grouping.k,
            silhouette=grouping.silhouette,
            calinski_harabasz=grouping.calinski_harabasz,
            prediction_strength=float(evidence.strengths[i]),
            null_mean=float(evidence.null_mean[i]),
            null_sd=float(evidence.null_sd[i]),
            excess=float(evidence.excess[i]),
            replication_ari=grouping.replication_ari,
            smallest_share=grouping.smallest_share,
            chosen=grouping.k == chosen,
        )
        for i, grouping in enumerate(groupings)
    )


def _memberships(dataset: Dataset, scores: Floats, centroids: Floats) -> tuple[Membership, ...]:
    """Archetype of every rating; the margin is 0 halfway to the next archetype and 1 in the middle of its own."""
    apart = np.sort(distances(scores, centroids), axis=1)
    margins = 1 - apart[:, 0] / apart[:, 1]
    rows = zip(
        dataset.ratings["person"],
        dataset.ratings["brand"],
        nearest(scores, centroids).tolist(),
        margins.tolist(),
        scores.tolist(),
        strict=True,
    )
    return tuple(Membership(p, b, f"A{label + 1}", margin, tuple(row)) for p, b, label, margin, row in rows)


def _estimates(keys: Sequence[str], means: Floats, values: Floats) -> dict[str, Estimate]:
    """Means by name with intervals and bases; what nobody answered is left out."""
    found = zip(keys, estimates(means, bases(values)), strict=True)
    return {key: estimate for key, estimate in found if estimate.n}


def _position(scale_means: Floats, dataset: Dataset) -> dict[str, float]:
    """Place on the catalogue's dimensions that the scales name."""
    dimensions = named_dimensions(dataset.measures.scales)
    if not dimensions:
        return {}
    place = positions(scale_means, dataset.measures.scales)
    return {name: float(value) for name, value in zip(dimensions, place, strict=True) if not np.isnan(value)}


def _matches(scale_means: Floats, dataset: Dataset, catalogue: Catalogue) -> tuple[Match, ...]:
    """Nearest relationships of the catalogue; none where no scale names a dimension."""
    dimensions = named_dimensions(dataset.measures.scales)
    if not dimensions or np.isnan(scale_means[0]).any():
        return ()
    place = positions(scale_means, dataset.measures.scales)
    return match_to_catalogue(place[0], place[1:], catalogue, dimensions)


def _picks(dataset: Dataset, rows: Booleans) -> dict[str, float]:
    """Weighted share of each family among the archetype's own picks of the current one."""
    picked, weights = dataset.ratings["current"].to_numpy(dtype=str)[rows], dataset.weights[rows]
    made = picked != ""
    total = weights[made].sum()
    return {family: float(weights[picked == family].sum() / total) for family in np.unique(picked[made]).tolist()}


def _labels(dataset: Dataset, scale_means: Floats, catalogue: Catalogue) -> tuple[Texts, ...]:
    """Name each archetype after its nearest relationship, or after the two scales it stands out on most."""
    matches = [_matches(means[None], dataset, catalogue) for means in scale_means]
    if all(matches):
        return numbered([dict(catalogue[found[0].relationship].label) for found in matches])
    everywhere = dataset.scale_scores
    centred = everywhere - present_means(everywhere, axis=0)
    deviation = (scale_means - present_means(everywhere, axis=0)) / np.sqrt(present_means(centred**2, axis=0))
    return numbered([_standing_out(row, dataset) for row in np.nan_to_num(deviation)])


def _standing_out(deviation: Floats, dataset: Dataset) -> Texts:
    """Name the two scales on which an archetype is farthest from the mean, high or low."""
    farthest = np.argsort(-np.abs(deviation), kind="stable")[:2]
    names = [(dataset.measures.scales[i].label, deviation[i] > 0) for i in farthest]
    return joined([raised(label) if high else lowered(label) for label, high in names], listed=True)
