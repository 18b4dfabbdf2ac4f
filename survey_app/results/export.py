"""Export: a study's answers as one table, a row for each rating, and beside it the files that read it again."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from instruments.answer_tables.codebook import RATING_COLUMNS, SYSTEM_COLUMNS, columns_of
from instruments.answer_tables.convert import Converted, Form, Shape, convert_file
from instruments.answer_tables.table import neutralised
from instruments.interview import Answer, Draw, Interview, Variable
from instruments.measures import MISSING_CODES, NOT_SHOWN
from instruments.study_file import Study
from survey_app.design.publishing import PublishedStudy, interview_of, published
from survey_app.errors import RefusedError
from survey_app.interview.assignment import BrandDraw, selection_weights
from survey_app.interview.field_rules import COUNTRY
from survey_app.interview.sitting import Way
from survey_app.results.answer_filters import EVERYTHING, Wanted
from survey_app.store import Store, Transaction, draws, sitting_reviews, sittings
from survey_app.store.sittings import AssignedBrand, SavedPage, Sitting

Row = dict[str, object]
LARGE_BYTES = 16_000_000
"""Tables above this are converted in a process of their own."""


@dataclass(frozen=True)
class ExportedStudy:
    """What an export wrote; `notes` say what the format could not hold as it was."""

    answers: Path
    study: Path
    rows: int
    beside: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def export_study(store: Store, key: str, out: Path, wanted: Wanted = EVERYTHING) -> ExportedStudy:
    """Write the answers to a study as CSV, and beside it the study and questionnaire files that read it."""
    with store.reading() as tx:
        latest = published(tx, key)
        out.parent.mkdir(parents=True, exist_ok=True)
        rows = _write_table(tx, latest, out, wanted)
    return ExportedStudy(out, write_study_files(latest.study, out), rows)


def export_answers(
    store: Store,
    key: str,
    out: Path,
    *,
    form: Form | None = None,
    shape: Shape = "long",
    language: str | None = None,
    scores: bool = False,
    wanted: Wanted = EVERYTHING,
) -> ExportedStudy:
    """Write the answers in any format and shape, with study files, codebook and reading scripts beside them."""
    with tempfile.TemporaryDirectory(prefix="relata-") as folder:
        exported = export_study(store, key, Path(folder) / "answers.csv", wanted)
        if not exported.rows:
            why = "nobody has answered yet" if wanted == EVERYTHING else f"no answers are left with {wanted.words}"
            raise RefusedError(f"study {key}: {why}")
        converted = _elsewhere if exported.answers.stat().st_size > LARGE_BYTES else convert_file
        written = converted(
            exported.answers, exported.study, out, form=form, shape=shape, language=language, scores=scores
        )
    with store.reading() as tx:
        study_file = write_study_files(published(tx, key).study, out)
    return ExportedStudy(out, study_file, written.rows, written.beside, written.notes)


def _elsewhere(answers: Path, study: Path, out: Path, **choices: Any) -> Converted:  # noqa: ANN401 - of convert_file
    """Convert in a new process: its memory goes back when it ends, and it takes no time from those who answer."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(convert_file, answers, study, out, **choices).result()


def write_study_files(study: Study, out: Path) -> Path:
    """Write the study and questionnaire files that read the answers in `out`; returns the study file."""
    study_file = out.with_suffix(".study.yaml")
    instrument_file = out.with_suffix(".instrument.yaml")
    instrument_file.write_text(study.instrument_text, encoding="utf-8")
    study_file.write_text(_naming(study.study_text, instrument_file.name), encoding="utf-8")
    return study_file


def _write_table(tx: Transaction, latest: PublishedStudy, out: Path, wanted: Wanted) -> int:
    """Write the columns of the latest version for the respondents of all versions; returns the number of rows."""
    header, rows = Version.of(latest.study).header(), 0
    with out.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, header)
        table.writeheader()
        for row in _rows(tx, latest.record.key, header, wanted):
            table.writerow({name: _written(cell) for name, cell in row.items()})
            rows += 1
    return rows


def _naming(study_text: str, instrument: str) -> str:
    """Return a study's text with the questionnaire file that lies beside it; everything else as it was written."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    content = yaml.load(study_text)
    content["instrument"] = instrument
    text = io.StringIO()
    yaml.dump(content, text)
    return text.getvalue()


def _written(cell: object) -> object:
    """Write a cell as every writer of tables does: no text that runs as a formula, whole numbers without a point."""
    if isinstance(cell, str):
        return neutralised(cell)
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


@dataclass(frozen=True)
class Version:
    """One version of a study and what it asks."""

    study: Study
    interview: Interview
    person: tuple[Variable, ...]
    rating: tuple[Variable, ...]

    @classmethod
    def of(cls, study: Study) -> Version:
        """Read what a study asks."""
        interview = interview_of(study)
        variables = interview.variables()
        person, rating = (tuple(v for v in variables if v.level == level) for level in ("person", "rating"))
        return cls(study, interview, person, rating)

    @property
    def country_question(self) -> str:
        """The question that asks for the country."""
        return self.study.require_instrument().person.get(COUNTRY, COUNTRY)

    def header(self) -> list[str]:
        """Columns of the table in the order of the questionnaire."""
        person, rating = ([name for v in part for name in columns_of(v)] for part in (self.person, self.rating))
        return [*SYSTEM_COLUMNS, *person, *RATING_COLUMNS, *rating]


@dataclass(frozen=True)
class _Told:
    """What one respondent told: the answers that count, and why the others are missing."""

    way: Way

    @cached_property
    def kept(self) -> dict[str, Answer]:
        return self.way.interview.current(self.way.draw, self.way.answers)

    @cached_property
    def rated(self) -> list[str]:
        """Brands about which something was told; those whose pages were not reached are none."""
        about = {variable.partition("@")[2] for variable in self.kept}
        return [brand for brand in self.way.interview.rated(self.way.draw, self.way.answers) if brand in about]

    def country(self, question: str) -> Answer | None:
        """The country, as the link told it or the question."""
        told = {**self.way.draw.known, **self.kept}
        return told.get(question, told.get(COUNTRY))

    def cells(self, variables: Sequence[Variable], brand: str | None = None) -> Row:
        """Cells of the person's variables, or of those about a brand."""
        keys = {v.name: f"{v.name}@{brand}" if brand else v.name for v in variables}
        absent = [key for key in keys.values() if key not in self.kept]
        reasons = self.way.interview.missing_reasons(absent, self.way.draw, self.way.answers, self.way.latest)
        row: Row = {}
        for variable in variables:
            key = keys[variable.name]
            row |= cells_of(variable, self.kept[key] if key in self.kept else reasons[key])
        return row


def _rows(tx: Transaction, key: str, header: Sequence[str], wanted: Wanted) -> Iterator[Row]:
    """Rows of all sittings; those of an earlier version lack what only the latest one asks."""
    versions: dict[int, Version] = {}
    weight = selection_weights(drawn for given in draws.of_study(tx, key) if (drawn := _drawn(given)))
    rejected = sitting_reviews.rejected(tx, key) if wanted.sound else frozenset()
    for sitting, pages in sittings.of_study(tx, key, statuses=wanted.ended_as):
        if not wanted.takes(sitting) or sitting.pseudonym in rejected:
            continue
        if sitting.study_version not in versions:
            versions[sitting.study_version] = Version.of(published(tx, key, sitting.study_version).study)
        drawn = _drawn(sittings.assigned(tx, sitting.id))
        version = versions[sitting.study_version]
        for row in _sitting_rows(sitting, pages, version, _Selection(drawn, weight, wanted)):
            yield {name: row.get(name, NOT_SHOWN) for name in header}


def _sitting_rows(
    sitting: Sitting, pages: tuple[SavedPage, ...], version: Version, selection: _Selection
) -> Iterator[Row]:
    told, wanted = _Told(Way(version.interview, Draw.from_json(sitting.draw), pages)), selection.wanted
    if not wanted.takes_country(told.country(version.country_question)):
        return
    facts = _system(sitting, told.way.draw, version.study) | told.cells(version.person)
    if not told.rated and wanted.takes_brand(None):
        nothing = {name: NOT_SHOWN for v in version.rating for name in columns_of(v)}
        yield facts | dict.fromkeys(RATING_COLUMNS, "") | nothing
    seconds = _seconds(sitting, pages)
    for position, brand in enumerate(told.rated, start=1):
        if not wanted.takes_brand(brand):
            continue
        eligible, weight = selection.of(brand)
        place = {"brand": brand, "_position": position, "_eligible": eligible, "_weight": weight}
        yield facts | place | {"_seconds": seconds.get(brand, 0.0)} | told.cells(version.rating, brand)


def _system(sitting: Sitting, draw: Draw, study: Study) -> Row:
    instrument = study.require_instrument()
    return {
        "_person": sitting.pseudonym,
        "_status": sitting.status,
        "_lang": sitting.language,
        "_started_at": _time(sitting.started_at),
        "_ended_at": _time(sitting.ended_at),
        "_instrument": instrument.instrument,
        "_version": instrument.version,
        "_digest": study.instrument_digest,
        "_seed": draw.seed,
        "_simulated": int(sitting.is_simulated),
        "_test": int(sitting.is_test),
        "_sets": " ".join(draw.sets),
    }


def cells_of(variable: Variable, answer: Answer) -> Row:
    """Return the cells of one answer, or of the reason why there is none."""
    names = columns_of(variable)
    if variable.type != "select_multiple":
        blank = variable.type == "text" and answer in MISSING_CODES
        return {variable.name: "" if blank else answer}
    if not isinstance(answer, tuple):
        return dict.fromkeys(names, answer)
    chosen = {f"{variable.name}_{code}" for code in answer}
    return {name: int(name in chosen) for name in names}


@dataclass(frozen=True)
class _Selection:
    """How a person's brands were drawn, the weights that undo it, and what is wanted of it all."""

    draw: BrandDraw | None
    weight: Callable[[BrandDraw, str], float]
    wanted: Wanted

    def of(self, brand: str) -> tuple[int, float]:
        """How many brands of its tier could have been given, and the brand's weight."""
        if self.draw is None:
            return 1, 1.0
        tier = next((tier for tier in self.draw.tiers if brand in tier), (brand,))
        return len(tier), self.weight(self.draw, brand)


def _drawn(given: Sequence[AssignedBrand]) -> BrandDraw | None:
    """The draw of one person, by country and week; None where no brand was drawn."""
    if not given:
        return None
    first = given[0]
    return BrandDraw(first.country or "", f"{first.drawn_at:%G-W%V}", first.eligible, [row.brand for row in given])


def _seconds(sitting: Sitting, pages: Sequence[SavedPage]) -> dict[str, float]:
    """Seconds spent on each brand's pages."""
    spent: dict[str, float] = {}
    for page, seconds in sittings.seconds_spent(pages, sitting.started_at):
        brand = page.screen.partition("@")[2]
        spent[brand] = spent.get(brand, 0.0) + seconds
    return spent


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
