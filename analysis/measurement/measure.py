"""Every statistic of a set of items in one value: sections in the order of the method, refusals as remarks."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Iterable
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import pandas as pd
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers, pick_answers, pool_answers
from analysis.measurement.attention import (
    CarelessnessSection,
    GroupDescription,
    describe_groups,
    index_carelessness,
)
from analysis.measurement.comparison import InvarianceSection, compare_groups
from analysis.measurement.confirmation import ConfirmationSection, confirm
from analysis.measurement.confirmation_of_sums import confirm_pool
from analysis.measurement.consistency import ReliabilitySection, assess_scales
from analysis.measurement.exploration import FactorSection, Solution, bound_loadings, describe_factors, solve
from analysis.measurement.items import ItemSection, Normality, check_normality, describe_items
from analysis.measurement.levels import LevelSection, ThreeLevelSection, split_levels, split_three_levels
from analysis.measurement.plan import FactorModel, MeasurementPlan
from analysis.measurement.pool import Pool
from analysis.measurement.raking import WeightSection, describe_weights
from analysis.measurement.relations import (
    AdequacySection,
    CorrelationSection,
    Relations,
    assess_adequacy,
    describe_relations,
    relate_items,
    require_factorable,
)
from analysis.measurement.remarks import Remarks
from analysis.measurement.retention import RetentionSection, count_factors
from analysis.measurement.scores import ScoreSet, weigh_scores
from analysis.measurement.tables import SHAPE, Remark

SCHEMA_VERSION: Literal[1] = 1

_Made = TypeVar("_Made")


@dataclass(frozen=True, config=SHAPE)
class RowCounts:
    """Rows that were read, and what is left of them: ``independent`` is the n that tests count.

    ``in_blocks``: the table was read block by block, and no row is left to look at.
    """

    read: int
    used: int
    complete: int
    persons: int | None
    independent: int
    effective: float | None
    in_blocks: bool


@dataclass(frozen=True, config=SHAPE)
class Measurement:
    """All statistics of a set of items.

    A section is null when it was not asked for, or when the data cannot support it: then a remark with
    ``refused`` true names it and says why. Missing numbers are null. Parts of sections are named ``section.part``.
    """

    schema_version: Literal[1]
    plan: MeasurementPlan
    rows: RowCounts
    weighting: WeightSection | None
    items: ItemSection | None
    normality: Normality | None
    correlations: CorrelationSection | None
    adequacy: AdequacySection | None
    retention: RetentionSection | None
    efa: FactorSection | None
    scores: tuple[ScoreSet, ...] | None
    reliability: ReliabilitySection | None
    carelessness: CarelessnessSection | None
    cfa: ConfirmationSection | None
    groups: tuple[GroupDescription, ...] | None
    invariance: InvarianceSection | None
    levels: tuple[LevelSection, ...] | None
    three_levels: ThreeLevelSection | None
    remarks: tuple[Remark, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain dictionaries, lists, texts and numbers.

        Returns
        -------
        dict
        """
        found: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return found

    def to_json(self) -> str:
        """Give everything as JSON; numbers in the shortest form that reads back as the same number.

        Returns
        -------
        str
        """
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1)

    def to_frame(self) -> pd.DataFrame:
        """One row per item: what is known of it on its own, and its loadings.

        Returns
        -------
        DataFrame
        """
        parts = [section.to_frame() for section in (self.items, self.efa) if section is not None]
        return pd.concat(parts, axis=1) if parts else pd.DataFrame()


_ADAPTER = TypeAdapter(Measurement)


def schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of ``Measurement.to_json``.

    Returns
    -------
    dict
    """
    return _ADAPTER.json_schema(mode="serialization")


def measure(frame: pd.DataFrame, plan: MeasurementPlan) -> Measurement:
    """Measure a set of items.

    Parameters
    ----------
    frame : DataFrame
        One row per rating; answers as numbers, NaN where missing.
    plan : MeasurementPlan
        Which columns, which methods, which model.

    Returns
    -------
    Measurement
        Equal plan and equal data give equal results.

    Raises
    ------
    AnalysisError
        ``unknown_column``, ``unknown_item``, ``item_named_twice``, ``not_a_number``, ``no_person``,
        ``too_few_rows``: nothing can be said. What concerns a single section is a remark instead.
    """
    answers = pick_answers(frame, plan)
    return _measured(answers.pool, answers, plan)


def measure_blocks(frames: Iterable[pd.DataFrame], plan: MeasurementPlan) -> Measurement:
    """Measure a set of items of a table that comes block by block and may be larger than memory.

    Parameters
    ----------
    frames : iterable of DataFrame
        The table's rows in blocks, in any order; as for ``measure``.
    plan : MeasurementPlan

    Returns
    -------
    Measurement
        What sums and tables of the answers tell: items, correlations, adequacy, number of factors, factors, weights of
        scores, reliability, and a confirmatory model by maximum likelihood of complete rows. Sections and parts that
        need rows are null and named in remarks.

    Raises
    ------
    AnalysisError
        As ``measure``; ``rows_needed``, ``range_needed``.
    """
    return _measured(pool_answers(frames, plan), None, plan)


def _measured(pool: Pool, answers: Answers | None, plan: MeasurementPlan) -> Measurement:
    """Make each section from the sums, and from the rows where they are there."""
    remarks = Remarks(plan.items)
    found = _explored(pool, answers, plan, remarks)
    solution = found.pop("solution")
    k = 1 if solution is None else len(solution.factors)
    found["reliability"] = remarks.attempt("reliability", lambda: assess_scales(pool, answers, plan, k, remarks))
    found |= _confirmed(pool, answers, plan, remarks)
    found |= _of_rows(answers, plan, solution, k, remarks)
    _remark_on_plan(pool, answers, plan, remarks)
    return Measurement(
        schema_version=SCHEMA_VERSION,
        plan=plan,
        rows=_counts(pool, in_blocks=answers is None),
        **found,
        remarks=tuple(remarks.found),
    )


def _explored(pool: Pool, answers: Answers | None, plan: MeasurementPlan, remarks: Remarks) -> dict[str, Any]:
    """Items, correlations and factors, each resting on the one before."""
    related = _Attempted(lambda: relate_items(pool, answers, plan))
    found: dict[str, Any] = {
        "items": remarks.attempt("items", lambda: describe_items(pool, answers, plan, remarks)),
        "correlations": remarks.attempt(
            "correlations", lambda: describe_relations(pool, answers, related.get(), plan, remarks)
        ),
        "adequacy": remarks.attempt("adequacy", lambda: assess_adequacy(pool, related.get())),
        "retention": remarks.attempt("retention", lambda: count_factors(pool, answers, related.get(), plan, remarks)),
    }
    k = plan.factors or (len(plan.target.factors) if plan.target else None)
    k = k or (found["retention"].used if found["retention"] else 1)
    solved = _Attempted(lambda: _solved(pool, related.get(), k, plan))
    efa = remarks.attempt("efa", lambda: _described(pool, related.get(), solved.get(), plan))
    if efa is not None:
        efa = _with_intervals(efa, answers, solved.get(), plan, remarks)
        _remark_on_factors(efa, remarks)
    scores = remarks.attempt(
        "scores",
        lambda: weigh_scores(pool, answers, related.get().correlation, solved.get(), plan=plan, remarks=remarks),
    )
    return found | {"efa": efa, "scores": scores, "solution": solved.get() if efa is not None else None}


class _Attempted(Generic[_Made]):
    """Something computed once, whose refusal is told to everyone who asks for it."""

    def __init__(self, make: Callable[[], _Made]) -> None:
        self._made: _Made | AnalysisError
        try:
            self._made = make()
        except AnalysisError as error:
            self._made = error

    def get(self) -> _Made:
        """Give what was made, or refuse as the making did."""
        if isinstance(self._made, AnalysisError):
            raise self._made
        return self._made


def _solved(pool: Pool, relations: Relations, k: int, plan: MeasurementPlan) -> Solution:
    """Factors of the items; of fewer rows than items there are none."""
    require_factorable(pool)
    return solve(relations.correlation, k, plan)


def _described(pool: Pool, relations: Relations, solution: Solution, plan: MeasurementPlan) -> FactorSection:
    """Name the factors."""
    return describe_factors(pool.independent, pool.items, relations.correlation, solution, plan)


def _with_intervals(
    efa: FactorSection, answers: Answers | None, solution: Solution, plan: MeasurementPlan, remarks: Remarks
) -> FactorSection:
    """Add intervals of the loadings, where there is a rotation to align them by."""
    if not plan.resamples or answers is None:
        return efa
    if plan.rotation == "none" and len(efa.factors) > 1:
        message = "Unrotated factors turn from one resample to the next, so their loadings have no intervals."
        remarks.add("efa.intervals", "not_rotated", message)
        return efa
    intervals = remarks.attempt("efa.intervals", lambda: bound_loadings(answers, solution, plan))
    return dataclasses.replace(efa, intervals=intervals)


def _of_rows(
    answers: Answers | None, plan: MeasurementPlan, solution: Solution | None, k: int, remarks: Remarks
) -> dict[str, Any]:
    """Sections that look at every row."""
    names = ("weighting", "normality", "carelessness", "groups", "invariance", "levels", "three_levels")
    found: dict[str, Any] = dict.fromkeys(names)
    if answers is None:
        _remark_on_rows(plan, remarks)
        return found
    if answers.weights is not None:
        found["weighting"] = describe_weights(answers.weights, answers.raking, rows=plan.rows)
        _remark_on_weights(found["weighting"], remarks)
    found["normality"] = remarks.attempt("normality", lambda: check_normality(answers))
    found["carelessness"] = remarks.attempt("carelessness", lambda: index_carelessness(answers, plan, remarks))
    if plan.group is not None:
        found["groups"] = describe_groups(answers)
        found["invariance"] = _compared(answers, plan, solution, remarks)
    return found | _levels(answers, plan, k, remarks)


def _levels(answers: Answers, plan: MeasurementPlan, k: int, remarks: Remarks) -> dict[str, Any]:
    """Levels of persons, brands and groups, and of persons and brands at once."""
    clusters = ((plan.person, answers.person), (plan.group, answers.group), (plan.brand, answers.brand))
    asked = {column: number for column, number in clusters if column is not None and number is not None}
    split = [
        remarks.attempt(f"levels.{column}", functools.partial(split_levels, answers, number, column, plan, k))
        for column, number in asked.items()
    ]
    levels = tuple(level for level in split if level is not None)
    for level in levels:
        _remark_on_level(f"levels.{level.column}.within", level.within.without_efa, remarks)
        _remark_on_level(f"levels.{level.column}.between", level.between.without_efa, remarks)
    person, brand = answers.person, answers.brand
    three = None
    if person is not None and brand is not None:
        three = remarks.attempt("three_levels", lambda: split_three_levels(answers, person, brand, plan, k))
    for name in ("within", "person", "brand") if three is not None else ():
        _remark_on_level(f"three_levels.{name}", getattr(three, name).without_efa, remarks)
    return {"levels": levels if asked else None, "three_levels": three}


def _remark_on_level(section: str, reason: str, remarks: Remarks) -> None:
    """Why a level has no factors."""
    if reason:
        remarks.add(section, "without_efa", reason)


def _confirmed(pool: Pool, answers: Answers | None, plan: MeasurementPlan, remarks: Remarks) -> dict[str, Any]:
    """Confirmatory model, where one was given."""
    model = plan.model
    if model is None:
        return {"cfa": None}
    if answers is None:
        return {"cfa": remarks.attempt("cfa", lambda: confirm_pool(pool, plan, model), model.items)}
    return {"cfa": remarks.attempt("cfa", lambda: confirm(answers, plan, model), model.items)}


def _compared(
    answers: Answers, plan: MeasurementPlan, solution: Solution | None, remarks: Remarks
) -> InvarianceSection | None:
    """Compare groups, by the model or by the factors of these same answers."""
    model = plan.model or _own_model(answers, solution)
    items = plan.items if model is None else model.items
    found = remarks.attempt("invariance", lambda: _comparison(answers, plan, model, remarks), items)
    if found is not None:
        _remark_on_invariance(found, remarks)
    if found is not None and plan.model is None:
        message = "No model was given: groups are compared by the factors of these same answers, each item on its "
        remarks.add("invariance", "model_from_same_data", f"{message}largest loading. Fit statistics flatter it.")
    return found


def _comparison(
    answers: Answers, plan: MeasurementPlan, model: FactorModel | None, remarks: Remarks
) -> InvarianceSection:
    """Compare groups; without factors there is nothing to compare them by."""
    if model is None:
        message = "No model was given, and these answers have no factors to make one of. Give a model."
        raise AnalysisError("no_model", message)
    return compare_groups(answers, plan, model, remarks)


def _own_model(answers: Answers, solution: Solution | None) -> FactorModel | None:
    """A model for the comparison of groups, where none was given: each item on its largest loading."""
    if solution is None:
        return None
    primary = np.abs(solution.rotated.pattern).argmax(1)
    loaded = {
        name: tuple(item for item, factor in zip(answers.items, primary, strict=True) if factor == i)
        for i, name in enumerate(solution.factors)
    }
    taken = set(answers.items)
    return FactorModel(factors={f"{name}_" if name in taken else name: own for name, own in loaded.items() if own})


def _counts(pool: Pool, *, in_blocks: bool) -> RowCounts:
    """Count rows."""
    return RowCounts(
        read=pool.read,
        used=pool.used,
        complete=pool.complete,
        persons=None if pool.persons is None else len(pool.persons),
        independent=pool.independent,
        effective=pool.moments.effective_rows if pool.weighted else None,
        in_blocks=in_blocks,
    )


def _remark_on_factors(section: FactorSection, remarks: Remarks) -> None:
    """What makes factors doubtful."""
    heywood = [item.item for item in section.items if item.heywood]
    if heywood:
        message = f"{', '.join(heywood)} has no unique variance left (Heywood case). Consider fewer factors."
        remarks.add("efa", "heywood", message)
    if not section.converged:
        remarks.add("efa", "rotation_not_converged", "The rotation came close to its best minimum, but not to it.")


def _remark_on_invariance(section: InvarianceSection, remarks: Remarks) -> None:
    """Which parts of a comparison there are not."""
    told = {remark.section for remark in remarks.found}
    failed = any(step.holds is False for step in section.steps)
    reasons = {"partial": "factor means, nor where its search finds nothing"} if failed and not section.partial else {}
    if not section.alignment:
        reasons["alignment"] = "ordinal models, items of several factors, or fewer groups than are aligned"
    if not section.repeated:
        reasons["repeated"] = "rows without a person, or persons who are each in one group only"
    for part, reason in reasons.items():
        if f"invariance.{part}" not in told:
            remarks.add(f"invariance.{part}", "not_available", f"There is none for {reason}.")


def _remark_on_weights(section: WeightSection, remarks: Remarks) -> None:
    """What makes weights doubtful."""
    if section.empty_categories:
        message = (
            f"{section.empty_categories} categories of the population have nobody in the sample; the shares of the"
        )
        remarks.add("weighting", "empty_category", f"{message} others were scaled up. Join them with others.")
    if section.empty_combinations:
        message = f"{section.empty_combinations} combinations of two margins' categories have nobody in the sample"
        remarks.add("weighting", "empty_combination", f"{message}: weights cannot make them up. Join categories.")
    if section.met is False:
        message = "The weights miss some target shares: caps or empty combinations forbid them"
        remarks.add("weighting", "targets_not_met", f"{message}. Widen the caps, or join categories.")


def _remark_on_rows(plan: MeasurementPlan, remarks: Remarks) -> None:
    """What is not there because the table was read block by block."""
    asked = {"invariance": plan.group, "levels": plan.person or plan.brand or plan.group}
    for section in (name for name, column in asked.items() if column is not None):
        message = "Comparing groups and splitting levels looks at every row. Measure the table as a whole."
        remarks.found.append(Remark(section, "rows_needed", message, refused=True))
    message = (
        "The table was read block by block. These look at every row and are not there: normality, carelessness, "
        "weighting, groups, invariance, levels, three_levels, correlations.errors, efa.intervals, parallel analysis by "
        "permutation and of categories, robust errors of omega, omega of ordinal items, scores row by row."
    )
    remarks.add("rows", "rows_needed", message)


def _remark_on_plan(pool: Pool, answers: Answers | None, plan: MeasurementPlan, remarks: Remarks) -> None:
    """What was decided for the user."""
    if pool.weighted:
        without = "Mardia's tests, carelessness, confirmatory models by FIML and WLSMV, invariance and levels"
        remarks.add("weights", "weights_not_used", f"{without} do not use weights.")
    if answers is None:
        return
    if answers.group is not None and (unknown := int((answers.group < 0).sum())):
        remarks.add("groups", "unknown_group", f"{unknown} rows have no group and are not compared.")
    if answers.brand is not None and (unknown := int((answers.brand < 0).sum())):
        remarks.add("levels", "unknown_brand", f"{unknown} rows have no brand and are not split.")
    if answers.person is not None and plan.model is not None and plan.model.estimator in ("ML", "FIML"):
        message = "Rows are nested in persons: errors and tests are robust and clustered, whatever the estimator."
        remarks.add("cfa", "clustered", message)
