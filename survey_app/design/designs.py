"""Writing a study: begun from a questionnaire or files, changed in its file, checked, walked through, published.

A draft is the very file a person could have written; a form changes a few of its values and leaves the rest as it is.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, cast

from ruamel.yaml import YAML

from analysis.plan import plan_problems
from analysis.simulate import Population, SimulatedRespondent
from instruments.catalogue import load_catalogue
from instruments.interview import Assign, Course, Interview, Screen
from instruments.loader import find_instrument, library_names
from instruments.modules import with_modules
from instruments.study_file import Study, parse_study
from instruments.yaml_file import FileError, Problem, parse_yaml, read_yaml
from survey_app.design.publishing import interview_of
from survey_app.store import Store, Transaction, designs, studies
from survey_app.store.designs import Design
from survey_app.store.studies import StudyRecord

STUDY_NAME, INSTRUMENT_NAME = "{}.yaml", "{}.questionnaire.yaml"
KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
# Addresses of the console that no study may take.
RESERVED = frozenset({"new"})
WALK_SEED = 20261
DRAFTS_KEPT = 8
LANGUAGES = ("en", "zh", "de", "es")


@dataclass(frozen=True)
class Wish:
    """What a new study is to be: one title for every language until somebody translates it."""

    key: str
    title: str
    languages: tuple[str, ...]
    questionnaire: str
    brands: tuple[str, ...]
    retention: date


@dataclass(frozen=True)
class Checked:
    """A draft as the checks see it: the study where it can be published, and everything that keeps it from that.

    `asked` can be walked through, even where it cannot be published yet.
    """

    study: Study | None
    problems: tuple[Problem, ...]
    asked: Study | None = None


@dataclass(frozen=True)
class Shown:
    """One screen of a walk through a questionnaire, and what an invented respondent answers there."""

    screen: Screen
    answers: Mapping[str, Sequence[str]]


class ConflictError(Exception):
    """Somebody else has saved the draft in the meantime."""


def questionnaires() -> tuple[str, ...]:
    """Return the questionnaires that a new study may begin from."""
    return tuple(library_names())


def written(wish: Wish) -> tuple[str, str]:
    """Return the texts of the two files that a wish stands for."""
    content: dict[str, Any] = {
        "format": 1,
        "study": wish.key,
        "title": dict.fromkeys(wish.languages, wish.title),
        "languages": [*wish.languages],
        "instrument": INSTRUMENT_NAME.format(wish.key),
        "retention": wish.retention.isoformat(),
        "brands": [
            {"key": key, "name": dict.fromkeys(wish.languages, name)}
            for key, name in zip(brand_keys(wish.brands), wish.brands, strict=True)
        ],
    }
    return _dumped(content), with_modules(read_yaml(find_instrument(wish.questionnaire))).text


def brand_keys(names: Sequence[str]) -> list[str]:
    """Make a key of each brand's name; where no letter can be used, a number."""
    keys: list[str] = []
    for number, name in enumerate(names, start=1):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:24]
        key = plain if plain[:1].isalpha() else f"brand_{number}"
        keys.append(key if key not in keys else f"{key}_{number}")
    return keys


def adopted(key: str | None, study_text: str, instrument_text: str) -> tuple[str, str, str]:
    """Return key and texts of uploaded files; a questionnaire of the library is put beside the study.

    Raises FileError where the study file cannot be read at all; all else is for the check to say.
    """
    source = parse_yaml(study_text, "study")
    if not isinstance(source.data, dict):
        raise FileError(source.problems or (Problem("study", 1, 1, "", "holds no study"),))
    own = key or str(source.data.get("study", ""))
    named = source.data.get("instrument")
    if not instrument_text and named in questionnaires():
        instrument_text = with_modules(read_yaml(find_instrument(str(named)))).text
    return own, changed(study_text, {"study": own, "instrument": INSTRUMENT_NAME.format(own)}), instrument_text


def changed(study_text: str, values: Mapping[str, object]) -> str:
    """Return a study's text with some values replaced; everything else, comments too, stays as it was written."""
    yaml = yaml_as_written()
    content = yaml.load(study_text)
    for name, value in values.items():
        if value is None:
            content.pop(name, None)
        else:
            content[name] = value
    text = io.StringIO()
    yaml.dump(content, text)
    return text.getvalue()


def check(draft: Design) -> Checked:
    """Say whether a draft can be published, and everything that keeps it from that."""
    if not draft.instrument_text.strip():
        missing = Problem("questionnaire", 1, 1, "", "there is none", "send the file with the questions")
        return Checked(None, (missing,))
    try:
        study = _parsed(draft.study_text, draft.instrument_text)
    except FileError as error:
        return Checked(None, error.problems)
    problems = (*plan_problems(parse_yaml(draft.study_text, "study")), *_own_problems(draft, study))
    return Checked(None if problems else study, problems, study if study.instrument else None)


@lru_cache(maxsize=DRAFTS_KEPT)
def _parsed(study_text: str, instrument_text: str) -> Study:
    """A preview asks for the same draft again and again, and reading it takes longer than drawing it."""
    return parse_study(study_text, instrument_text)


def _own_problems(draft: Design, study: Study) -> tuple[Problem, ...]:
    """Name what keeps a sound study file from being this draft."""
    found = []
    if study.instrument is None:
        found.append(
            Problem("study", 1, 1, "data", "describes a file of answers", "a study that asks has an `instrument`")
        )
    if study.file.study != draft.study:
        found.append(Problem("study", 1, 1, "study", "is another study's key", f"write {draft.study}"))
    if study.file.retention is None and not study.file.simulated:
        found.append(Problem("study", 1, 1, "retention", "nothing says when answers are erased", "add a last day"))
    elif study.file.retention is not None and date.fromisoformat(study.file.retention) < datetime.now(UTC).date():
        found.append(Problem("study", 1, 1, "retention", "is a day that is over", "name a later day"))
    return tuple(found)


def save(store: Store, changed: Design, *, by: str) -> None:
    """Save a changed draft; raises ConflictError where somebody else was quicker."""
    with store.transaction() as tx:
        if not designs.save(tx, replace(changed, saved_at=datetime.now(UTC), saved_by=by)):
            raise ConflictError(changed.study)


def publish(tx: Transaction, draft: Design, study: Study) -> StudyRecord:
    """Make the next version of a study out of its checked draft; the same draft again is the same version."""
    texts = study.study_text, study.instrument_text
    return studies.publish(
        tx,
        draft.study,
        study_text=study.study_text,
        instrument_text=study.instrument_text,
        digest=hashlib.sha256("\0".join(texts).encode()).hexdigest(),
        instrument_digest=study.instrument_digest,
        now=datetime.now(UTC),
    )


def signs_anew(tx: Transaction, study: Study) -> bool:
    """Say whether publishing a study would sign for a source otherwise than its published version does.

    Secrets belong to the whole installation: whoever chose where one signs could pass for another study's panel.
    """
    record = studies.find(tx, study.file.study)
    before = parse_study(record.study_text, record.instrument_text).file.sources if record else {}
    return any(source.signature and before.get(key) != source for key, source in study.file.sources.items())


def ends_sooner(tx: Transaction, study: Study) -> bool:
    """Say whether publishing a study would let its answers be erased sooner than its published version does."""
    record = studies.find(tx, study.file.study)
    before = parse_study(record.study_text, record.instrument_text).file.retention if record else None
    after = study.file.retention
    return before is not None and after is not None and date.fromisoformat(after) < date.fromisoformat(before)


def walk(study: Study, number: int) -> tuple[Interview, tuple[Shown, ...]]:
    """Let one invented respondent go through a study, in memory; another number goes another way."""
    interview = interview_of(study)
    population = Population(study.require_instrument(), study.file.brands, load_catalogue(), WALK_SEED)
    respondent = population.respondent(number)
    course = interview.course(interview.begin(WALK_SEED + number, number))
    shown = []
    for step in course:
        if isinstance(step, Assign):
            course.assign([brand for tier in step.tiers for brand in tier][: step.n])
        else:
            shown.append(_answered(course, step, respondent))
    return interview, tuple(shown)


def _answered(course: Course, screen: Screen, respondent: SimulatedRespondent) -> Shown:
    answers = respondent.answer(screen)
    course.answer(screen, answers, [asked.variable for asked in screen.asked])
    return Shown(screen, answers)


def yaml_as_written() -> YAML:
    """Return a reader and writer that leaves comments, quotes and order as they are."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


def _dumped(content: Mapping[str, object]) -> str:
    text = io.StringIO()
    cast("Any", yaml_as_written()).dump(dict(content), text)
    return text.getvalue()
