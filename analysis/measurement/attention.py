"""Indices of careless answering and of response style, summed up over rows and groups; it leaves nobody out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from analysis.errors import AnalysisError
from analysis.measurement.answers import Answers
from analysis.measurement.plan import MeasurementPlan
from analysis.measurement.remarks import Remarks
from analysis.measurement.tables import SHAPE, Number, frame_of, known, numbers
from analysis.numeric import carelessness
from analysis.numeric.arrays import Floats
from analysis.numeric.moments import Moments
from analysis.numeric.reliability import alpha

_QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)


@dataclass(frozen=True, config=SHAPE)
class IndexSummary:
    """One index over the rows where it exists; ``rows`` are its values where they were asked for."""

    index: str
    n: int
    mean: Number
    sd: Number
    low: Number
    quantile05: Number
    median: Number
    quantile95: Number
    high: Number
    rows: tuple[Number, ...] | None


@dataclass(frozen=True, config=SHAPE)
class Instruction:
    """An item that asked for a certain answer: who answered it, and who gave another answer."""

    column: str
    answered: int
    failed: int


@dataclass(frozen=True, config=SHAPE)
class Block:
    """Consecutive rows by order of entry, counted from 1, and alpha of all items in them (null where there is none).

    Filler rows that were added together show as a block whose answers do not hang together.
    """

    first_row: int
    last_row: int
    alpha: Number


@dataclass(frozen=True, config=SHAPE)
class CarelessnessSection:
    """Indices of careless answering, in the order and direction of the items as they were given.

    Even-odd consistency needs the scales of a model. Synonyms and antonyms are pairs of items whose correlation
    is beyond the plan's ``synonyms_above``. ``duplicate_rows`` repeat an earlier row; the index ``same_answers`` counts
    for each row the others with the same answers. ``instructed_failed`` counts instructed items answered otherwise,
    ``seconds_per_item`` the seconds for each answer. Nobody is flagged or left out here: cut-offs are a study's
    business.
    """

    indices: tuple[IndexSummary, ...]
    synonyms: int
    antonyms: int
    duplicate_rows: int
    instructed: tuple[Instruction, ...]
    blocks: tuple[Block, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per index.

        Returns
        -------
        DataFrame
        """
        return frame_of(self.indices).set_index("index").drop(columns="rows")


@dataclass(frozen=True, config=SHAPE)
class GroupDescription:
    """One group: rows, persons, alpha of all items, and how its answers lie on the response scale.

    ``acquiescence``, share of answers above the middle less the share below it; ``extreme``, share at the ends;
    ``midpoint``, share exactly in the middle (0 where the scale has no middle answer).
    """

    group: str
    rows: int
    persons: int
    alpha: Number
    acquiescence: Number
    extreme: Number
    midpoint: Number


def index_carelessness(answers: Answers, plan: MeasurementPlan, remarks: Remarks) -> CarelessnessSection:
    """Compute the indices of careless answering that these answers allow.

    Parameters
    ----------
    answers : Answers
    plan : MeasurementPlan
    remarks : Remarks
        Told which indices there are not, and why.

    Returns
    -------
    CarelessnessSection
    """
    given = _as_given(answers, plan)
    runs = carelessness.runs(given)
    found = {
        "longest_run": runs.longest,
        "mean_run": runs.mean,
        "variability": carelessness.variability(given),
        "person_total": carelessness.person_total_correlations(given),
    }
    pairs = {"synonyms": 0, "antonyms": 0}
    correlation = remarks.attempt("carelessness.synonyms", lambda: Moments.of(given).correlation())
    if correlation is not None:
        for name, signed in (("synonyms", correlation), ("antonyms", -correlation)):
            alike = carelessness.alike_pairs(signed, above=plan.synonyms_above)
            pairs[name] = len(alike[0])
            found[name] = carelessness.pair_consistency(given, alike)
    found |= remarks.attempt("carelessness.mahalanobis", lambda: _distances(given, answers)) or {}
    found |= _even_odd(answers, plan) | _attention(given, answers)
    return CarelessnessSection(
        indices=tuple(_summary(name, values, plan) for name, values in found.items()),
        synonyms=pairs["synonyms"],
        antonyms=pairs["antonyms"],
        duplicate_rows=int(pd.DataFrame(given).duplicated().sum()),
        instructed=_instructions(answers),
        blocks=_blocks(answers.x, plan.blocks),
    )


def describe_groups(answers: Answers) -> tuple[GroupDescription, ...]:
    """Describe how each group answers.

    Parameters
    ----------
    answers : Answers
        With groups.

    Returns
    -------
    tuple of GroupDescription
    """
    return tuple(
        _group(name, answers.x[answers.group == i], answers.persons[answers.group == i], answers)
        for i, name in enumerate(answers.groups)
    )


def _group(name: str, x: Floats, persons: Floats, answers: Answers) -> GroupDescription:
    """Describe one group."""
    *counts, answered = carelessness.style_counts(x, answers.lowest, answers.highest).sum(0)
    shares = [count / answered if answered else None for count in counts]
    return GroupDescription(name, len(x), len(np.unique(persons)), _alpha(x), *numbers(shares))


def _as_given(answers: Answers, plan: MeasurementPlan) -> Floats:
    """Answers as they were given: reversed items turned back."""
    turned = np.isin(answers.items, plan.reverse)
    return np.where(turned, answers.lowest + answers.highest - answers.x, answers.x)


def _distances(given: Floats, answers: Answers) -> dict[str, Floats]:
    """Mahalanobis distances by the moments of the complete rows; refused by name where these have no inverse."""
    moments = Moments.of(given[answers.complete])
    moments.correlation()  # refuses by name what does not vary
    found = carelessness.distances(given, moments.means, moments.covariance())
    return {"mahalanobis": found.squared, "mahalanobis_p": found.p_values}


def _attention(given: Floats, answers: Answers) -> dict[str, Floats]:
    """Same answers as others, instructed items failed, seconds for each answer."""
    own = pd.DataFrame(given)
    alike = own.groupby(list(own.columns), dropna=False, sort=False)[0].transform("size").to_numpy(dtype=float) - 1
    answered = (~np.isnan(given)).sum(1)
    found = {"same_answers": np.where(answered > 0, alike, np.nan)}
    if answers.instructed is not None:
        there = ~np.isnan(answers.instructed)
        failed = (there & (answers.instructed != 0)).sum(1).astype(float)
        found["instructed_failed"] = np.where(there.any(1), failed, np.nan)
    if answers.seconds is not None:
        pace = np.full(len(given), np.nan)
        found["seconds_per_item"] = np.divide(answers.seconds, answered, out=pace, where=answered > 0)
    return found


def _instructions(answers: Answers) -> tuple[Instruction, ...]:
    """How each instructed item was answered."""
    if answers.instructed is None:
        return ()
    return tuple(
        Instruction(name, int((~np.isnan(off)).sum()), int((np.nan_to_num(off) != 0).sum()))
        for name, off in zip(answers.instructions, answers.instructed.T, strict=True)
    )


def _blocks(x: Floats, number: int) -> tuple[Block, ...]:
    """Alpha of the items in each of so many blocks of rows."""
    blocks = np.array_split(np.arange(len(x)), min(number, len(x)))
    return tuple(Block(int(rows[0]) + 1, int(rows[-1]) + 1, _alpha(x[rows])) for rows in blocks)


def _alpha(x: Floats) -> Number:
    """Alpha of some rows; none where their answers allow none."""
    try:
        return known(alpha(Moments.of(x).covariance()))
    except AnalysisError:
        return None


def _even_odd(answers: Answers, plan: MeasurementPlan) -> dict[str, Floats]:
    """Consistency of even and odd items over the model's factors; none without two of them."""
    scales = [] if plan.model is None else list(plan.model.factors.values())
    if len(scales) < len(("one", "other")):
        return {}
    x = np.column_stack([answers.columns(items) for items in scales])
    scale_of = np.repeat(np.arange(len(scales)), [len(items) for items in scales])
    r = carelessness.even_odd_consistency(x, scale_of)
    return {"even_odd": r, "even_odd_stepped_up": carelessness.stepped_up(r)}


def _summary(name: str, values: Floats, plan: MeasurementPlan) -> IndexSummary:
    """Sum up one index."""
    there = values[~np.isnan(values)]
    rows = numbers(values) if plan.rows else None
    low, q05, median, q95, high = np.quantile(there, _QUANTILES) if len(there) else [None] * len(_QUANTILES)
    return IndexSummary(
        index=name,
        n=len(there),
        mean=known(there.mean()) if len(there) else None,
        sd=known(there.std(ddof=1)) if len(there) > 1 else None,
        low=known(low),
        quantile05=known(q05),
        median=known(median),
        quantile95=known(q95),
        high=known(high),
        rows=rows,
    )
