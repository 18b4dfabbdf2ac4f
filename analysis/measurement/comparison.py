"""Whether groups answer on the same scale: the ladder of invariance, its verdict, and what lies in the way."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers
from analysis.measurement.confirmation import covariance_model, effective_estimator
from analysis.measurement.group_means import AlignedFactor, ItemEffect, LatentMean, align_factors, latent_means
from analysis.measurement.parameters import (
    Confirmed,
    FitOfModel,
    Parameter,
    ScoreTest,
    describe_fit,
    list_parameters,
    name_tests,
)
from analysis.measurement.partial import Partial, relax_level
from analysis.measurement.plan import Estimator, FactorModel, MeasurementPlan
from analysis.measurement.remarks import Remarks
from analysis.measurement.sampled_groups import FEWEST_GROUPS, SampledGroups, sample_groups
from analysis.measurement.tables import SHAPE, Number, frame_of, known, numbers
from analysis.numeric.covariance_ml import MaximumLikelihood
from analysis.numeric.covariance_score import equality_tests
from analysis.numeric.invariance import (
    LEVELS,
    Level,
    Rung,
    fitted_rung,
    invariance_ladder,
    level_model,
)
from analysis.numeric.invariance_ordinal import (
    ORDINAL_LEVELS,
    OrdinalLevel,
    ordinal_invariance_ladder,
    ordinal_rung,
    ordinal_samples,
)
from analysis.numeric.invariance_repeated import RepeatedRung, repeated_ladders

SIGNIFICANT = 0.05
TWO_ANSWERS = 2
_MEANING = {
    "metric": "relations with other things can be compared between groups",
    "scalar": "means can be compared between groups",
    "strict": "observed sums can be compared between groups",
    "thresholds": "answers mean the same place on each item's own scale",
    "loadings": "relations with other things can be compared between groups",
    "intercepts": "means of the latent answers can be compared between groups",
    "uniquenesses": "answers, and sums of answers, can be compared between groups",
}
# With these, factor means can be compared.
_EQUAL_INTERCEPTS = ("scalar", "intercepts")


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
class InvarianceSection:
    """The ladder. ``reached`` is the last level that holds after all before it; ``verdict`` says so in words.

    ``partial`` is there where a level of the items did not hold; ``latent_means`` where means can be compared, with
    all equal or with a few released; ``repeated`` where persons are in several groups; ``alignment`` and ``effects``
    (of items) by maximum likelihood for factors with items of their own, from as many groups on as the plan says.
    """

    column: str
    estimator: Estimator
    groups: dict[str, int]
    steps: tuple[Step, ...]
    reached: str
    verdict: str
    partial: Partial | None
    latent_means: tuple[LatentMean, ...]
    repeated: tuple[RepeatedStep, ...]
    alignment: tuple[AlignedFactor, ...]
    effects: tuple[ItemEffect, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per level.

        Returns
        -------
        DataFrame
        """
        return frame_of(self.steps).drop(columns=["fit", "parameters", "tests"]).set_index("level")


def compare_groups(
    answers: Answers, plan: MeasurementPlan, model: FactorModel, remarks: Remarks, *, detailed: bool = True
) -> InvarianceSection:
    """Climb the ladder of invariance over the groups of the plan's column.

    Parameters
    ----------
    answers : Answers
        With groups; rows of unknown group are left out.
    plan : MeasurementPlan
    model : FactorModel
    remarks : Remarks
        Gathers what could not be estimated or tested.
    detailed : bool
        Whether to list parameters with their errors, and score tests, of every level.

    Returns
    -------
    InvarianceSection

    Raises
    ------
    AnalysisError
        ``too_few_groups``, ``group_too_small``, and whatever makes the first level impossible.
    """
    estimator = effective_estimator(answers, plan, model, weighted=False)
    samples = sample_groups(answers, plan, model, estimator)
    rungs = _climbed(samples, model, estimator, remarks)
    steps = tuple(_step(rung, model, samples.names, detailed=detailed) for rung in rungs)
    failed = next((step.level for step in steps if step.holds is False), None)
    relaxed = relax_level(samples, model, estimator, failed, significance=SIGNIFICANT, remarks=remarks)
    comparable = _comparable(rungs, steps, relaxed)
    alignment, effects = align_factors(samples, model, estimator, plan, remarks)
    partial = None if relaxed is None else relaxed[0]
    return InvarianceSection(
        column=plan.group or "",
        estimator=estimator,
        groups=dict(zip(samples.names, samples.sizes.tolist(), strict=True)),
        steps=steps,
        reached=_reached(steps),
        verdict=_verdict(steps, failed, estimator, partial),
        partial=partial,
        latent_means=() if comparable is None else latent_means(comparable, model, samples),
        repeated=_repeated(samples, _ladder(rungs, model, estimator), plan, remarks),
        alignment=alignment,
        effects=effects,
    )


def _climbed(samples: SampledGroups, model: FactorModel, estimator: Estimator, remarks: Remarks) -> tuple[Rung, ...]:
    """Fit every level that can be estimated; what cannot is remarked on."""
    rungs: list[Rung] = []
    for level, fit in _levels(samples, model, estimator):
        try:
            rungs.append(fit(rungs[-1] if rungs else None))
        except AnalysisError as error:
            if not rungs:
                raise
            remarks.add("invariance", error.code, f"The level '{level}' could not be estimated. {error.message}")
    if estimator == "WLSMV":
        _remark_on_answers(samples, model, remarks)
    for rung in rungs[1:]:
        if rung.difference is None:
            message = f"The level '{rung.level}' restricts nothing that these answers could contradict"
            remarks.add("invariance", "nothing_to_test", f"{message}: it is not tested by itself.")
    return tuple(rungs)


def _levels(
    samples: SampledGroups, model: FactorModel, estimator: Estimator
) -> list[tuple[str, Callable[[Rung | None], Rung]]]:
    """The levels of the estimator's ladder, and how to fit each."""
    if estimator == "WLSMV":
        cells, found = covariance_model(model, scaling="unit"), ordinal_samples(samples.rows, samples.persons)

        def ordinal(level: OrdinalLevel, before: Rung | None) -> Rung:
            return ordinal_rung(cells, found, level, before, parameterisation=model.parameterisation)

        return [(level, functools.partial(ordinal, level)) for level in ORDINAL_LEVELS]
    one_group, data = covariance_model(model), samples.summed

    def likely(level: Level, before: Rung | None) -> Rung:
        levelled = level_model(one_group, len(samples.rows), level)
        return fitted_rung(level, levelled, data, before, robust=estimator.endswith("MLR"))

    return [(level, functools.partial(likely, level)) for level in LEVELS]


def _remark_on_answers(samples: SampledGroups, model: FactorModel, remarks: Remarks) -> None:
    """Items of two answers cannot be compared level by level."""
    answers = [len(np.unique(column[~np.isnan(column)])) for column in samples.x.T]
    few = [item for item, count in zip(model.items, answers, strict=True) if count <= TWO_ANSWERS]
    if few:
        message = (
            f"{', '.join(few)}: two answers each. One threshold cannot be told from an intercept, nor a loading from "
            "a scale: such items are first tested at the level 'intercepts' (Wu & Estabrook 2016)."
        )
        remarks.add("invariance", "two_answers", message)


def _step(rung: Rung, model: FactorModel, groups: Sequence[str], *, detailed: bool) -> Step:
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
        parameters=list_parameters(Confirmed(rung.estimate, rung.fit, rung.robust), model, groups) if detailed else (),
        tests=_equality_tests(rung, model, groups) if detailed else (),
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


def _comparable(rungs: Sequence[Rung], steps: Sequence[Step], relaxed: tuple[Partial, Rung] | None) -> Rung | None:
    """The estimate from which factor means can be compared, if any."""
    reached = _reached(steps)
    names = [rung.level for rung in rungs]
    for rung in rungs:
        if rung.level in _EQUAL_INTERCEPTS and names.index(reached) >= names.index(rung.level):
            return rung
    if relaxed is not None and relaxed[0].level in _EQUAL_INTERCEPTS and relaxed[0].holds:
        return relaxed[1]
    return None


def _reached(steps: Sequence[Step]) -> str:
    """The last level that holds after all before it; levels without a test are passed over."""
    reached = steps[0].level
    for step in steps[1:]:
        if step.holds is False:
            break
        reached = step.level if step.holds else reached
    return reached


def _verdict(steps: Sequence[Step], failed: str | None, estimator: Estimator, partial: Partial | None) -> str:
    """Say in words how far the groups are comparable, and by what rule."""
    first, reached = steps[0], _reached(steps)
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
    return f"{found}{stop} (by {by}).{_in_part(partial)}" + (ordinal if estimator == "WLSMV" else "")


def _in_part(partial: Partial | None) -> str:
    """Say what must differ for the level that failed."""
    if partial is None or not partial.released:
        return ""
    named = ", ".join(f"{cell.left} {cell.op} {cell.right}".rstrip() + f" in {cell.group}" for cell in partial.released)
    if not partial.holds:
        return f" It does not hold in part either, with {named} free to differ."
    meaning = _MEANING.get(partial.level, "groups can be compared on what stays equal")
    return (
        f" It holds in part, once {named} may differ: with this reservation {meaning}. What was released was chosen "
        "on these answers; try it on others."
    )


def _repeated(
    samples: SampledGroups, ladder: Callable[..., tuple[Rung, ...]], plan: MeasurementPlan, remarks: Remarks
) -> tuple[RepeatedStep, ...]:
    """The ladder over draws of one rating per person, where persons are in several groups."""
    if samples.person is None:
        return ()
    groups_of = pd.Series(samples.group).groupby(samples.person).nunique()
    if int(groups_of.max()) < FEWEST_GROUPS:
        return ()
    draws = plan.repeated_draws
    try:
        found = repeated_ladders(
            ladder, samples.x, samples.group, samples.person, draws=draws, rng=plan.stream("repeated")
        )
    except AnalysisError as error:
        message = f"No draw of one rating per person could be estimated. {error.message}"
        remarks.add("invariance.repeated", error.code, message)
        return ()
    return tuple(_repeated_step(step, draws) for step in found)


def _ladder(rungs: Sequence[Rung], model: FactorModel, estimator: Estimator) -> Callable[..., tuple[Rung, ...]]:
    """The ladder of the levels that could be estimated."""
    done = {rung.level for rung in rungs}
    if estimator == "WLSMV":
        return functools.partial(
            ordinal_invariance_ladder,
            covariance_model(model, scaling="unit"),
            levels=[level for level in ORDINAL_LEVELS if level in done],
            parameterisation=model.parameterisation,
        )
    levels = [level for level in LEVELS if level in done]
    return functools.partial(
        invariance_ladder, covariance_model(model), levels=levels, robust=estimator.endswith("MLR")
    )


def _repeated_step(step: RepeatedRung, draws: int) -> RepeatedStep:
    """Put a repeated level into the section's words."""
    figures = (step.p_value, step.cfi_change, step.rmsea_change, step.srmr_change, step.share_within_cutoffs)
    return RepeatedStep(step.level, draws, int(step.failed), *numbers(figures))
