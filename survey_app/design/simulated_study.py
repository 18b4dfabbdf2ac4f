"""Answers of simulated respondents to a study file, without an instance or a database: the table of an export."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from analysis.simulate import Population, SimulatedRespondent
from instruments.answer_tables.codebook import RATING_COLUMNS
from instruments.answer_tables.table import neutralised
from instruments.catalogue import load_catalogue
from instruments.interview import Assign, Course, Variable
from instruments.measures import NOT_SHOWN
from instruments.study_file import Study, load_study
from survey_app.errors import RefusedError
from survey_app.interview.assignment import Balance, BrandDraw, choose_brands, selection_weights
from survey_app.results.export import ExportedStudy, Row, Version, cells_of, write_study_files

SEED = 20263
FIRST_START = datetime(2026, 1, 12, 9, tzinfo=UTC)
"""Always the same, so that the same study gives the same file."""
BETWEEN_STARTS = timedelta(minutes=13)


@dataclass
class _Sitting:
    """One simulated interview that is over."""

    number: int
    language: str
    course: Course
    seconds: dict[str, float] = field(default_factory=dict)
    tiers: Sequence[Sequence[str]] = ()

    @property
    def brand_draw(self) -> BrandDraw:
        """How its brands were drawn; all countries and weeks together."""
        return BrandDraw("", "", self.tiers, self.course.draw.brands)


def simulate_study(file: Path, respondents: int, out: Path) -> ExportedStudy:
    """Let simulated respondents answer a study and write what they answered, each marked as simulated."""
    study = load_study(file)
    if study.instrument is None:
        raise RefusedError(f"{file}: describes a file of answers; only a study with an `instrument` can be answered")
    version = Version.of(study)
    sittings = list(_sittings(version, respondents))
    header, rows = version.header(), 0
    with out.open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, header, restval=NOT_SHOWN)
        writer.writeheader()
        for row in _rows(version, sittings):
            writer.writerow({n: neutralised(cell) if isinstance(cell, str) else cell for n, cell in row.items()})
            rows += 1
    return ExportedStudy(out, write_study_files(study, out), rows)


def _sittings(version: Version, respondents: int) -> Iterator[_Sitting]:
    """Interviews one after another; brands are assigned by least fill as in the field."""
    file, interview = version.study.file, version.interview
    population = Population(interview.instrument, file.brands, load_catalogue(), SEED)
    balance = Balance(boosts={brand.key: brand.boost for brand in file.brands if brand.boost != 1})
    fills: dict[str, int] = {}
    for number in range(respondents):
        respondent = population.respondent(number)
        respondent.language = file.languages[number % len(file.languages)]
        known = {"language": respondent.language, "source": "open"}
        sitting = _Sitting(number, respondent.language, interview.course(interview.begin(SEED + number, number, known)))
        _sit(sitting, respondent, fills, balance)
        yield sitting


def _sit(sitting: _Sitting, respondent: SimulatedRespondent, fills: dict[str, int], balance: Balance) -> None:
    course = sitting.course
    for step in course:
        if isinstance(step, Assign):
            drawn = course.draw
            chosen = choose_brands(step.tiers, fills, step.n, drawn.seed, balance=balance, given=drawn.brands)
            fills.update({brand: fills.get(brand, 0) + 1 for brand in chosen})
            sitting.tiers = sitting.tiers or step.tiers
            course.assign(chosen)
        else:
            about = step.brand or ""
            sitting.seconds[about] = sitting.seconds.get(about, 0.0) + respondent.seconds(step)
            course.answer(step, respondent.answer(step), [asked.variable for asked in step.asked])


def _rows(version: Version, sittings: Sequence[_Sitting]) -> Iterator[Row]:
    weight = selection_weights(sitting.brand_draw for sitting in sittings)
    unrated = dict.fromkeys(RATING_COLUMNS, "")
    for sitting in sittings:
        course = sitting.course
        reasons = _reasons(version, course)
        facts = _facts(version.study, sitting) | _cells(version.person, course, reasons)
        if not course.rated:
            yield facts | unrated
        for position, brand in enumerate(course.rated, start=1):
            tier = next(tier for tier in sitting.tiers if brand in tier)
            place = {"brand": brand, "_position": position, "_eligible": len(tier)}
            spent = {"_weight": weight(sitting.brand_draw, brand), "_seconds": sitting.seconds.get(brand, 0.0)}
            yield facts | place | spent | _cells(version.rating, course, reasons, brand)


def _facts(study: Study, sitting: _Sitting) -> Row:
    """What an export says of a sitting."""
    instrument, begun = study.require_instrument(), FIRST_START + sitting.number * BETWEEN_STARTS
    ended = begun + timedelta(seconds=sum(sitting.seconds.values()))
    return {
        "_person": f"SIMULATED{sitting.number:06d}",
        "_status": sitting.course.end.status,
        "_lang": sitting.language,
        "_started_at": begun.isoformat(timespec="seconds"),
        "_ended_at": ended.isoformat(timespec="seconds"),
        "_instrument": instrument.instrument,
        "_version": instrument.version,
        "_digest": study.instrument_digest,
        "_seed": sitting.course.draw.seed,
        "_simulated": 1,
        "_test": 0,
        "_sets": " ".join(sitting.course.draw.sets),
    }


def _reasons(version: Version, course: Course) -> dict[str, int]:
    """Why variables have no answer, of the person and of each rating, found in one walk."""
    wanted = [variable.name for variable in version.person]
    wanted += [f"{variable.name}@{brand}" for brand in course.rated for variable in version.rating]
    absent = [name for name in wanted if name not in course.kept]
    return version.interview.missing_reasons(absent, course.draw, course.answers, course.visited)


def _cells(variables: Sequence[Variable], course: Course, reasons: dict[str, int], brand: str | None = None) -> Row:
    row: Row = {}
    for variable in variables:
        key = variable.name if brand is None else f"{variable.name}@{brand}"
        row |= cells_of(variable, course.kept[key] if key in course.kept else reasons[key])
    return row
