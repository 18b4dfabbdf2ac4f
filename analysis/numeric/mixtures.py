"""Gaussian mixtures (latent profiles) by expectation-maximisation from many starts; it chooses no number of classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from analysis.errors import AnalysisError
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.clustering import batch_kmeans, nearest

Family = Literal["EII", "VII", "EEI", "VVI", "EEE", "VVV"]
FAMILIES: tuple[Family, ...] = ("EII", "VII", "EEI", "VVI", "EEE", "VVV")
"""Covariances as mclust names them: volume, shape and orientation equal (E), varying (V) or as the axes (I)."""

VARIANCE_FLOOR = 1e-3
"""Least variance of a class in any direction, as a share of the variance of all rows in that direction."""

# Steps of every start before the best are chosen, and the rows that starts see.
_SHORT_STEPS = 20
_SAMPLE_ROWS = 4000
_SOLUTIONS_KEPT = 2
# Ward's tree needs all distances.
_WARD_ROWS = 1000
# Share of the whole sample mixed into every start, so that no class starts without spread.
_BLEND = 0.1
# A solution is final when a cycle of steps raises the log-likelihood by less than this for each row.
_STILL = 1e-9
_MOST_CYCLES = 300
_TOO_SLOW = 1000
# The level of a degenerate start, which differences can be taken from.
_NOWHERE = -1e300
# Solutions whose log-likelihoods differ by less are one solution.
_SAME_SOLUTION = 1e-3
# Numbers held at once in the posteriors of all starts: 32 MB.
_BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of k Gaussian classes in d variables, the largest class first.

    ``proportions`` (k,), ``means`` (k, d), ``covariances`` (k, d, d), ``posteriors`` (n, k) and the rows'
    ``weights`` (n,), scaled to mean 1. Of ``starts`` that were taken to the end, ``replications`` reached this
    log-likelihood; ``degenerate`` starts of both stages were dropped.
    """

    family: Family
    proportions: Floats
    means: Floats
    covariances: Floats
    posteriors: Floats
    weights: Floats
    log_likelihood: float
    starts: int
    replications: int
    degenerate: int
    converged: bool

    @property
    def n_parameters(self) -> int:
        """Free parameters, as counted by mclust."""
        k, d = self.means.shape
        return count_parameters(self.family, k, d)

    @property
    def bic(self) -> float:
        """-2 log L + p log n; less is better (mclust prints the negative)."""
        return -2 * self.log_likelihood + self.n_parameters * float(np.log(len(self.weights)))

    @property
    def sabic(self) -> float:
        """BIC with (n + 2) / 24 in place of n (Sclove 1987, doi:10.1007/BF02294360)."""
        return -2 * self.log_likelihood + self.n_parameters * float(np.log((len(self.weights) + 2) / 24))

    @property
    def caic(self) -> float:
        """-2 log L + p (log n + 1) (Bozdogan 1987, doi:10.1007/BF02294361)."""
        return self.bic + self.n_parameters

    @property
    def icl(self) -> float:
        """BIC + 2 Σ -log of each row's greatest posterior (Biernacki et al. 2000, doi:10.1109/34.865189)."""
        return self.bic - 2 * float(self.weights @ np.log(self.posteriors.max(1)))

    @property
    def entropy(self) -> float:
        """1 - Σ -z log z / (n log k), between 0 and 1; 1 with a single class."""
        k = self.posteriors.shape[1]
        if k == 1:
            return 1.0
        surprise = -(self.posteriors * np.log(np.maximum(self.posteriors, 1e-300))).sum(1)
        return 1 - float(self.weights @ surprise) / (len(self.weights) * float(np.log(k)))

    @property
    def classes(self) -> Integers:
        """Likeliest class of each row, (n,)."""
        return np.asarray(self.posteriors.argmax(1))

    @property
    def shares(self) -> Floats:
        """Weighted share of the rows whose likeliest class each is, (k,)."""
        counted = np.bincount(self.classes, weights=self.weights, minlength=len(self.means))
        return np.asarray(counted / self.weights.sum())

    @property
    def average_posteriors(self) -> Floats:
        """Mean posterior of each class (columns) among the rows assigned to each (rows), (k, k); NaN if empty."""
        member = (self.classes[:, None] == np.arange(len(self.means))) * self.weights[:, None]
        size = member.sum(0)[:, None]
        empty = np.full((len(size), len(size)), np.nan)
        return np.asarray(np.divide(member.T @ self.posteriors, size, out=empty, where=size > 0))

    def assigned(self, points: Floats) -> Floats:
        """Posterior probabilities of other rows.

        Parameters
        ----------
        points : (m, d) array

        Returns
        -------
        (m, k) array
        """
        log_density = np.log(self.proportions) + np.column_stack(
            [_log_normal(points, mean, cov) for mean, cov in zip(self.means, self.covariances, strict=True)]
        )
        return np.asarray(_posterior(log_density.T)[1].T)

    def drawn(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw rows from the mixture, (n, d).

        Parameters
        ----------
        n : int
        rng : numpy Generator

        Returns
        -------
        (n, d) array
        """
        label = rng.choice(len(self.proportions), n, p=self.proportions / self.proportions.sum())
        roots = np.linalg.cholesky(self.covariances)
        noise = rng.standard_normal((n, self.means.shape[1]))
        return np.asarray(self.means[label] + np.einsum("nij,nj->ni", roots[label], noise))


@dataclass(frozen=True)
class LikelihoodRatio:
    """A bootstrap likelihood-ratio test of one class more: 2 log L difference, p-value and draws behind it."""

    classes: int
    statistic: float
    p_value: float
    draws: int


def count_parameters(family: Family, k: int, d: int) -> int:
    """Free parameters of k classes in d variables.

    Parameters
    ----------
    family : Family
    k : int
        At least 1.
    d : int
        At least 1.

    Returns
    -------
    int
    """
    triangle = d * (d + 1) // 2
    spread = {"EII": 1, "VII": k, "EEI": d, "VVI": k * d, "EEE": triangle, "VVV": k * triangle}
    return k - 1 + k * d + spread[family]


def fit_mixture(
    points: Floats,
    k: int,
    family: Family,
    *,
    rng: np.random.Generator,
    weights: Floats | None = None,
    starts: int = 100,
    kept: int = 20,
    floor: float = VARIANCE_FLOOR,
) -> Mixture:
    """Fit a Gaussian mixture by maximum likelihood.

    Starts are of five kinds in equal numbers: random partitions, and k-means solutions (with a cut of Ward's tree)
    and random centres of the rows standardised and decorrelated. All take a few steps; the best of each kind are
    taken to the end by accelerated steps that never lower the likelihood. Above 4,000 rows both stages see a sample,
    and its best two solutions go on with all rows. A start in which a class holds no more than d + 1 rows,
    or varies less than the floor allows, is dropped: bounded, tied scores make the likelihood grow without end there.

    Parameters
    ----------
    points : (n, d) array
        Scores without gaps.
    k : int
        Number of classes.
    family : str
        One of ``FAMILIES``.
    rng : numpy Generator
    weights : (n,) array, optional
        Not negative; only their ratios matter.
    starts : int
        Starts of the first stage.
    kept : int
        Starts of the second.
    floor : float
        Least variance of a class, as a share of the variance of all rows.

    Returns
    -------
    Mixture

    Raises
    ------
    AnalysisError
        ``singular_scores``: a score is constant or the sum of others; ``mixture_degenerate``: no start was usable.

    References
    ----------
    McLachlan & Peel (2000), Finite Mixture Models; Varadhan & Roland (2008), doi:10.1111/j.1467-9469.2007.00585.x
    (the acceleration)

    Notes
    -----
    Parameters equal those of ``mclust::Mclust`` to 5e-3 and BIC to 0.01 where both reach the same maximum (mclust stops
    earlier); with many starts ours is at least as high. A further step of expectation and maximisation moves
    parameters by less than 1e-4.
    """
    weighting = np.ones(len(points)) if weights is None else weights * (len(points) / weights.sum())
    frame, decorrelated, standardised = (_Frame.of(points, weighting, f) for f in (family, "EEE", "EEI"))
    views = np.stack([standardised.inwards(points), decorrelated.inwards(points)])
    whole = _Likelihood.of(frame.inwards(points), views, weighting, family, floor)
    first = whole.sampled(_SAMPLE_ROWS, rng)
    runs = [_short_runs(first, begun, -(-kept // 5)) for begun in _begin(first, k, starts, rng)]
    finished = _taken_to_the_end(first, np.concatenate([best for best, _ in runs]))
    alive = np.isfinite(finished.log_likelihoods)
    if not alive.any():
        message = f"{k} classes of {len(points)} rows always shrink to single points. Ask for fewer classes."
        raise AnalysisError("mixture_degenerate", message, classes=k, rows=len(points))
    best, reached = _on_all_rows(whole, first, finished)
    return _described(
        frame,
        whole,
        best.statistics[0],
        starts=len(alive),
        replications=reached,
        degenerate=sum(dropped for _, dropped in runs) + int((~alive).sum()),
        converged=bool(best.converged[0]),
    )


def likelihood_ratio_test(
    points: Floats,
    smaller: Mixture,
    larger: Mixture,
    *,
    rng: np.random.Generator,
    draws: int = 199,
    enough: int | None = 10,
    starts: int = 20,
    kept: int = 4,
) -> LikelihoodRatio:
    """Test by parametric bootstrap whether one class more fits better than it would without such a class.

    Parameters
    ----------
    points : (n, d) array
    smaller, larger : Mixture
        Fits of the same family to these rows, the second with one class more.
    rng : numpy Generator
    draws : int
        Most data sets drawn from the smaller model.
    enough : int, optional
        Stop after so many draws that reach the statistic; None: make all draws.
    starts, kept : int
        Starts for each draw.

    Returns
    -------
    LikelihoodRatio

    References
    ----------
    McLachlan (1987), doi:10.2307/2347790; Besag & Clifford (1991), doi:10.1093/biomet/78.2.301 (stopping early)

    Notes
    -----
    Rows are drawn as if independent. With several ratings by one person the test favours too many classes; draw one
    rating of each person before, or hold its answer against the null reference. Compare ``mclust::mclustBootstrapLRT``.
    """
    statistic = 2 * (larger.log_likelihood - smaller.log_likelihood)
    reached = made = 0
    for stream in rng.spawn(draws):
        found = _null_ratio(len(points), smaller, starts=starts, kept=kept, rng=stream)
        # a draw in which every start was degenerate says nothing
        if found is None:
            continue
        made, reached = made + 1, reached + int(found >= statistic)
        if enough is not None and reached >= enough:
            return LikelihoodRatio(len(larger.means), statistic, reached / made, made)
    return LikelihoodRatio(len(larger.means), statistic, (reached + 1) / (made + 1), made)


def _null_ratio(n: int, model: Mixture, *, starts: int, kept: int, rng: np.random.Generator) -> float | None:
    """Likelihood-ratio statistic in rows drawn from the smaller model; None where no fit was usable."""
    rows, k = model.drawn(n, rng), len(model.means)
    try:
        fits = [
            fit_mixture(rows, c, model.family, weights=model.weights, starts=starts, kept=kept, rng=rng)
            for c in (k, k + 1)
        ]
    except AnalysisError:
        return None
    return 2 * (fits[1].log_likelihood - fits[0].log_likelihood)


@dataclass(frozen=True, eq=False)
class _Frame:
    """Coordinates in which all rows together have mean 0 and spread 1: ``root`` (d, d) maps them back.

    A family's covariances stay in the family: spheres are only resized, axes only rescaled.
    """

    centre: Floats
    root: Floats

    @classmethod
    def of(cls, points: Floats, weights: Floats, family: Family) -> _Frame:
        """Take the measure of all rows."""
        centre = weights @ points / weights.sum()
        spread = _within((points - centre).T @ ((points - centre) * weights[:, None]) / weights.sum(), family)
        if not np.linalg.eigvalsh(spread)[0] > np.finfo(float).eps * len(points) * np.trace(spread):
            message = (
                "The scores have no spread of their own in some direction: one is constant or follows from others."
            )
            raise AnalysisError("singular_scores", f"{message} Leave it out.", variables=points.shape[1])
        return cls(centre, np.asarray(np.linalg.cholesky(spread), dtype=np.float64))

    def inwards(self, points: Floats) -> Floats:
        """Points in the frame's coordinates."""
        return np.asarray(np.linalg.solve(self.root, (points - self.centre).T).T)

    @property
    def log_volume(self) -> float:
        """How much larger a unit of the frame is, as a logarithm."""
        return float(np.log(np.diag(self.root)).sum())


@dataclass(frozen=True, eq=False)
class _Parameters:
    """Classes of several starts: proportions (s, k), means (s, k, d), covariances (s, k, d, d), usable (s,)."""

    proportions: Floats
    means: Floats
    covariances: Floats
    usable: Booleans

    def coefficients(self, pairs: tuple[Integers, Integers]) -> Floats:
        """Log of proportion times density as a linear function of a row's features, (s, k, f)."""
        value, vector = np.linalg.eigh(self.covariances)
        precision = (vector / value[..., None, :]) @ vector.swapaxes(-1, -2)
        linear = (precision @ self.means[..., None])[..., 0]
        constant = np.log(self.proportions) - 0.5 * (np.log(2 * np.pi * value).sum(-1) + (linear * self.means).sum(-1))
        quadratic = -precision[..., pairs[0], pairs[1]] * np.where(pairs[0] == pairs[1], 0.5, 1.0)
        return np.concatenate([constant[..., None], linear, quadratic], axis=-1)


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """Rows as features: 1, every variable, and the products that the family's covariances need, (n, f).

    The expected statistics of a class are sums of features weighted by its posteriors, (f,); the maximisation
    reads nothing else, so one matrix product serves all classes of all starts. ``views`` (2, n, d) are the rows
    standardised and decorrelated: where starts are looked for.
    """

    features: Floats
    views: Floats
    weights: Floats
    pairs: tuple[Integers, Integers]
    family: Family
    floor: float

    @classmethod
    def of(cls, points: Floats, views: Floats, weights: Floats, family: Family, floor: float) -> _Likelihood:
        """Set out the features of rows that are in the frame's coordinates."""
        d = points.shape[1]
        pairs = np.triu_indices(d) if family in ("EEE", "VVV") else (np.arange(d), np.arange(d))
        products = points[:, pairs[0]] * points[:, pairs[1]]
        features = np.concatenate([np.ones((len(points), 1)), points, products], axis=1)
        return cls(features, views, weights, pairs, family, floor)

    @property
    def n(self) -> float:
        """Rows, by weight."""
        return float(self.weights.sum())

    def sampled(self, rows: int, rng: np.random.Generator) -> _Likelihood:
        """At most so many rows, drawn at random."""
        if len(self.features) <= rows:
            return self
        chosen = rng.choice(len(self.features), rows, replace=False)
        return replace(self, features=self.features[chosen], views=self.views[:, chosen], weights=self.weights[chosen])

    def maximised(self, statistics: Floats) -> _Parameters:
        """Likeliest parameters given expected statistics (s, k, f)."""
        d = self.views.shape[-1]
        size = statistics[..., 0]
        usable = (size > d + 1).all(-1)
        size = np.where(usable[:, None], size, self.n)
        means = statistics[..., 1 : d + 1] / size[..., None]
        second = np.zeros((*size.shape, d, d))
        second[..., self.pairs[0], self.pairs[1]] = second[..., self.pairs[1], self.pairs[0]] = statistics[..., d + 1 :]
        within = _within(second / size[..., None, None] - means[..., :, None] * means[..., None, :], self.family)
        if self.family in ("EII", "EEI", "EEE"):
            pooled = (size[..., None, None] * within).sum(1, keepdims=True) / size.sum(1)[:, None, None, None]
            within = np.broadcast_to(pooled, within.shape)
        usable &= np.linalg.eigvalsh(within)[..., 0].min(-1) >= self.floor
        within = np.where(usable[:, None, None, None], within, np.eye(d))
        return _Parameters(size / size.sum(1, keepdims=True), means, within, usable)

    def step(self, statistics: Floats) -> tuple[Floats, Floats]:
        """Log-likelihoods (s,) of the parameters that statistics (s, k, f) lead to, and the statistics expected then.

        A degenerate start has the log-likelihood -inf.
        """
        parameters = self.maximised(statistics)
        log_likelihoods, expected = np.zeros(len(statistics)), np.zeros_like(statistics)
        coefficients = parameters.coefficients(self.pairs)
        rows = max(1, _BLOCK // max(1, coefficients[..., 0].size))
        for begin in range(0, len(self.features), rows):
            features, weights = self.features[begin : begin + rows], self.weights[begin : begin + rows]
            density, posterior = _posterior(coefficients @ features.T)
            log_likelihoods += density @ weights
            expected += (posterior * weights) @ features
        return np.where(parameters.usable, log_likelihoods, -np.inf), expected

    def posteriors(self, statistics: Floats) -> Floats:
        """Posteriors of the rows under one start's statistics (k, f), (n, k)."""
        coefficients = self.maximised(statistics[None]).coefficients(self.pairs)[0]
        return np.asarray(_posterior(coefficients @ self.features.T)[1].T)


@dataclass(frozen=True, eq=False)
class _Finished:
    """Starts taken to the end: log-likelihoods (s,), statistics (s, k, f), whether each stands still (s,)."""

    log_likelihoods: Floats
    statistics: Floats
    converged: Booleans

    def only(self, which: Integers) -> _Finished:
        """Some of the starts."""
        return _Finished(self.log_likelihoods[which], self.statistics[which], self.converged[which])


def _within(covariances: Floats, family: Family) -> Floats:
    """Covariances (..., d, d) with what the family rules out taken away."""
    if family in ("EEE", "VVV"):
        return covariances
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    if family in ("EII", "VII"):
        variances = np.broadcast_to(variances.mean(-1, keepdims=True), variances.shape)
    return np.asarray(variances[..., None] * np.eye(variances.shape[-1]))


def _posterior(log_joint: Floats) -> tuple[Floats, Floats]:
    """Log-density of each row (s, n) and its posteriors (s, k, n), from log joint densities, which are overwritten."""
    top = log_joint.max(-2, keepdims=True)
    np.exp(np.subtract(log_joint, top, out=log_joint), out=log_joint)
    total = log_joint.sum(-2, keepdims=True)
    log_joint /= total
    return (top + np.log(total))[..., 0, :], log_joint


def _log_normal(points: Floats, mean: Floats, covariance: Floats) -> Floats:
    """Log-density of rows under one Gaussian, (n,)."""
    root = np.linalg.cholesky(covariance)
    standard = np.linalg.solve(root, (points - mean).T)
    return np.asarray(-0.5 * (len(mean) * np.log(2 * np.pi) + (standard**2).sum(0)) - np.log(np.diag(root)).sum())


def _begin(rows: _Likelihood, k: int, starts: int, rng: np.random.Generator) -> list[Floats]:
    """Statistics to start from, (starts of this kind, k, f) for each kind of start.

    The kinds find different optima: k-means and random centres, of the rows standardised and decorrelated, and
    random partitions, whose classes have equal means at first and part by their spread.
    """
    whole = rows.weights @ rows.features
    if k == 1:
        return [np.asarray(whole)[None, None]]
    each, n = -(-starts // 5), len(rows.features)
    kinds = [[rng.integers(0, k, n) for _ in range(each)]]
    for view in rows.views:
        tables = np.broadcast_to(view, (each, *view.shape))
        grouped = batch_kmeans(tables, np.ones(tables.shape[:2], dtype=bool), k, starts=1, rng=rng).astype(float)
        spots = [view[rng.choice(n, k, replace=False)] for _ in range(each)]
        kinds.append([nearest(view, centres) for centres in [_ward_centres(view, k, rng), *grouped]])
        kinds.append([nearest(view, centres) for centres in spots])
    members = [np.stack(labels)[:, None] == np.arange(k)[:, None] for labels in kinds]
    return [(1 - _BLEND) * ((member * rows.weights) @ rows.features) + _BLEND / k * whole for member in members]


def _ward_centres(points: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Centres of the k branches of Ward's tree, grown over a sample of rows."""
    if len(points) > _WARD_ROWS:
        points = points[rng.choice(len(points), _WARD_ROWS, replace=False)]
    branch = fcluster(linkage(points, "ward"), k, "maxclust") - 1
    # ties can leave fewer branches than asked for: the last stands for the missing ones
    return np.stack([points[branch == min(j, branch.max())].mean(0) for j in range(k)])


def _short_runs(rows: _Likelihood, statistics: Floats, kept: int) -> tuple[Floats, int]:
    """Statistics of the best starts of one kind after a few steps, and how many were degenerate."""
    count = len(statistics)
    log_likelihoods = np.zeros(count)
    for _ in range(_SHORT_STEPS):
        log_likelihoods, following = rows.step(statistics)
        alive = np.isfinite(log_likelihoods)
        statistics, log_likelihoods = following[alive], log_likelihoods[alive]
        if not alive.any():
            break
    best = np.argsort(-log_likelihoods, kind="stable")[:kept]
    return statistics[best], count - len(statistics)


def _taken_to_the_end(rows: _Likelihood, statistics: Floats) -> _Finished:
    """Step until the likelihood stands still, each start by squared extrapolation over its last two steps.

    A start that rises a thousand times too slowly to catch up with the best is left where it is.
    """
    statistics = statistics.copy()
    levels = np.full(len(statistics), _NOWHERE)
    converged = np.zeros(len(statistics), dtype=bool)
    moving = np.arange(len(statistics))
    for cycle in range(_MOST_CYCLES):
        if not len(moving):
            break
        _, first = rows.step(statistics[moving])
        level, second = rows.step(first)
        far_level, far = rows.step(_extrapolated(statistics[moving], first, second))
        # the extrapolation counts only where it is no step down
        statistics[moving] = np.where((far_level >= level)[:, None, None], far, second)
        level = np.maximum(level, _NOWHERE)
        gain = level - levels[moving]
        levels[moving] = level
        converged[moving] = gain <= _STILL * rows.n
        hopeless = (levels.max() - level > _TOO_SLOW * gain) & (cycle >= _SHORT_STEPS)
        moving = moving[~converged[moving] & ~hopeless]
    final, _ = rows.step(statistics)
    return _Finished(np.where(levels > _NOWHERE, final, -np.inf), statistics, converged)


def _on_all_rows(whole: _Likelihood, first: _Likelihood, found: _Finished) -> tuple[_Finished, int]:
    """Take the best solution of a sample on with all rows; with it, how many starts had reached it there."""
    order = np.argsort(-found.log_likelihoods, kind="stable")
    order = order[np.isfinite(found.log_likelihoods[order])]
    levels = found.log_likelihoods[order]
    # the first of each run of equal solutions
    distinct = order[np.diff(levels, prepend=np.inf) < -_SAME_SOLUTION][: 1 if whole is first else _SOLUTIONS_KEPT]
    ended = found.only(distinct)
    if whole is not first:
        ended = _taken_to_the_end(whole, ended.statistics * (whole.n / first.n))
    best = int(ended.log_likelihoods.argmax())
    reached = np.abs(levels - found.log_likelihoods[distinct[best]]) <= _SAME_SOLUTION
    return ended.only(np.array([best])), int(reached.sum())


def _extrapolated(before: Floats, first: Floats, second: Floats) -> Floats:
    """Where two steps lead if they go on as they began (SqS3 of Varadhan & Roland)."""
    change = first - before
    bend = second - first - change
    length = np.sqrt((change**2).sum((1, 2)) / np.maximum((bend**2).sum((1, 2)), 1e-300))
    stride = np.clip(length, 1.0, 1e6)[:, None, None]
    return np.asarray(before + 2 * stride * change + stride**2 * bend)


def _described(
    frame: _Frame,
    rows: _Likelihood,
    statistics: Floats,
    *,
    starts: int,
    replications: int,
    degenerate: int,
    converged: bool,
) -> Mixture:
    """Give one solution in the rows' own coordinates, the largest class first."""
    statistics = statistics[np.argsort(-statistics[:, 0], kind="stable")]
    found = rows.maximised(statistics[None])
    log_likelihood = float(rows.step(statistics[None])[0][0])
    return Mixture(
        family=rows.family,
        proportions=found.proportions[0],
        means=frame.centre + found.means[0] @ frame.root.T,
        covariances=frame.root @ found.covariances[0] @ frame.root.T,
        posteriors=rows.posteriors(statistics),
        weights=rows.weights,
        log_likelihood=log_likelihood - rows.n * frame.log_volume,
        starts=starts,
        replications=replications,
        degenerate=degenerate,
        converged=converged,
    )
