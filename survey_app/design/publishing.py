"""Publishing: a checked study and its questionnaire are stored word for word, and read back when they are needed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from instruments.catalogue import load_catalogue
from instruments.interview import Interview
from instruments.study_file import Study, load_study, parse_study
from survey_app.config import read_settings
from survey_app.errors import RefusedError, WrongUseError
from survey_app.store import Store, Transaction, open_store, studies
from survey_app.store.studies import StudyRecord

STUDIES_KEPT = 32


class UnknownStudyError(WrongUseError):
    """A study was asked for that is not published, or that cannot be."""


class SecretTakenError(RefusedError):
    """A study signs with a secret that is another's: its exits could pass for those of the other study's panel."""


class NoRetentionError(RefusedError):
    """A study of real persons says nothing of when their answers are erased."""


@dataclass(frozen=True)
class PublishedStudy:
    """One version of a study: its row in the store, and what its files say."""

    record: StudyRecord
    study: Study


def publish_studies(instance: Path, files: Sequence[Path]) -> list[str]:
    """Publish study files in an instance's database; returns their keys."""
    store = open_store(read_settings(instance).database_url())
    try:
        return [publish_study(store, file).key for file in files]
    finally:
        store.close()


def publish_study(store: Store, file: Path) -> StudyRecord:
    """Publish one study file; the same files again are the same version."""
    study = load_study(file)
    if study.instrument is None:
        raise UnknownStudyError(f"{file}: describes a file of answers; only a study with an `instrument` can be served")
    if study.file.retention is None and not study.file.simulated:
        raise NoRetentionError(
            f"{file}: nothing says when the answers are erased; add `retention: 2030-12-31`, the last day they are kept"
        )
    texts = study.study_text, study.instrument_text
    with store.transaction() as tx:
        _refuse_others_secrets(tx, study, file)
        return studies.publish(
            tx,
            study.file.study,
            study_text=study.study_text,
            instrument_text=study.instrument_text,
            digest=hashlib.sha256("\0".join(texts).encode()).hexdigest(),
            instrument_digest=study.instrument_digest,
            now=datetime.now(UTC),
        )


def _refuse_others_secrets(tx: Transaction, study: Study, file: Path) -> None:
    """A secret belongs to the studies that sign with it already, else to the first that does."""
    own = studies.find(tx, study.file.study)
    new = _secrets(study) - (_secrets(published(tx, own.key).study) if own else set())
    if not new:
        return
    for record in studies.every(tx):
        taken = new & _secrets(published(tx, record.key).study)
        if taken and record.key != study.file.study:
            name = min(taken)
            raise SecretTakenError(
                f"{file}: the secret {name} is study {record.key}'s; name another, such as "
                f"{study.file.study.upper()}_{name}, and set it: two settings may hold the same secret"
            )


def _secrets(study: Study) -> set[str]:
    return {source.signature.secret for source in study.file.sources.values() if source.signature}


def published(tx: Transaction, key: str, version: int | None = None) -> PublishedStudy:
    """Return a published study, the latest version where none is named; raises UnknownStudyError."""
    record = studies.find(tx, key, version)
    if record is None:
        asked = f"study {key!r}" if version is None else f"version {version} of study {key!r}"
        known = ", ".join(other.key for other in studies.every(tx))
        raise UnknownStudyError(f"no {asked} is published here; there are: {known or 'none'}")
    return PublishedStudy(record, _parsed(record.study_text, record.instrument_text))


@lru_cache(maxsize=STUDIES_KEPT)
def _parsed(study_text: str, instrument_text: str) -> Study:
    """A published version never changes, and reading its files takes longer than anything done with them."""
    return parse_study(study_text, instrument_text)


def interview_of(study: Study) -> Interview:
    """Return the interview that a study asks."""
    return Interview(study.require_instrument(), study.file.brands, load_catalogue())
