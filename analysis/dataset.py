"""Answers as persons and their ratings of brands, in canonical order; it opens no files and repairs no answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from analysis.findings import StudyInfo
from analysis.numeric.arrays import Booleans, Floats, Integers
from analysis.numeric.incomplete import present_means
from instruments.measures import (
    MISSING_CODES,
    SIMULATED,
    STARTED,
    TEST,
    Measures,
    OutcomeMeasure,
    PickMeasure,
    ScaleMeasure,
)
from instruments.model import Code, ValueRole

# The export's column of eligible ÷ assigned brands.
SELECTION_WEIGHT = "_weight"
# The export's column of how an interview ended, and what stands there of who failed the study's own rule of quality.
STATUS, QUALITY_FAIL = "_status", "quality_fail"

_MISSING_TEXTS = frozenset({"", "nan", "None", "<NA>", *(str(code) for code in MISSING_CODES)})


@dataclass(frozen=True, eq=False)
class Dataset:
    """Persons, their ratings of brands, and what each column of the ratings measures.

    Both tables are in canonical order (persons by id, ratings by person and brand), so the order of the
    rows in a file changes nothing. Answers stand as they were given: reversed items are turned in the
    views (``items``, ``scale_scores``), never in the table.

    Parameters
    ----------
    persons : DataFrame
        Index: person id. Columns ``weight`` (without the draw of brands), ``language``, ``country``, ``test``,
        ``failed`` (the rule of quality in the field), and ``entered``, which puts persons in the order of entry: the
        time they began or, where each row is a person, the row; NaN where unknown.
    ratings : DataFrame
        One row per rating: ``person``, ``brand``, ``weight``, the resolved picks (families ``current``, ``desired``
        and ``treated``, relationships ``current_relationship`` and ``desired_relationship``) and every measured
        column; missing answers are NaN, missing picks "".
    measures : Measures
    info : StudyInfo
    sha256 : str
        Digest of the data the table came from.
    n_rows : int
        Rows of that data.
    """

    persons: pd.DataFrame
    ratings: pd.DataFrame
    measures: Measures
    info: StudyInfo
    sha256: str
    n_rows: int

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, measures: Measures, info: StudyInfo, *, sha256: str) -> Self:
        """Take an answer table apart into persons and ratings.

        Parameters
        ----------
        frame : DataFrame
            One row per rating, facts about the person repeated; a row with an empty brand is a person
            without ratings. Without a person column each row is a person, named by its place.
        measures : Measures
            What the columns stand for.
        info : StudyInfo
            Marked as simulated if any row is.
        sha256 : str
            Digest of the data.

        Returns
        -------
        Dataset

        Raises
        ------
        AnalysisError
            ``missing_columns``, ``text_in_number_column``, ``rated_twice``, ``unusable_weight``.
        """
        _require_columns(frame, measures)
        frame = frame.reset_index(drop=True)
        person = _person_ids(frame, measures)
        brand = _texts(frame[measures.brand]).str.removesuffix(".0")
        known = brand.isin(list(measures.brands))
        facts = _facts(frame, measures)
        selection = _weights(frame, SELECTION_WEIGHT)
        table = pd.concat([facts, _answers(frame, measures)], axis=1)
        table.insert(0, "person", person)
        table.insert(1, "brand", brand)
        ratings = table.assign(weight=table["weight"] * selection)[known]
        ratings = ratings.sort_values(["person", "brand"], kind="stable", ignore_index=True)
        _require_single_ratings(ratings)
        persons = table.sort_values(["person", "brand"], kind="stable").groupby("person")[list(facts)].first()
        if SIMULATED in frame:
            info = dataclasses.replace(info, simulated=info.simulated or bool((_numbers(frame[SIMULATED]) == 1).any()))
        return cls(persons, ratings, measures, info, sha256, len(frame))

    @cached_property
    def item_columns(self) -> tuple[str, ...]:
        """Every scale item, scale by scale."""
        return tuple(column for scale in self.measures.scales for column in scale.columns)

    @cached_property
    def item_scales(self) -> tuple[str, ...]:
        """The scale of each item."""
        return tuple(scale.key for scale in self.measures.scales for _ in scale.columns)

    @cached_property
    def scale_numbers(self) -> Integers:
        """Number of the scale of each item, counted from 0 in the order of the study, (items,)."""
        sizes = [len(scale.columns) for scale in self.measures.scales]
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def items(self) -> Floats:
        """Answers to the scale items with reversed ones turned, (ratings, items), NaN where missing."""
        return np.concatenate([self._turned(scale) for scale in self.measures.scales], axis=1)

    @cached_property
    def scale_scores(self) -> Floats:
        """Mean of the answered items of each scale, in its own range, (ratings, scales)."""
        return _stacked(
            [present_means(self._turned(scale), axis=1) for scale in self.measures.scales], len(self.ratings)
        )

    @cached_property
    def outcomes(self) -> Floats:
        """Mean of the answered columns of each outcome, in its own range, (ratings, outcomes)."""
        return _stacked(
            [present_means(self._turned(outcome), axis=1) for outcome in self.measures.outcomes], len(self.ratings)
        )

    @cached_property
    def importances(self) -> Floats:
        """Importance of each rule, (ratings, rules), NaN where it was not asked or not answered."""
        return self._columns([rule.importance for rule in self.measures.rules])

    @cached_property
    def broken(self) -> Floats:
        """Whether each rule was broken (1) or kept (0), (ratings, rules), NaN where it never arose."""
        return self._columns([rule.experience for rule in self.measures.rules])

    def value(self, role: ValueRole) -> Floats:
        """What a customer is worth in one respect, in figures, (ratings,), NaN where it was not asked or answered.

        Parameters
        ----------
        role : ValueRole

        Returns
        -------
        (ratings,) array
        """
        measure = self.measures.value.get(role)
        if measure is None:
            return np.full(len(self.ratings), np.nan)
        answers = self.ratings[measure.column]
        if measure.amounts:
            answers = _texts(answers).map({_text(code): amount for code, amount in measure.amounts.items()})
        return answers.to_numpy(dtype=float)

    @cached_property
    def person_numbers(self) -> Integers:
        """Whose rating each row is, counted from 0 in the order of the persons who rated, (ratings,)."""
        return np.unique(self.ratings["person"].to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)

    @property
    def n_raters(self) -> int:
        """Persons with at least one rating."""
        return int(self.ratings["person"].nunique())

    @cached_property
    def weights(self) -> Floats:
        """Weight of each rating, relative to their mean, (ratings,)."""
        weights = self.ratings["weight"].to_numpy(dtype=float)
        return weights / weights.mean() if len(weights) else weights

    @property
    def brands_rated(self) -> tuple[str, ...]:
        """Brands with at least one rating, in the order of the study."""
        found = set(self.ratings["brand"])
        return tuple(key for key in self.measures.brands if key in found)

    def keeping(self, kept: Booleans) -> Self:
        """Leave only some ratings, and the persons who gave them.

        Parameters
        ----------
        kept : (ratings,) array of bool

        Returns
        -------
        Dataset
        """
        ratings = self.ratings[kept].reset_index(drop=True)
        persons = self.persons[self.persons.index.isin(ratings["person"])]
        return dataclasses.replace(self, ratings=ratings, persons=persons)

    def _turned(self, measure: ScaleMeasure | OutcomeMeasure) -> Floats:
        """The columns of one scale or outcome, reversed ones turned."""
        answers = self._columns(measure.columns)
        turn = np.array([column in measure.reversed for column in measure.columns])
        return np.where(turn, measure.low + measure.high - answers, answers)

    def _columns(self, columns: Sequence[str | None]) -> Floats:
        """Columns of the ratings side by side; one that does not exist is missing throughout."""
        nothing = np.full(len(self.ratings), np.nan)
        return _stacked(
            [self.ratings[name].to_numpy(dtype=float) if name else nothing for name in columns], len(nothing)
        )


def _require_columns(frame: pd.DataFrame, measures: Measures) -> None:
    """Refuse a table without the columns that are to be analysed."""
    wanted = [measures.brand, measures.person, measures.weight, *_number_columns(measures), *_code_columns(measures)]
    absent = [name for name in wanted if name is not None and name not in frame]
    if absent:
        raise AnalysisError(
            "missing_columns",
            f"The answers have no column {', '.join(absent)}. Add them, or change the names in the study file.",
            columns=len(absent),
        )


def _number_columns(measures: Measures) -> Iterable[str]:
    """Columns that hold numbers."""
    yield from (column for scale in measures.scales for column in scale.columns)
    yield from (column for outcome in measures.outcomes for column in outcome.columns)
    yield from (rule.importance for rule in measures.rules if rule.importance)
    yield from (value.column for value in measures.value.values() if not value.amounts)
    yield from measures.used.values()
    if measures.seconds:
        yield measures.seconds


def _code_columns(measures: Measures) -> Iterable[str]:
    """Columns whose codes may be words."""
    yield from (rule.experience for rule in measures.rules if rule.experience)
    yield from measures.attention
    yield from _told_by_code(measures)
    if measures.remedy:
        yield measures.remedy.column
    picks = measures.picks
    named = (
        picks.current_family,
        picks.current_relationship,
        picks.as_wanted,
        picks.desired_family,
        picks.desired_relationship,
        picks.treated_family,
    )
    yield from (name for name in named if name)


def _told_by_code(measures: Measures) -> Iterable[str]:
    """Columns that the ratings keep as words."""
    yield from (name for names in measures.background.values() for name in names)
    yield from (value.column for value in measures.value.values() if value.amounts)


def _person_ids(frame: pd.DataFrame, measures: Measures) -> pd.Series[str]:
    """Person of each row; without a person column the row's place in the file."""
    if measures.person:
        return _texts(frame[measures.person])
    width = len(str(len(frame)))
    return pd.Series([f"row {row:0{width}d}" for row in range(1, len(frame) + 1)], index=frame.index, dtype=str)


def _facts(frame: pd.DataFrame, measures: Measures) -> pd.DataFrame:
    """What is true of the person, on every row."""
    own = measures.weight if measures.weight != SELECTION_WEIGHT else None
    return pd.DataFrame(
        {
            "weight": _weights(frame, own),
            "language": _texts(frame[measures.language]) if measures.language in frame else "",
            "country": _texts(frame[measures.country]) if measures.country in frame else "",
            "test": (_numbers(frame[TEST]) == 1) if TEST in frame else False,
            "failed": (_texts(frame[STATUS]) == QUALITY_FAIL) if STATUS in frame else False,
            "entered": _entered(frame, measures),
        },
        index=frame.index,
    )


def _weights(frame: pd.DataFrame, column: str | None) -> pd.Series[float]:
    """Weights that stand in a column; 1 where it is absent or empty."""
    if column not in frame:
        return pd.Series(1.0, index=frame.index)
    weight = _numbers(frame[column]).fillna(1.0)
    if not np.isfinite(weight).all() or (weight < 0).any():
        row = int(np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))[0])
        message = f"The weight of row {row + 1} is negative or infinite. Give every row a weight of 0 or more."
        raise AnalysisError("unusable_weight", message, row=row)
    if len(weight) and not weight.any():
        message = f"All weights in column {column} are 0, so nobody counts. Correct them, or name no column of weights."
        raise AnalysisError("unusable_weight", message)
    return weight


def _entered(frame: pd.DataFrame, measures: Measures) -> Floats:
    """What puts persons in the order of entry; rows in order do only where each is a person."""
    if STARTED in frame:
        times = pd.to_datetime(_texts(frame[STARTED]), utc=True, errors="coerce", format="ISO8601")
        return np.asarray((times - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(dtype=float))
    return np.full(len(frame), np.nan) if measures.person else np.arange(len(frame), dtype=np.float64)


def _answers(frame: pd.DataFrame, measures: Measures) -> pd.DataFrame:
    """Every measured column with missing codes as NaN, experiences as broken 1 and kept 0, picks resolved."""
    columns = {name: _numbers(frame[name]) for name in dict.fromkeys(_number_columns(measures))}
    codes = measures.experience
    for rule in measures.rules:
        if rule.experience and codes:
            columns[rule.experience] = _matched(frame[rule.experience], {codes.broken: 1.0, codes.kept: 0.0})
    for name, passes in measures.attention.items():
        answer = _texts(frame[name])
        columns[name] = (answer == _text(passes)).astype(float).where(answer != "")
    remedy = _texts(frame[measures.remedy.column]) if measures.remedy else ""
    known = {name: _texts(frame[name]) for name in _told_by_code(measures)}
    return pd.DataFrame({**known, **columns, **_resolved_picks(frame, measures.picks), "remedy": remedy}, frame.index)


def _resolved_picks(frame: pd.DataFrame, picks: PickMeasure) -> dict[str, pd.Series[str]]:
    """Families and relationships picked; what is as wanted and was not picked again is desired as it is."""
    current, desired, treated, as_wanted, current_relationship, desired_relationship = (
        _texts(frame[name]) if name else pd.Series("", index=frame.index, dtype=str)
        for name in (
            picks.current_family,
            picks.desired_family,
            picks.treated_family,
            picks.as_wanted,
            picks.current_relationship,
            picks.desired_relationship,
        )
    )
    content = (as_wanted == _text(picks.as_wanted_code)) & (desired == "")
    return {
        "current": current,
        "desired": desired.mask(content, current),
        "treated": treated,
        "current_relationship": current_relationship,
        "desired_relationship": desired_relationship.mask(content, current_relationship),
    }


def _matched(column: pd.Series[str], values: dict[Code, float]) -> pd.Series[float]:
    """Numbers for some codes, NaN for every other."""
    return _texts(column).map({_text(code): value for code, value in values.items()}).astype(float)


def _numbers(column: pd.Series[float]) -> pd.Series[float]:
    """Answers as numbers, NaN for a missing code."""
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.astype(float)
        blank = numbers.isna()
    else:
        blank = column.isna() | column.astype(str).str.strip().eq("")
        numbers = pd.to_numeric(column.mask(blank), errors="coerce").astype(float)
    if (wrong := ~np.isfinite(numbers) & ~blank).any():
        row = int(np.flatnonzero(wrong)[0])
        message = f"Column {column.name} holds '{column.iloc[row]}' in row {row + 1}, where a number is expected."
        raise AnalysisError("text_in_number_column", f"{message} Correct it or mark it as missing.", row=row)
    return numbers.mask(numbers.isin(MISSING_CODES))


def _texts(column: pd.Series[str]) -> pd.Series[str]:
    """Codes as words, "" where missing; 3 and 3.0 are the same code."""
    # few codes stand in many rows: each is turned into a word once
    number, codes = pd.factorize(column, use_na_sentinel=False)
    text = pd.Series(codes).astype(str).str.strip()
    text = text.str.replace(r"^(-?\d+)\.0$", r"\1", regex=True)
    text = text.mask(text.isin(_MISSING_TEXTS), "")
    return pd.Series(text.to_numpy()[number], index=column.index, dtype=text.dtype, name=column.name)


def _text(code: Code) -> str:
    """A code as it stands in a column of words."""
    return str(code)


def _require_single_ratings(ratings: pd.DataFrame) -> None:
    """Refuse two ratings of one brand by one person: the table would say which one is meant only by its order."""
    twice = ratings[ratings.duplicated(["person", "brand"])]
    if len(twice):
        first = twice.iloc[0]
        raise AnalysisError(
            "rated_twice",
            f"Person {first['person']} has more than one rating of {first['brand']} ({len(twice)} such rows in all). "
            "Leave one of them, or give each sitting its own person.",
            rows=len(twice),
        )


def _stacked(columns: list[Floats], rows: int) -> Floats:
    """Columns side by side; no columns give an array of no width."""
    return np.column_stack(columns) if columns else np.empty((rows, 0))
