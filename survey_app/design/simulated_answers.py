"""Invented respondents answer a published study over the same way as a browser; every sitting is marked as such."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from analysis.simulate import Population, SimulatedRespondent
from instruments.catalogue import load_catalogue
from instruments.interview import Interview
from survey_app.design.publishing import interview_of, published
from survey_app.interview.sitting import answer, open_sitting
from survey_app.store import Store, Transaction, sittings
from survey_app.store.sittings import Beginnings
from survey_app.store.studies import StudyRecord

SEED = 20261
BETWEEN_STARTS = timedelta(minutes=13)
# Sittings saved together: enough to be quick, few enough that an interrupted start loses little.
BATCH = 25
MARK_LENGTH = 8


def simulate(
    store: Store, key: str, respondents: int, progress: Callable[[float], None], *, first_start: datetime
) -> None:
    """Let simulated respondents answer until there are as many as asked for; the first begins at `first_start`."""
    with store.reading() as tx:
        latest = published(tx, key)
        there = sittings.count_simulated(tx, key)
    spoken = latest.study.file.languages
    interview = interview_of(latest.study)
    population = Population(interview.instrument, interview.brands, load_catalogue(), SEED)
    for first in range(there, respondents, BATCH):
        with store.transaction() as tx:
            for number in range(first, min(first + BATCH, respondents)):
                begins = first_start + (number - there) * BETWEEN_STARTS
                _sit(
                    tx,
                    latest.record,
                    interview,
                    population.respondent(number),
                    languages=spoken,
                    number=number,
                    now=begins,
                )
        progress((min(first + BATCH, respondents) - there) / (respondents - there))


def _sit(
    tx: Transaction,
    study: StudyRecord,
    interview: Interview,
    respondent: SimulatedRespondent,
    *,
    languages: Sequence[str],
    number: int,
    now: datetime,
) -> None:
    """One sitting from consent to thanks."""
    standing = open_sitting(
        tx,
        interview,
        study.key,
        study.version,
        language=respondent.language if respondent.language in languages else languages[0],
        seed=SEED + number,
        beginnings=Beginnings(pseudonym=_pseudonym(study.key, number), is_simulated=True),
        now=now,
    )
    while not standing.sitting.is_finished:
        screen = standing.screen
        now += timedelta(seconds=respondent.seconds(screen))
        key = f"{number}.{len(standing.way.pages)}"
        again = [asked.variable for asked in screen.asked]  # who is asked once more leaves it open once more
        standing = answer(tx, standing, screen.key, key, respondent.answer(screen), again=again, now=now).standing


def _pseudonym(study: str, number: int) -> str:
    """Return a pseudonym that no other study's simulated respondents have."""
    return f"SIMULATED{hashlib.sha256(study.encode()).hexdigest()[:MARK_LENGTH]}{number:06d}"
