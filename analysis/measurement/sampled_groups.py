"""The rows of each group that a model can use, and whose they are; groups too small are refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers
from analysis.measurement.confirmation import usable_rows
from analysis.measurement.plan import Estimator, FactorModel, MeasurementPlan
from analysis.numeric.arrays import Floats, Integers
from analysis.numeric.covariance_robust import Unrestricted
from analysis.numeric.invariance import summed_rows

FEWEST_GROUPS = 2


@dataclass(frozen=True, eq=False)
class SampledGroups:
    """Rows of each group, whose they are (numbered over all groups), and everything all together.

    ``names`` and ``rows`` (n, p) of the G groups; ``x``, ``group`` and ``person`` of all rows; ``persons`` as
    ``person``, by group; None where every row is a person of its own.
    """

    names: tuple[str, ...]
    rows: tuple[Floats, ...]
    persons: tuple[Integers, ...] | None
    x: Floats
    group: Integers
    person: Integers | None

    @property
    def sizes(self) -> Integers:
        """Rows of each group (G,)."""
        return np.array([len(rows) for rows in self.rows])

    @cached_property
    def summed(self) -> Unrestricted:
        """Sums of the rows, and what holds of them without a model: the same for all models."""
        return summed_rows(self.rows, self.persons)


def sample_groups(answers: Answers, plan: MeasurementPlan, model: FactorModel, estimator: Estimator) -> SampledGroups:
    """Pick the rows of known group that the estimator can use.

    Parameters
    ----------
    answers : Answers
    plan : MeasurementPlan
    model : FactorModel
    estimator : str

    Returns
    -------
    SampledGroups

    Raises
    ------
    AnalysisError
        ``too_few_groups``, ``group_too_small``, ``fractional_code``.
    """
    x, person, kept = usable_rows(answers, model, estimator)
    group = np.zeros(len(x), dtype=np.int64) if answers.group is None else answers.group[kept]
    sizes = np.bincount(group[group >= 0], minlength=len(answers.groups))
    _require_groups(plan.group or "", dict(zip(answers.groups, sizes.tolist(), strict=True)), len(model.items))
    member = [group == i for i in range(len(answers.groups))]
    inside = group >= 0
    return SampledGroups(
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
