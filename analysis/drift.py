"""Whether a frozen model still fits a later wave: items, factors, distances, shares and golden questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.factoring import Factoring, correlate, decide_factoring, find_factors
from analysis.findings import Caveat, Drift, Estimate, FactorAgreement, Factors, ItemShift, ShareChange, StudyFindings
from analysis.frozen import FrozenModel, item_levels
from analysis.intervals import estimates, mean_estimates, number, resampled_means
from analysis.numeric.arrangement import Arrangement, congruence
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.regression import false_discovery_rates
from analysis.numeric.resampling import PersonResamples
from analysis.plan import AnalysisPlan
from analysis.typing_tool import typed

# Half-width of a 95 % interval in standard errors.
_WIDTH = 1.959963984540054
# Taken for the share of an archetype that nobody has: the index is infinite there.
_SMALLEST_SHARE = 1e-4


@dataclass(frozen=True, eq=False)
class LaterWave:
    """The later wave as the frozen model sees it: ``items`` (n, p), ``scores`` (n, k), ``archetype`` (n,) or None."""

    dataset: Dataset
    items: Floats
    scores: Floats
    archetype: Integers | None
    resamples: PersonResamples

    @property
    def asked(self) -> Booleans:
        """Which of the earlier wave's items were asked again, (p,)."""
        return np.asarray(~np.isnan(self.items).all(0))

    @property
    def varying(self) -> Booleans:
        """Which of them were answered by more than one answer, (p,)."""
        lowest, highest = (np.nan_to_num(end(self.items, axis=0)) for end in (np.fmin.reduce, np.fmax.reduce))
        return np.asarray(self.asked & (highest > lowest))

    @classmethod
    def of(cls, model: FrozenModel, dataset: Dataset, *, plan: AnalysisPlan) -> LaterWave:
        """Score and assign the ratings of a later wave; raises as ``FrozenModel.items_of``.

        Parameters
        ----------
        model : FrozenModel
        dataset : Dataset
        plan : AnalysisPlan

        Returns
        -------
        LaterWave

        Raises
        ------
        AnalysisError
            As ``FrozenModel.items_of``.
        """
        items = model.items_of(dataset)
        scores = model.solution.scored(items)
        archetype = None if model.mixture is None else model.chances(scores).argmax(1)
        resamples = PersonResamples.drawn(dataset.n_raters, plan.resamples, rng=plan.stream("later wave"))
        return cls(dataset, items, scores, archetype, resamples)


def find_drift(
    model: FrozenModel, earlier: StudyFindings, later: LaterWave, *, plan: AnalysisPlan
) -> tuple[Drift, tuple[Caveat, ...]]:
    """Hold what the earlier wave measured against the later one, and warn where a limit of the plan is exceeded.

    Parameters
    ----------
    model : FrozenModel
        Of the earlier wave.
    earlier : StudyFindings
    later : LaterWave
    plan : AnalysisPlan
        ``drift_shift``, ``drift_spread``, ``least_congruence``, ``far_expected``, ``far_most``,
        ``stability_index_most``, ``typing_drop``.

    Returns
    -------
    drift : Drift
    caveats : tuple of Caveat

    References
    ----------
    Lorenzo-Seva & ten Berge (2006), doi:10.1027/1614-2241.2.2.57 (congruence); Yurdakul (2018), Statistical
    Properties of Population Stability Index, Western Michigan University (its chi-square approximation)

    Notes
    -----
    Intervals of differences take the waves as independent; with the same persons in both they are a little wide.
    """
    factors, refused = _factors(model, earlier, later, plan)
    index, p_value = _stability_index(earlier, later)
    drift = Drift(
        items=_items(model, later, plan),
        factors=factors,
        shares=_shares(earlier, later),
        far=_far(model, earlier, later, plan),
        far_expected=plan.far_expected,
        stability_index=index,
        stability_p=p_value,
        typing=_typing(earlier, later),
        typing_earlier=None if earlier.typing_tool is None else earlier.typing_tool.accuracy,
    )
    return drift, (*_caveats(model, drift, later, plan), *refused)


def _items(model: FrozenModel, later: LaterWave, plan: AnalysisPlan) -> tuple[ItemShift, ...]:
    """Means and spreads of the items that were asked again."""
    means, spreads = item_levels(later.dataset, later.items, later.resamples)
    asked = [i for i, mean in enumerate(means) if mean.n and model.scoring.items[i].spread.value]
    before = [model.scoring.items[i] for i in asked]
    shifts = [_shift(item.mean, means[i], item.spread) for i, item in zip(asked, before, strict=True)]
    ratios = [_ratio(item.spread, spreads[i]) for i, item in zip(asked, before, strict=True)]
    drifted = _beyond(shifts, plan.drift_shift, plan) | _beyond(
        [_logarithm(ratio) for ratio in ratios], float(np.log(plan.drift_spread)), plan
    )
    return tuple(
        ItemShift(item.item, item.mean, means[i], shifts[j], ratios[j], bool(drifted[j]) or ratios[j].value == 0)
        for j, (i, item) in enumerate(zip(asked, before, strict=True))
    )


def _error(estimate: Estimate) -> float:
    """Standard error that an interval stands for; NaN where there is none."""
    if estimate.low is None or estimate.high is None:
        return np.nan
    return (estimate.high - estimate.low) / (2 * _WIDTH)


def _around(value: float, error: float, n: int) -> Estimate:
    """An estimate with a normal interval."""
    return Estimate(number(value), number(value - _WIDTH * error), number(value + _WIDTH * error), n)


def _value(estimate: Estimate) -> float:
    return np.nan if estimate.value is None else estimate.value


def _shift(earlier: Estimate, later: Estimate, spread: Estimate) -> Estimate:
    """Later mean less the earlier one, in earlier standard deviations."""
    scale = _value(spread)
    error = float(np.hypot(_error(earlier), _error(later))) / scale
    return _around((_value(later) - _value(earlier)) / scale, error, later.n)


def _ratio(earlier: Estimate, later: Estimate) -> Estimate:
    """Later standard deviation over the earlier one, its interval normal for the logarithm."""
    before, after = _value(earlier), _value(later)
    if not after > 0:
        return Estimate(number(after / before), None, None, later.n)
    error = float(np.hypot(_error(earlier) / before, _error(later) / after))
    width = np.exp(_WIDTH * error)
    return Estimate(after / before, number(after / before / width), number(after / before * width), later.n)


def _logarithm(ratio: Estimate) -> Estimate:
    """The same on the scale on which its interval is symmetric."""
    value, low, high = (None if not end else float(np.log(end)) for end in (ratio.value, ratio.low, ratio.high))
    return Estimate(value, low, high, ratio.n)


def _beyond(found: Sequence[Estimate], limit: float, plan: AnalysisPlan) -> Booleans:
    """Which differ from 0 by more than a limit and more than by chance, false discoveries among all controlled."""
    apart = np.array([_value(each) for each in found])
    errors = np.array([_error(each) for each in found])
    z = np.divide(apart, errors, out=np.full(len(apart), np.nan), where=errors > 0)
    rates = false_discovery_rates(2 * stats.norm.sf(np.abs(z)))
    return np.asarray((np.abs(apart) > limit) & (rates <= plan.alpha))


def _factors(
    model: FrozenModel, earlier: StudyFindings, later: LaterWave, plan: AnalysisPlan
) -> tuple[tuple[FactorAgreement, ...], tuple[Caveat, ...]]:
    """Learn the factors anew from the items that were asked again, and compare the loadings."""
    if earlier.factors is None:
        return (), ()
    asked = later.varying
    scales = tuple(np.array(earlier.factors.item_scales)[asked].tolist())
    how = _same_way(earlier.factors, later.items[:, asked], scales, plan)
    try:
        found = _congruences(model.solution.pattern[asked], later, how, plan)
    except (AnalysisError, np.linalg.LinAlgError) as error:
        reason = error.code if isinstance(error, AnalysisError) else "singular"
        return (), (Caveat("factors_not_relearned", "waves", {"reason": reason}),)
    n = len(later.items)
    alike = [Estimate(value, None, None, n) for value in found[0].tolist()]
    if len(found) > 1:
        alike = list(estimates(found, np.full(found.shape[1], n)))
    agreements = zip(earlier.factors.factors, alike, strict=True)
    return tuple(FactorAgreement(key, est, _below(est, plan.least_congruence)) for key, est in agreements), ()


def _below(estimate: Estimate, limit: float) -> bool:
    """Whether the whole interval is below a limit, or the value where there is no interval."""
    return (_value(estimate) if estimate.high is None else estimate.high) < limit


def _same_way(factors: Factors, items: Floats, item_scales: tuple[str, ...], plan: AnalysisPlan) -> Factoring:
    """Extract and rotate as the earlier wave did, by our own engine."""
    ways = {name: getattr(factors, name) for name in ("matrix", "extraction", "rotation")}
    return decide_factoring(items, item_scales, plan.model_copy(update={**ways, "engine": "ours"}))


def _congruences(pattern: Floats, later: LaterWave, how: Factoring, plan: AnalysisPlan) -> Floats:
    """Congruence of each factor with the one learned anew, from all ratings and in resamples, (1 + resamples, k)."""
    items, person = later.items[:, later.varying], later.dataset.person_numbers
    rng = plan.stream("factors of a later wave")
    whole = correlate(items, how)
    found = [_congruence(pattern, whole.correlation, how, rng, plan.rotation_starts)]
    for counts in later.resamples.counts[: plan.loading_resamples]:
        drawn = correlate(items, how, weights=counts[person], start=whole.estimate)
        found.append(_congruence(pattern, drawn.correlation, how, rng, 1))
    return np.array(found)


def _congruence(pattern: Floats, correlation: Floats, how: Factoring, rng: np.random.Generator, starts: int) -> Floats:
    """Congruence of each factor (k,) with the most alike of those behind some correlations."""
    anew = find_factors(correlation, pattern.shape[1], how, rng=rng, starts=starts).rotated.pattern
    return np.diag(congruence(pattern, Arrangement.towards(anew, pattern).columns(anew)))


def _shares(earlier: StudyFindings, later: LaterWave) -> tuple[ShareChange, ...]:
    """Share of each archetype in both waves."""
    if later.archetype is None or earlier.archetypes is None:
        return ()
    found = earlier.archetypes.archetypes
    member = (later.archetype[:, None] == np.arange(len(found))).astype(float)
    after = mean_estimates(later.dataset, member, later.resamples)
    return tuple(
        ShareChange(
            archetype.key,
            archetype.share,
            share,
            _around(
                _value(share) - _value(archetype.share),
                float(np.hypot(_error(archetype.share), _error(share))),
                share.n,
            ),
        )
        for archetype, share in zip(found, after, strict=True)
    )


def _far(model: FrozenModel, earlier: StudyFindings, later: LaterWave, plan: AnalysisPlan) -> Estimate | None:
    """Share of ratings farther from every archetype than nearly all of the earlier wave were."""
    if model.mixture is None or earlier.archetypes is None:
        return None
    own = model.distances(np.array([membership.scores for membership in earlier.archetypes.memberships]))
    beyond = (model.distances(later.scores) > np.quantile(own, 1 - plan.far_expected)).astype(float)[:, None]
    return mean_estimates(later.dataset, beyond, later.resamples)[0]


def _stability_index(earlier: StudyFindings, later: LaterWave) -> tuple[Estimate | None, float | None]:
    """Population stability index of the archetypes' shares, and its p-value with persons as independent observations.

    The interval draws the later wave's persons only.
    """
    if later.archetype is None or earlier.archetypes is None:
        return None, None
    before = np.maximum([_value(archetype.share) for archetype in earlier.archetypes.archetypes], _SMALLEST_SHARE)
    member = (later.archetype[:, None] == np.arange(len(before))).astype(float)
    after = np.maximum(resampled_means(later.dataset, member, later.resamples), _SMALLEST_SHARE)
    index = ((after - before) * np.log(after / before)).sum(1, keepdims=True)
    by_chance = 1 / earlier.sample.n_persons + 1 / later.dataset.n_raters
    p_value = float(stats.chi2.sf(index[0, 0] / by_chance, len(before) - 1)) if len(before) > 1 else None
    return estimates(index, np.array([len(member)]))[0], p_value


def _typing(earlier: StudyFindings, later: LaterWave) -> Estimate | None:
    """Agreement of the golden questions with all items, on the ratings that answered them all."""
    tool = earlier.typing_tool
    if tool is None or later.archetype is None:
        return None
    columns = [question.item for question in tool.model.questions]
    if not set(columns) <= set(later.dataset.ratings):
        return None
    told, _ = typed(tool.model, later.dataset.ratings[columns].to_numpy(dtype=float))
    right = np.where(told >= 0, told == later.archetype, np.nan)[:, None]
    return mean_estimates(later.dataset, right, later.resamples)[0]


def _caveats(model: FrozenModel, drift: Drift, later: LaterWave, plan: AnalysisPlan) -> list[Caveat]:
    """Warn of every limit that is exceeded."""
    caveats = []
    unasked = [name for name, there in zip(model.columns, later.asked, strict=True) if not there]
    if unasked:
        caveats.append(Caveat("items_not_asked_again", "waves", {"items": ", ".join(unasked)}))
    drifted = [item.item for item in drift.items if item.drifted]
    if drifted:
        caveats.append(Caveat("items_drifted", "waves", {"items": ", ".join(drifted), "n": len(drifted)}))
    other = [factor.factor for factor in drift.factors if factor.drifted]
    if other:
        numbers: dict[str, float | int | str] = {"factors": ", ".join(other), "least": plan.least_congruence}
        caveats.append(Caveat("factors_drifted", "waves", numbers))
    return [*caveats, *_archetype_caveats(drift, plan)]


def _archetype_caveats(drift: Drift, plan: AnalysisPlan) -> list[Caveat]:
    """Warn where the archetypes, or the questions that tell them, do not fit any more."""
    caveats = []
    far, index, now, before = drift.far, drift.stability_index, drift.typing, drift.typing_earlier
    if far is not None and _value(far) > plan.far_most and (far.low or 0.0) > plan.far_expected:
        numbers: dict[str, float | int | str] = {"percent": 100 * _value(far), "expected": 100 * plan.far_expected}
        caveats.append(Caveat("far_from_archetypes", "waves", numbers))
    if index is not None and _value(index) > plan.stability_index_most and (drift.stability_p or 0.0) <= plan.alpha:
        numbers = {"index": _value(index), "limit": plan.stability_index_most}
        caveats.append(Caveat("archetype_shares_drifted", "waves", numbers))
    if now is not None and before is not None and now.high is not None:
        drop = _value(before) - _value(now)
        if drop > plan.typing_drop and now.high < _value(before):
            numbers = {"now": 100 * _value(now), "earlier": 100 * _value(before)}
            caveats.append(Caveat("typing_drifted", "waves", numbers))
    return caveats
