"""Groups of ratings with one way of relating: how many, whether the data hold them at all, and what each is like."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.compute import Compute
from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factors import FactorSolution
from analysis.findings import (
    Archetype,
    Archetypes,
    Candidate,
    Caveat,
    Estimate,
    Match,
    Membership,
    MoreClasses,
    Structure,
)
from analysis.intervals import bases, estimates, mean_estimates, resampled_means
from analysis.labels import joined, lowered, numbered, raised
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.cluster_stability import BootstrapStability, bootstrap_stability
from analysis.numeric.clustering import adjusted_rand, best_kmeans, contingency, silhouettes
from analysis.numeric.incomplete import present_means
from analysis.numeric.mixtures import Family, Mixture, fit_mixture, likelihood_ratio_test
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from analysis.positions import named_dimensions, positions
from analysis.structure import Evidence, Scored, null_reference, sample_persons, weigh_evidence
from analysis.typology import match_to_catalogue
from instruments.catalogue import Catalogue
from instruments.model import Texts

Progress = Callable[[float, str], None]

# Silhouettes are taken over at most this many ratings; their cost grows with the square.
_SILHOUETTE_RATINGS = 5000
# Equal or varying variances along the axes, or in any direction; round groups are among the first.
FAMILIES_TRIED: tuple[Family, ...] = ("EEI", "VVI", "EEE", "VVV")
# Fewer persons in a half for each group, and its halves could not be compared.
_PERSONS_PER_GROUP = 20


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
class Grouping:
    """One number of groups: the best mixture of the learning half and what speaks for it beside the null reference.

    ``labels`` (n,) are the groups of the sampled ratings of the learning half, ``silhouette`` and
    ``calinski_harabasz`` theirs in the metric of the mixture's covariance within groups.
    """

    mixture: Mixture
    labels: Integers
    icl: float
    silhouette: float
    calinski_harabasz: float
    replication_ari: float
    stability: BootstrapStability

    @property
    def k(self) -> int:
        """How many groups."""
        return len(self.mixture.means)

    @property
    def sizes(self) -> Integers:
        """Ratings in each group, (k,)."""
        return np.bincount(self.labels, minlength=self.k)


def find_archetypes(
    dataset: Dataset,
    solution: FactorSolution,
    learning: Booleans,
    *,
    plan: AnalysisPlan,
    catalogue: Catalogue,
    resamples: PersonResamples,
    progress: Progress,
    compute: Compute,
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
    compute : Compute
        Where draws and resamples run.

    Returns
    -------
    archetypes : Archetypes
    caveats : tuple of Caveat
    """
    everyone = Scored.by(solution, dataset.items, learning, dataset.person_numbers, plan=plan)
    sampled = sample_persons(everyone, most=plan.verdict_persons, rng=plan.stream("verdict persons"))
    scored, ks = everyone.of(sampled), _numbers(everyone, plan)
    groupings = group(scored, ks, plan=plan, compute=compute, done=lambda share: progress(0.3 * share, "groups"))
    null = null_reference(
        dataset.keeping(sampled),
        learning[sampled],
        solution,
        ks,
        plan=plan,
        compute=compute,
        done=lambda share: progress(0.3 + 0.6 * share, "null reference"),
    )
    evidence = weigh_evidence(scored, null, ks, plan=plan, compute=compute)
    structure, rule, chosen = choose(groupings, evidence, plan=plan)
    model = _by_share(
        learn_groups(everyone, chosen.k, chosen.mixture.family, plan=plan), everyone.scores, dataset.weights
    )
    exploratory = dataset.n_raters < plan.confirm_persons
    probabilities = model.assigned(everyone.scores)
    found = Archetypes(
        structure=structure,
        exploratory=exploratory,
        k=chosen.k,
        rule=rule,
        candidates=_candidates(groupings, evidence, chosen),
        null_draws=plan.null_draws,
        p_learn=evidence.p_value,
        p_test=evidence.p_replication,
        replication_ari=chosen.replication_ari,
        archetypes=describe(
            dataset, model.means, probabilities.argmax(1), ~learning, catalogue=catalogue, resamples=resamples
        ),
        memberships=_memberships(dataset, everyone.scores, probabilities),
        p_gaussian=evidence.p_gaussian,
        verdict_persons=len(np.unique(scored.person)),
        family=model.family,
        proportions=tuple(model.proportions.tolist()),
        covariances=tuple(tuple(map(tuple, covariance)) for covariance in model.covariances.tolist()),
        likelihood_ratios=_likelihood_ratios(scored, chosen, plan, compute),
    )
    numbers: dict[str, float | int | str] = {"persons": dataset.n_raters, "needed": plan.confirm_persons}
    return found, (Caveat("exploratory", "study", numbers),) if exploratory else ()


def learn_groups(scored: Scored, k: int, family: Family, *, plan: AnalysisPlan) -> Mixture:
    """Learn groups of ratings from the learning half by a Gaussian mixture (latent profiles).

    Parameters
    ----------
    scored : Scored
    k : int
        Number of groups.
    family : str
        Covariances, as mclust names them.
    plan : AnalysisPlan

    Returns
    -------
    Mixture
        Learned on ``plan.mixture_persons`` persons at most. Where no mixture can be fitted, the round groups of
        k-means.
    """
    rng = plan.stream(f"groups {k}")
    rows = sample_persons(scored, most=plan.mixture_persons, rng=rng)
    points, _ = scored.of(rows).half(learning=True)
    return _mixture(points, k, family, plan, rng, floor=scored.floor) or _round_groups(points, k, plan, rng)


def mixture_of(found: Archetypes | None) -> Mixture | None:
    """Make the mixture that archetypes are again, as far as assigning ratings to them needs it.

    Parameters
    ----------
    found : Archetypes or None

    Returns
    -------
    Mixture or None
        None where there are no archetypes.
    """
    if found is None or found.structure == "none" or not found.covariances:
        return None
    return Mixture(
        family="VVV",  # covariances stand as they are; the family mattered when they were learned
        proportions=np.array(found.proportions),
        means=np.array([archetype.centroid for archetype in found.archetypes]),
        covariances=np.array(found.covariances),
        posteriors=np.empty((0, found.k)),
        weights=np.empty(0),
        log_likelihood=np.nan,
        starts=0,
        replications=0,
        degenerate=0,
        converged=True,
    )


def group(
    scored: Scored,
    ks: tuple[int, ...],
    *,
    plan: AnalysisPlan,
    compute: Compute,
    done: Callable[[float], None] = lambda _share: None,
) -> list[Grouping]:
    """Group the learning half into each number of groups and see what resamples and the other half say.

    Parameters
    ----------
    scored : Scored
    ks : tuple of int
    plan : AnalysisPlan
    compute : Compute
    done : callable
        Told the share that is done.

    Returns
    -------
    list of Grouping
    """
    # the largest numbers take longest: they go first, so that no worker waits for the last one
    task = partial(_grouping, scored=scored, plan=plan)
    return compute.mapped(task, ks[::-1], done=lambda n: done(n / len(ks)))[::-1]


def choose(groupings: list[Grouping], evidence: Evidence, *, plan: AnalysisPlan) -> tuple[Structure, str, Grouping]:
    """Say what kind of groups there are, and how many.

    Natural: more predictable than in data without groups, in both halves; then the number of the mixture with the
    least BIC, of those without a very small group. Constructed: not natural, but some number is stable; then the
    largest such. Otherwise none, and the number with the greatest prediction strength is described and nothing more.

    Parameters
    ----------
    groupings : list of Grouping
    evidence : Evidence
    plan : AnalysisPlan

    Returns
    -------
    structure : str
    rule : str
    chosen : Grouping
    """
    large = np.array([grouping.sizes.min() / grouping.sizes.sum() >= plan.smallest_share for grouping in groupings])
    stable = np.flatnonzero(large & (evidence.strengths >= plan.stable_strength))
    if max(evidence.p_value, evidence.p_replication) <= plan.alpha:
        criteria = np.array([grouping.mixture.bic for grouping in groupings])
        considered = np.where(large, criteria, np.inf) if large.any() else criteria
        return "natural", "least_bic", groupings[int(considered.argmin())]
    if stable.size:
        return "constructed", "largest_stable", groupings[int(stable[-1])]
    return "none", "greatest_strength", groupings[int(evidence.strengths.argmax())]


def _numbers(scored: Scored, plan: AnalysisPlan) -> tuple[int, ...]:
    """Numbers of groups that are tried: no more than leave ten persons for each group in either half of a half."""
    persons = min(len(np.unique(scored.person[scored.learning == half])) for half in (True, False))
    most = max(min(plan.k_max, persons // _PERSONS_PER_GROUP), plan.k_min)
    return tuple(range(plan.k_min, most + 1))


def _grouping(k: int, *, scored: Scored, plan: AnalysisPlan) -> Grouping:
    """One number of groups; its random numbers are its own."""
    rng = plan.stream(f"grouping {k}")
    (learn, person), (test, _) = scored.half(learning=True), scored.half(learning=False)
    families = FAMILIES_TRIED if plan.mixture_family is None else (plan.mixture_family,)
    fits = [
        fit for family in families if (fit := _mixture(learn, k, family, plan, rng, floor=scored.floor)) is not None
    ]
    mixture = min(fits, key=lambda fit: fit.bic) if fits else _round_groups(learn, k, plan, rng)
    own = _mixture(test, k, mixture.family, plan, rng, floor=scored.floor) or _round_groups(test, k, plan, rng)
    labels = mixture.assigned(learn).argmax(1)
    points = learn @ _metric(mixture)
    frozen = mixture.assigned(test).argmax(1)
    return Grouping(
        mixture=dataclasses.replace(mixture, posteriors=mixture.posteriors[:0]),
        labels=labels,
        icl=mixture.icl,
        silhouette=_silhouette(points, labels, rng),
        calinski_harabasz=_calinski_harabasz(points, labels),
        replication_ari=float(adjusted_rand(contingency(frozen, own.assigned(test).argmax(1), k))),
        stability=bootstrap_stability(
            points, person, labels, k, resamples=plan.boot_resamples, starts=plan.resample_starts, rng=rng
        ),
    )


def _metric(mixture: Mixture) -> Floats:
    """Coordinates (d, d) in which the covariance within groups, all groups together, is the unit matrix."""
    within = np.einsum("k,kij->ij", mixture.proportions, mixture.covariances)
    return np.asarray(np.linalg.inv(np.linalg.cholesky(within)).T)


def _mixture(
    points: Floats, k: int, family: Family, plan: AnalysisPlan, rng: np.random.Generator, *, floor: float
) -> Mixture | None:
    """A Gaussian mixture; None where none can be fitted."""
    starts, kept = plan.mixture_starts, plan.mixture_finalists
    try:
        return fit_mixture(points, k, family, starts=starts, kept=kept, floor=floor, rng=rng)
    except AnalysisError:
        return None


def _likelihood_ratios(
    scored: Scored, chosen: Grouping, plan: AnalysisPlan, compute: Compute
) -> tuple[MoreClasses, ...]:
    """Test the number chosen against one fewer, and one more against it, if the plan asks for that."""
    if not plan.likelihood_ratio_draws:
        return ()
    # ratings of one person are no independent draws: one of each
    ratings, person = scored.half(learning=True)
    order = plan.stream("likelihood ratio").permutation(len(person))
    points = ratings[order[np.unique(person[order], return_index=True)[1]]]
    task = partial(_more_classes, points=points, family=chosen.mixture.family, floor=scored.floor, plan=plan)
    found = compute.mapped(task, (chosen.k, chosen.k + 1))
    return tuple(test for test in found if test is not None)


def _more_classes(
    classes: int, *, points: Floats, family: Family, floor: float, plan: AnalysisPlan
) -> MoreClasses | None:
    """Test so many classes against one fewer; None where either cannot be fitted."""
    rng = plan.stream(f"likelihood ratio {classes}")
    smaller, larger = (_mixture(points, k, family, plan, rng, floor=floor) for k in (classes - 1, classes))
    if smaller is None or larger is None:
        return None
    test = likelihood_ratio_test(points, smaller, larger, rng=rng, draws=plan.likelihood_ratio_draws)
    return MoreClasses(classes, test.statistic, test.p_value, test.draws, len(points))


def _round_groups(points: Floats, k: int, plan: AnalysisPlan, rng: np.random.Generator) -> Mixture:
    """The groups of k-means as a mixture of round groups of equal spread."""
    n, d = points.shape
    found = best_kmeans(points, k, starts=plan.kmeans_starts, rng=rng)
    sizes = np.bincount(found.labels, minlength=k)
    variance = max(found.dispersion / (n * d), np.finfo(float).tiny)
    member = (found.labels[:, None] == np.arange(k)).astype(float)
    shares = np.maximum(sizes, 1) / np.maximum(sizes, 1).sum()
    likelihood = float(
        n * (np.log(shares) @ (sizes / n))
        - found.dispersion / (2 * variance)
        - n * d / 2 * np.log(2 * np.pi * variance)
    )
    covariances = np.tile(variance * np.eye(d), (k, 1, 1))
    return Mixture("EII", shares, found.centroids, covariances, member, np.ones(n), likelihood, 1, 1, 0, converged=True)


def _silhouette(points: Floats, labels: Integers, rng: np.random.Generator) -> float:
    """Mean silhouette width over a sample of ratings; 0 where all are in one group."""
    rows = rng.permutation(len(points))[:_SILHOUETTE_RATINGS]
    return float(silhouettes(points[rows], [labels[rows]])[0]) if np.ptp(labels[rows]) else 0.0


def _calinski_harabasz(points: Floats, labels: Integers) -> float:
    """Ratio of the mean squares between and within groups (Calinski & Harabasz 1974, doi:10.1080/03610927408827101)."""
    groups = np.unique(labels)
    within = sum(float(((points[labels == g] - points[labels == g].mean(0)) ** 2).sum()) for g in groups)
    total = float(((points - points.mean(0)) ** 2).sum())
    n, k = len(points), len(groups)
    return (total - within) / max(k - 1, 1) / max(within / (n - k), np.finfo(float).tiny)


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
    shares = mean_estimates(dataset, member, resamples)
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


def _by_share(mixture: Mixture, scores: Floats, weights: Floats) -> Mixture:
    """Order groups by their weighted share of all ratings, the largest first."""
    labels = mixture.assigned(scores).argmax(1)
    order = np.argsort(-np.bincount(labels, weights=weights, minlength=len(mixture.means)), kind="stable")
    return dataclasses.replace(
        mixture,
        proportions=mixture.proportions[order],
        means=mixture.means[order],
        covariances=mixture.covariances[order],
        posteriors=mixture.posteriors[:, order],
    )


def _candidates(groupings: list[Grouping], evidence: Evidence, chosen: Grouping) -> tuple[Candidate, ...]:
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
            smallest_share=float(grouping.sizes.min() / grouping.sizes.sum()),
            chosen=grouping is chosen,
            gap=float(evidence.gap[i]),
            gap_error=float(evidence.gap_error[i]),
            bic=grouping.mixture.bic,
            icl=grouping.icl,
            family=grouping.mixture.family,
            bootstrap_ari=_spread(grouping.stability.adjusted_rand, int(grouping.sizes.sum())),
            jaccard=tuple(grouping.stability.jaccard.mean(0).tolist()),
            smallest_n=int(grouping.sizes.min()),
        )
        for i, grouping in enumerate(groupings)
    )


def _spread(resampled: Floats, n: int) -> Estimate:
    """Mean of resampled figures and the range that holds 95 % of them."""
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Estimate(float(resampled.mean()), float(low), float(high), n)


def _memberships(dataset: Dataset, scores: Floats, probabilities: Floats) -> tuple[Membership, ...]:
    """Archetype of every rating; the margin is how much likelier it is than the next archetype."""
    two = np.partition(probabilities, -2, axis=1)[:, -2:]
    rows = zip(
        dataset.ratings["person"],
        dataset.ratings["brand"],
        probabilities.argmax(1).tolist(),
        (two[:, 1] - two[:, 0]).tolist(),
        scores.tolist(),
        probabilities.tolist(),
        strict=True,
    )
    return tuple(
        Membership(person, brand, f"A{label + 1}", margin, tuple(row), tuple(chances))
        for person, brand, label, margin, row, chances in rows
    )


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
