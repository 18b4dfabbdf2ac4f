"""Whether groups answer on the same scale: the ladder of invariance, its verdict, and what lies in the way."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers
from analysis.measurement.confirmation import covariance_model, effective_estimator, usable_rows
from analysis.measurement.parameters import (
    Confirmed,
    FitOfModel,
    Parameter,
    ScoreTest,
    cell_name,
    describe_fit,
    list_parameters,
    name_tests,
)
from analysis.measurement.plan import Estimator, FactorModel, MeasurementPlan
from analysis.measurement.tables import SHAPE, Number, frame_of, known, numbers
from analysis.numeric.alignment import align
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.covariance import CovarianceModel
from analysis.numeric.covariance_ml import MaximumLikelihood
from analysis.numeric.covariance_score import equality_tests
from analysis.numeric.invariance import LEVELS, Level, Rung, invariance_ladder
from analysis.numeric.invariance_ordinal import ordinal_invariance_ladder
from analysis.numeric.invariance_partial import partial_invariance
from analysis.numeric.invariance_repeated import RepeatedRung, repeated_ladders

FEWEST_GROUPS = 2
SIGNIFICANT = 0.05
_MEANING = {
    "metric": "relations with other things can be compared between groups",
    "scalar": "means can be compared between groups",
    "strict": "observed sums can be compared between groups",
    "loadings": "relations with other things can be compared between groups",
    "intercepts": "means of the latent answers can be compared between groups",
}


@dataclass(frozen=True, config=SHAPE)
class Step:
    """One level, and how it differs from the level before.

    ``difference_chi2``, ``difference_dof``, ``difference_p``: scaled where the estimator asks for it;
    ``cfi_change`` and so on are this level's less those of the level before (robust versions where both have
    them). ``within_cutoffs``: Chen's (2007) cut-offs, for maximum likelihood only. ``tests`` are score tests of the
    equalities, largest first.
    """

    level: str
    fit: FitOfModel
    difference_chi2: Number
    difference_dof: int | None
    difference_p: Number
    cfi_change: Number
    rmsea_change: Number
    srmr_change: Number
    within_cutoffs: bool | None
    holds: bool | None
    parameters: tuple[Parameter, ...]
    tests: tuple[ScoreTest, ...]


@dataclass(frozen=True, config=SHAPE)
class Released:
    """A cell that must differ in one group for a level to hold."""

    left: str
    op: str
    right: str
    group: str
    statistic: Number
    cfi_change: Number


@dataclass(frozen=True, config=SHAPE)
class Partial:
    """The level that did not hold, once single cells may differ: a description to be tried on other data."""

    level: str
    released: tuple[Released, ...]
    fit: FitOfModel
    cfi_change: Number
    holds: bool


@dataclass(frozen=True, config=SHAPE)
class RepeatedStep:
    """One level over draws of one rating per person: twice the median p value and median changes."""

    level: str
    draws: int
    failed: int
    p_value: Number
    cfi_change: Number
    rmsea_change: Number
    srmr_change: Number
    share_within_cutoffs: Number


@dataclass(frozen=True, config=SHAPE)
class AlignedFactor:
    """One factor in all groups on a common scale (alignment); the first group has mean 0 and variance 1."""

    factor: str
    means: tuple[Number, ...]
    variances: tuple[Number, ...]
    items: tuple[str, ...]
    loading_r2: tuple[Number, ...]
    intercept_r2: tuple[Number, ...]
    loss: Number
    share_at_best: Number


@dataclass(frozen=True, config=SHAPE)
class InvarianceSection:
    """The ladder. ``reached`` is the last level that holds after all before it; ``verdict`` says so in words.

    ``repeated`` is there where persons are in several groups; ``partial`` where a level did not hold (maximum
    likelihood); ``alignment`` for factors with items of their own.
    """

    column: str
    estimator: Estimator
    groups: dict[str, int]
    steps: tuple[Step, ...]
    reached: str
    verdict: str
    partial: Partial | None
    repeated: tuple[RepeatedStep, ...]
    alignment: tuple[AlignedFactor, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per level."""
        return frame_of(self.steps).drop(columns=["fit", "parameters", "tests"]).set_index("level")


@dataclasses.dataclass(frozen=True, eq=False)
class _Samples:
    """Rows of each group that can be used, whose they are, and everything all together."""

    names: tuple[str, ...]
    rows: tuple[Floats, ...]
    persons: tuple[Integers, ...] | None
    x: Floats
    group: Integers
    person: Integers | None


def compare_groups(answers: Answers, plan: MeasurementPlan, model: FactorModel) -> InvarianceSection:
    """Climb the ladder of invariance over the groups of the plan's column.

    Parameters
    ----------
    answers : Answers
        With groups; rows of unknown group are left out.
    plan : MeasurementPlan
    model : FactorModel

    Returns
    -------
    InvarianceSection

    Raises
    ------
    AnalysisError
        ``too_few_groups``, ``group_too_small``; as ``invariance_ladder`` and ``ordinal_invariance_ladder``.
    """
    estimator = effective_estimator(answers, plan, model, weighted=False)
    samples = _sampled(answers, plan, model, estimator)
    ladder = _ladder(model, estimator)
    rungs = ladder(samples.rows, persons=samples.persons)
    steps = tuple(_step(rung, model, samples.names) for rung in rungs)
    reached = _reached(steps)
    failed = next((step.level for step in steps if step.holds is False), None)
    return InvarianceSection(
        column=plan.group or "",
        estimator=estimator,
        groups={name: len(rows) for name, rows in zip(samples.names, samples.rows, strict=True)},
        steps=steps,
        reached=reached,
        verdict=_verdict(steps, reached, failed, estimator),
        partial=_partial(samples, model, estimator, failed),
        repeated=_repeated(samples, ladder, plan),
        alignment=_aligned(samples, model, estimator, plan),
    )


def _sampled(answers: Answers, plan: MeasurementPlan, model: FactorModel, estimator: Estimator) -> _Samples:
    """Rows by group, every group large enough."""
    x, person, kept = usable_rows(answers, model, estimator)
    group = np.zeros(len(x), dtype=np.int64) if answers.group is None else answers.group[kept]
    sizes = np.bincount(group[group >= 0], minlength=len(answers.groups))
    _require_groups(plan.group or "", dict(zip(answers.groups, sizes.tolist(), strict=True)), len(model.items))
    member = [group == i for i in range(len(answers.groups))]
    inside = group >= 0
    return _Samples(
        names=answers.groups,
        rows=tuple(x[own] for own in member),
        persons=None if person is None else tuple(person[own] for own in member),
        x=x[inside],
        group=group[inside],
        person=None if person is None else person[inside],
    )


def _require_groups(column: str, sizes: dict[str, int], p: int) -> None:
    """Refuse a single group, and groups smaller than a model needs, by their names."""
    if len(sizes) < FEWEST_GROUPS:
        message = f"Column '{column}' has {len(sizes)} group, a comparison needs two. Name another column."
        raise AnalysisError("too_few_groups", message, groups=len(sizes))
    small = {name: n for name, n in sizes.items() if n <= p}
    if small:
        named = ", ".join(f"'{name}' has {n} usable rows" for name, n in small.items())
        message = f"In column '{column}', group {named}; a model of {p} items needs more than {p} in each"
        remedy = "Leave the group out, or join it with another."
        raise AnalysisError("group_too_small", f"{message}. {remedy}", rows=min(small.values()), items=p)


def _ladder(model: FactorModel, estimator: Estimator) -> Callable[..., tuple[Rung, ...]]:
    """The ladder that fits the estimator."""
    if estimator == "WLSMV":
        return functools.partial(ordinal_invariance_ladder, covariance_model(model, scaling="unit"))
    robust = estimator.endswith("MLR")
    return functools.partial(invariance_ladder, covariance_model(model), levels=LEVELS, robust=robust)


def _step(rung: Rung, model: FactorModel, groups: Sequence[str]) -> Step:
    """Put names to a level."""
    difference = rung.difference
    return Step(
        level=rung.level,
        fit=describe_fit(rung.fit),
        difference_chi2=None if difference is None else known(difference.statistic),
        difference_dof=None if difference is None else int(difference.dof),
        difference_p=None if difference is None else known(difference.p_value),
        cfi_change=known(rung.cfi_change),
        rmsea_change=known(rung.rmsea_change),
        srmr_change=known(rung.srmr_change),
        within_cutoffs=None if rung.within_cutoffs is None else bool(rung.within_cutoffs),
        holds=_holds(rung),
        parameters=list_parameters(Confirmed(rung.estimate, rung.fit, rung.robust), model, groups),
        tests=_equality_tests(rung, model, groups),
    )


def _holds(rung: Rung) -> bool | None:
    """Whether a level is no worse than the one before: by cut-offs, of ordinal models by the difference test."""
    if rung.difference is None:
        return None
    if rung.within_cutoffs is not None:
        return bool(rung.within_cutoffs)
    return bool(rung.difference.p_value >= SIGNIFICANT)


def _equality_tests(rung: Rung, model: FactorModel, groups: Sequence[str]) -> tuple[ScoreTest, ...]:
    """Score tests of a level's equalities, where the level has any."""
    if rung.difference is None or not isinstance(rung.estimate, MaximumLikelihood):
        return ()
    tests = name_tests(equality_tests(rung.estimate), model, groups)
    return tuple(sorted(tests, key=lambda test: -(test.statistic or 0.0)))


def _reached(steps: Sequence[Step]) -> str:
    """The last level that holds after all before it."""
    reached = steps[0].level
    for step in steps[1:]:
        if not step.holds:
            break
        reached = step.level
    return reached


def _verdict(steps: Sequence[Step], reached: str, failed: str | None, estimator: Estimator) -> str:
    """Say in words how far the groups are comparable, and by what rule."""
    first = steps[0]
    by = "the scaled difference test at 5 %" if estimator == "WLSMV" else "Chen's cut-offs for CFI, RMSEA and SRMR"
    meaning = _MEANING.get(reached)
    if reached == first.level:
        found = f"No level of invariance holds beyond the {reached} model: the groups do not share a scale"
    elif reached == "means":
        found = "All levels hold, equal factor means included: the groups do not differ"
    else:
        found = f"Invariance holds up to the level '{reached}'" + (f": {meaning}" if meaning else "")
    stop = f"; the level '{failed}' does not hold" if failed else ""
    ordinal = (
        " Cut-offs for changes of CFI were made for maximum likelihood and are not applied to ordinal models; in large "
        "samples the test finds differences too small to matter."
    )
    return f"{found}{stop} (by {by})." + (ordinal if estimator == "WLSMV" else "")


def _partial(samples: _Samples, model: FactorModel, estimator: Estimator, failed: str | None) -> Partial | None:
    """What must differ for the first level that fails; none of ordinal models, or of factor means."""
    levels: dict[str, Level] = {"metric": "metric", "scalar": "scalar", "strict": "strict"}
    if estimator == "WLSMV" or failed not in levels:
        return None
    cells = covariance_model(model, scaling="unit")
    try:
        rung, releases = partial_invariance(cells, samples.rows, level=levels[failed], robust=estimator.endswith("MLR"))
    except AnalysisError:
        return None
    variables = (*model.items, *model.factor_names)
    released = tuple(
        Released(
            *cell_name(release.kind, release.left, release.right, variables),
            samples.names[release.group],
            known(release.statistic),
            known(release.cfi_change),
        )
        for release in releases
    )
    return Partial(failed, released, describe_fit(rung.fit), known(rung.cfi_change), bool(rung.within_cutoffs))


def _repeated(
    samples: _Samples, ladder: Callable[..., tuple[Rung, ...]], plan: MeasurementPlan
) -> tuple[RepeatedStep, ...]:
    """The ladder over draws of one rating per person, where persons are in several groups."""
    if samples.person is None:
        return ()
    groups_of = pd.Series(samples.group).groupby(samples.person).nunique()
    if int(groups_of.max()) < FEWEST_GROUPS:
        return ()
    try:
        found = repeated_ladders(
            ladder, samples.x, samples.group, samples.person, draws=plan.repeated_draws, rng=plan.stream("repeated")
        )
    except AnalysisError:
        return ()
    return tuple(_repeated_step(step, plan.repeated_draws) for step in found)


def _repeated_step(step: RepeatedRung, draws: int) -> RepeatedStep:
    """Put a repeated level into the section's words."""
    figures = (step.p_value, step.cfi_change, step.rmsea_change, step.srmr_change, step.share_within_cutoffs)
    return RepeatedStep(step.level, draws, int(step.failed), *numbers(figures))


def _aligned(
    samples: _Samples, model: FactorModel, estimator: Estimator, plan: MeasurementPlan
) -> tuple[AlignedFactor, ...]:
    """Align each factor of a model in which every item belongs to one factor."""
    items = [item for loaded in model.factors.values() for item in loaded]
    if estimator == "WLSMV" or model.bifactor or model.second_order or len(set(items)) < len(items):
        return ()
    try:
        ladder = invariance_ladder(covariance_model(model, scaling="unit"), samples.rows, levels=("configural",))
        return tuple(_aligned_factor(ladder[0], name, model, samples, plan) for name in model.factors)
    except AnalysisError:
        return ()


def _aligned_factor(
    rung: Rung, name: str, model: FactorModel, samples: _Samples, plan: MeasurementPlan
) -> AlignedFactor:
    """Align one factor."""
    cells: CovarianceModel = rung.estimate.model
    values = cells.values(rung.estimate.x)
    own = [model.items.index(item) for item in model.factors[name]]
    chosen = np.isin(cells.left, own)
    shape = (len(samples.rows), len(own))
    order = np.argsort(np.tile(own, len(samples.rows)).reshape(shape), axis=1, kind="stable")
    loadings, intercepts = (
        np.take_along_axis(_by_group(cells, values, chosen & kind, shape), np.argsort(order, axis=1), axis=1)
        for kind in (cells.loading_cells, cells.intercept_cells)
    )
    rows = np.array([len(group) for group in samples.rows])
    found = align(loadings, intercepts, rows, rng=plan.stream(f"alignment {name}"))
    return AlignedFactor(
        factor=name,
        means=numbers(found.means),
        variances=numbers(found.variances),
        items=model.factors[name],
        loading_r2=numbers(found.loading_r2),
        intercept_r2=numbers(found.intercept_r2),
        loss=known(found.loss),
        share_at_best=known(found.share_at_best),
    )


def _by_group(cells: CovarianceModel, values: Floats, chosen: Booleans, shape: tuple[int, int]) -> Floats:
    """Values of chosen cells by group, items in the order of their numbers."""
    where = np.flatnonzero(chosen)
    order = np.lexsort((cells.left[where], cells.group[where]))
    return np.asarray(values[where][order]).reshape(shape)
