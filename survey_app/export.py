"""Export: a study's answers as one table, a row for each rating, and beside it the files that read it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ruamel.yaml import YAML

from instruments.interview import Answer, Draw, Interview, Variable
from instruments.measures import MISSING_CODES, NOT_SHOWN
from instruments.study_file import Study
from survey_app.publishing import interview_of, published
from survey_app.sitting import Way
from survey_app.store import Store, sittings
from survey_app.store.sittings import AssignedBrand, SavedPage, Sitting

SYSTEM_COLUMNS = (
    "_person",
    "_status",
    "_lang",
    "_started_at",
    "_ended_at",
    "_instrument",
    "_version",
    "_digest",
    "_seed",
    "_simulated",
    "_test",
    "_sets",
)
RATING_COLUMNS = ("brand", "_position", "_eligible", "_weight", "_seconds")
# Cells that a spreadsheet would run as a formula; codes are numbers and never begin like this.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")

Row = dict[str, object]


@dataclass(frozen=True)
class ExportedStudy:
    """What an export wrote."""

    answers: Path
    study: Path
    rows: int


def export_study(store: Store, key: str, out: Path) -> ExportedStudy:
    """Write the answers to a study as `out`, and beside it the study and questionnaire files that read it."""
    record, study = published(store, key)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _header(study))
        table.writeheader()
        rows = 0
        for row in _rows(store, key):
            table.writerow({name: _cell(value) for name, value in row.items()})
            rows += 1
    study_file = out.with_suffix(".study.yaml")
    instrument_file = out.with_suffix(".instrument.yaml")
    instrument_file.write_text(record.instrument_text, encoding="utf-8")
    study_file.write_text(_naming(record.study_text, instrument_file.name), encoding="utf-8")
    return ExportedStudy(out, study_file, rows)


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


def _header(study: Study) -> list[str]:
    variables = interview_of(study).variables()
    person = [name for v in variables if v.level == "person" for name in _columns(v)]
    rating = [name for v in variables if v.level == "rating" for name in _columns(v)]
    return [*SYSTEM_COLUMNS, *person, *RATING_COLUMNS, *rating]


def _columns(variable: Variable) -> list[str]:
    """Columns of a variable: one, or one for each choice of a multiple answer."""
    if variable.type != "select_multiple":
        return [variable.name]
    return [f"{variable.name}_{choice.code}" for choice in variable.choices if not choice.missing]


def _rows(store: Store, key: str) -> Iterator[Row]:
    """Rows of all sittings; those of an earlier version lack what only the latest one asks."""
    record, study = published(store, key)
    header = _header(study)
    interviews: dict[int, tuple[Interview, tuple[Variable, ...], Study]] = {}
    with store.reading() as tx:
        for sitting, pages in sittings.of_study(tx, key, statuses=("partial", "complete", "screened_out")):
            if sitting.study_version not in interviews:
                version = published(store, key, sitting.study_version)[1]
                interview = interview_of(version)
                interviews[sitting.study_version] = interview, interview.variables(), version
            given = sittings.assigned(tx, sitting.id)
            for row in _sitting_rows(sitting, pages, given, *interviews[sitting.study_version]):
                known = {name: row.get(name, NOT_SHOWN) for name in header}
                yield known


def _sitting_rows(
    sitting: Sitting,
    pages: Sequence[SavedPage],
    given: Sequence[AssignedBrand],
    interview: Interview,
    variables: Sequence[Variable],
    study: Study,
) -> Iterator[Row]:
    way = Way(interview, Draw.from_json(sitting.draw), tuple(pages))
    draw, answers, visited = way.draw, way.answers, way.latest
    kept = interview.current(draw, answers)
    rated = [brand for brand in interview.rated(draw, answers) if any(name.endswith(f"@{brand}") for name in kept)]
    person = [v for v in variables if v.level == "person"]
    rating = [v for v in variables if v.level == "rating"]
    told = {v.name: v.name for v in person}
    facts = _system(sitting, draw, study) | _values(person, told, interview, draw, answers, kept, visited)
    if not rated:
        yield facts | dict.fromkeys(RATING_COLUMNS, "") | {name: NOT_SHOWN for v in rating for name in _columns(v)}
    seconds = _seconds(sitting, pages)
    for position, brand in enumerate(rated, start=1):
        about = {v.name: f"{v.name}@{brand}" for v in rating}
        values = _values(rating, about, interview, draw, answers, kept, visited)
        eligible, weight = _selection(brand, given)
        place = {"brand": brand, "_position": position, "_eligible": eligible, "_weight": weight}
        yield facts | place | {"_seconds": round(seconds.get(brand, 0.0), 1)} | values


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


def _values(
    variables: Sequence[Variable],
    keys: Mapping[str, str],
    interview: Interview,
    draw: Draw,
    answers: Mapping[str, Answer],
    kept: Mapping[str, Answer],
    visited: Collection[str],
) -> Row:
    absent = [key for key in keys.values() if key not in kept]
    reasons: Mapping[str, Answer] = interview.missing_reasons(absent, draw, answers, visited)
    row: Row = {}
    for variable in variables:
        key = keys[variable.name]
        row |= _cells(variable, kept[key] if key in kept else reasons[key])
    return row


def _cells(variable: Variable, answer: Answer) -> Row:
    names = _columns(variable)
    if variable.type != "select_multiple":
        blank = variable.type == "text" and answer in MISSING_CODES
        return {variable.name: "" if blank else answer}
    if not isinstance(answer, tuple):
        return dict.fromkeys(names, answer)
    chosen = {f"{variable.name}_{code}" for code in answer}
    return {name: int(name in chosen) for name in names}


def _selection(brand: str, given: Sequence[AssignedBrand]) -> tuple[int, float]:
    """How many brands of its tier could have been given, and the weight that undoes the draw: eligible ÷ assigned."""
    if not given:
        return 1, 1.0
    tier = next((tier for tier in given[0].eligible if brand in tier), [brand])
    taken = sum(other.brand in tier for other in given)
    return len(tier), len(tier) / max(taken, 1)


def _seconds(sitting: Sitting, pages: Sequence[SavedPage]) -> dict[str, float]:
    """Seconds spent on each brand's pages: as the browser measured, else between one saved page and the next."""
    spent: dict[str, float] = {}
    before = sitting.started_at
    for page in pages:
        seconds = page.client_seconds if page.client_seconds is not None else (page.saved_at - before).total_seconds()
        brand = page.screen.partition("@")[2]
        spent[brand] = spent.get(brand, 0.0) + seconds
        before = page.saved_at
    return spent


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _cell(value: object) -> object:
    """Return a value for a CSV cell; text that a spreadsheet would run gets an apostrophe in front."""
    is_code = isinstance(value, (int, float)) or (isinstance(value, str) and value.removeprefix("-").isdecimal())
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not is_code:
        return f"'{value}"
    return value
