"""Every statistic of a set of items in one value: sections in the order of the method, refusals as remarks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers, naming, pick_answers
from analysis.measurement.attention import (
    CarelessnessSection,
    GroupDescription,
    describe_groups,
    index_carelessness,
)
from analysis.measurement.comparison import InvarianceSection, compare_groups
from analysis.measurement.confirmation import ConfirmationSection, confirm
from analysis.measurement.consistency import ReliabilitySection, assess_scales
from analysis.measurement.exploration import FactorSection, Solution, bound_loadings, describe_factors, solve
from analysis.measurement.items import ItemSection, Normality, check_normality, describe_items
from analysis.measurement.levels import LevelSection, split_levels
from analysis.measurement.plan import FactorModel, MeasurementPlan
from analysis.measurement.relations import (
    AdequacySection,
    CorrelationSection,
    Relations,
    assess_adequacy,
    describe_relations,
    relate_items,
    require_factorable,
)
from analysis.measurement.retention import RetentionSection, count_factors
from analysis.measurement.scores import ScoreSet, weigh_scores
from analysis.measurement.tables import SHAPE, Remark

SCHEMA_VERSION: Literal[1] = 1
# Sparse tables: more empty cells than this share of all make polychoric correlations unreliable.
MANY_EMPTY_CELLS = 0.2

_Section = TypeVar("_Section")


@dataclass(frozen=True, config=SHAPE)
class RowCounts:
    """Rows that were read, and what is left of them: ``independent`` is the n that tests count."""

    read: int
    used: int
    complete: int
    persons: int | None
    independent: int
    effective: float | None


@dataclass(frozen=True, config=SHAPE)
class Measurement:
    """All statistics of a set of items.

    A section is null when it was not asked for, or when the data cannot support it: then a remark with
    ``refused`` true names it and says why. Missing numbers are null.
    """

    schema_version: Literal[1]
    plan: MeasurementPlan
    rows: RowCounts
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
    remarks: tuple[Remark, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain dictionaries, lists, texts and numbers."""
        found: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return found

    def to_json(self) -> str:
        """Give everything as JSON; numbers in the shortest form that reads back as the same number."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1)

    def to_frame(self) -> pd.DataFrame:
        """One row per item: what is known of it on its own, and its loadings."""
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


@dataclasses.dataclass
class _Remarks:
    """Remarks gathered on the way, and sections that the data refuse."""

    items: tuple[str, ...]
    found: list[Remark] = dataclasses.field(default_factory=list)

    def attempt(
        self, section: str, make: Callable[[], _Section], items: tuple[str, ...] | None = None
    ) -> _Section | None:
        """Make a section, or remark why not."""
        try:
            return make()
        except AnalysisError as error:
            message = naming(error, self.items if items is None else items)
            self.found.append(Remark(section, error.code, message, refused=True))
        return None

    def add(self, section: str, code: str, message: str) -> None:
        """Remark on a section that is there."""
        self.found.append(Remark(section, code, message, refused=False))


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
    remarks = _Remarks(plan.items)
    found = _explored(answers, plan, remarks)
    solution = found.pop("solution")
    k = 1 if solution is None else len(solution.factors)
    model = plan.model or (_own_model(answers, solution) if plan.group else None)
    confirmed = _confirmed(answers, plan, model, k, remarks)
    _remark_on_plan(answers, plan, remarks)
    return Measurement(
        schema_version=SCHEMA_VERSION,
        plan=plan,
        rows=_counts(frame, answers),
        **found,
        reliability=remarks.attempt("reliability", lambda: assess_scales(answers, plan, k)),
        carelessness=remarks.attempt("carelessness", lambda: index_carelessness(answers, plan)),
        **confirmed,
        remarks=tuple(remarks.found),
    )


def _explored(answers: Answers, plan: MeasurementPlan, remarks: _Remarks) -> dict[str, Any]:
    """Items, correlations and factors, each resting on the one before."""
    related = _Attempted(lambda: relate_items(answers, plan))
    retention = remarks.attempt("retention", lambda: count_factors(answers, related.get(), plan))
    k = plan.factors or (retention.used if retention else 1)
    solved = _Attempted(lambda: _solved(answers, related.get(), k, plan))
    efa = remarks.attempt("efa", lambda: _described(answers, related.get(), solved.get(), plan))
    if efa is not None:
        efa = _with_intervals(efa, answers, solved.get(), plan, remarks)
    _remark_on_factors(efa, remarks)
    correlations = remarks.attempt("correlations", lambda: describe_relations(answers, related.get(), plan))
    _remark_on_correlations(correlations, remarks)
    return {
        "items": remarks.attempt("items", lambda: describe_items(answers)),
        "normality": remarks.attempt("normality", lambda: check_normality(answers)),
        "correlations": correlations,
        "adequacy": remarks.attempt("adequacy", lambda: assess_adequacy(answers, related.get())),
        "retention": retention,
        "efa": efa,
        "scores": remarks.attempt(
            "scores", lambda: weigh_scores(answers, related.get().correlation, solved.get(), plan)
        ),
        "solution": solved.get() if efa is not None else None,
    }


class _Attempted:
    """Something computed once, whose refusal is told to everyone who asks for it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._made: Any = None
        self._refusal: AnalysisError | None = None
        try:
            self._made = make()
        except AnalysisError as error:
            self._refusal = error

    def get(self) -> Any:  # noqa: ANN401  (whatever was made)
        """Give what was made, or refuse as the making did."""
        if self._refusal is not None:
            raise self._refusal
        return self._made


def _solved(answers: Answers, relations: Relations, k: int, plan: MeasurementPlan) -> Solution:
    """Factors of the items; of fewer rows than items there are none."""
    require_factorable(answers)
    return solve(relations.correlation, k, plan)


def _described(answers: Answers, relations: Relations, solution: Solution, plan: MeasurementPlan) -> FactorSection:
    """Name the factors."""
    return describe_factors(answers.independent, answers.items, relations.correlation, solution, plan)


def _with_intervals(
    efa: FactorSection, answers: Answers, solution: Solution, plan: MeasurementPlan, remarks: _Remarks
) -> FactorSection:
    """Add intervals of the loadings, where there is a rotation to align them by."""
    if not plan.resamples or (plan.rotation == "none" and len(efa.factors) > 1):
        return efa
    intervals = remarks.attempt("efa.intervals", lambda: bound_loadings(answers, solution, plan))
    return dataclasses.replace(efa, intervals=intervals)


def _confirmed(
    answers: Answers, plan: MeasurementPlan, model: FactorModel | None, k: int, remarks: _Remarks
) -> dict[str, Any]:
    """Confirmatory model, groups and levels, where they were asked for."""
    found: dict[str, Any] = dict.fromkeys(("cfa", "groups", "invariance", "levels"))
    if plan.model is not None:
        own = plan.model
        found["cfa"] = remarks.attempt("cfa", lambda: confirm(answers, plan, own), own.items)
    if plan.group is not None:
        found["groups"] = describe_groups(answers)
        items = plan.items if model is None else model.items
        found["invariance"] = remarks.attempt("invariance", lambda: _compared(answers, plan, model), items)
        if plan.model is None and found["invariance"] is not None:
            message = "No model was given: groups are compared by the factors of these same answers, each item on its "
            remarks.add("invariance", "model_from_same_data", f"{message}largest loading. Fit statistics flatter it.")
    clusters = {plan.person: answers.person, plan.group: answers.group}
    asked = [(column, numbers) for column, numbers in clusters.items() if column is not None and numbers is not None]
    levels = [
        remarks.attempt(f"levels.{column}", lambda: split_levels(answers, numbers, column, plan, k))  # noqa: B023
        for column, numbers in asked
    ]
    found["levels"] = tuple(level for level in levels if level is not None) if asked else None
    return found


def _compared(answers: Answers, plan: MeasurementPlan, model: FactorModel | None) -> InvarianceSection:
    """Compare groups; without factors there is nothing to compare them by."""
    if model is None:
        message = "No model was given, and these answers have no factors to make one of. Give a model."
        raise AnalysisError("no_model", message)
    return compare_groups(answers, plan, model)


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


def _counts(frame: pd.DataFrame, answers: Answers) -> RowCounts:
    """Count rows."""
    weights = answers.weights
    return RowCounts(
        read=len(frame),
        used=len(answers.x),
        complete=int(answers.complete.sum()),
        persons=None if answers.person is None else len(np.unique(answers.person)),
        independent=answers.independent,
        effective=None if weights is None else float(weights.sum() ** 2 / (weights @ weights)),
    )


def _remark_on_correlations(section: CorrelationSection | None, remarks: _Remarks) -> None:
    """What makes correlations doubtful."""
    if section is None:
        return
    if section.smallest_eigenvalue < 0:
        done = "They were smoothed." if section.smoothed else "They were not smoothed; ask for it with `smooth`."
        remarks.add("correlations", "not_positive_definite", f"The correlations contradict each other. {done}")
    elif section.smoothed:
        remarks.add("correlations", "smoothed", "The correlations had no inverse; they were smoothed.")
    if section.at_bound:
        named = ", ".join(f"{pair.item} and {pair.other}" for pair in section.at_bound)
        remarks.add("correlations", "at_bound", f"The correlation of {named} ran to plus or minus 1.")
    if section.empty_cells is not None:
        sizes = np.array([len(item.answers) for item in section.thresholds])
        empty = np.tril(np.array(section.empty_cells.values, dtype=float) / np.outer(sizes, sizes), -1)
        if (sparse := int((empty > MANY_EMPTY_CELLS).sum())) > 0:
            message = f"{sparse} pairs of items have many combinations of answers that nobody gave"
            remarks.add("correlations", "empty_cells", f"{message}; their polychoric correlations are unreliable.")


def _remark_on_factors(section: FactorSection | None, remarks: _Remarks) -> None:
    """What makes factors doubtful."""
    if section is None:
        return
    heywood = [item.item for item in section.items if item.heywood]
    if heywood:
        message = f"{', '.join(heywood)} has no unique variance left (Heywood case). Consider fewer factors."
        remarks.add("efa", "heywood", message)
    if not section.converged:
        remarks.add("efa", "rotation_not_converged", "The rotation came close to its best minimum, but not to it.")


def _remark_on_plan(answers: Answers, plan: MeasurementPlan, remarks: _Remarks) -> None:
    """What was decided for the user."""
    if answers.weights is not None:
        without = "Mardia's tests, carelessness, confirmatory models, invariance and levels do not use weights."
        remarks.add("weights", "weights_not_used", without)
    if answers.group is not None and (unknown := int((answers.group < 0).sum())):
        remarks.add("groups", "unknown_group", f"{unknown} rows have no group and are not compared.")
    if answers.person is not None and plan.model is not None and plan.model.estimator in ("ML", "FIML"):
        message = "Rows are nested in persons: errors and tests are robust and clustered, whatever the estimator."
        remarks.add("cfa", "clustered", message)
