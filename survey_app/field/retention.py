"""Erases what is past its day: answers, panels' ids, addresses and analyses of studies that are over."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from survey_app.config import Settings
from survey_app.design.publishing import published
from survey_app.field import webhooks
from survey_app.store import (
    Store,
    StoreUnavailableError,
    Transaction,
    erasure,
    invitations,
    panel,
    sittings,
    studies,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Purged:
    """What was erased of a study."""

    study: str
    sittings: int
    panel_ids: int
    addresses: int

    @property
    def words(self) -> str:
        """What was erased, for people."""
        return f"{self.sittings} sittings, {self.panel_ids} panel ids, {self.addresses} addresses"


def purge(store: Store, settings: Settings, now: datetime | None = None) -> list[Purged]:
    """Erase what is past its day, answers, ids, addresses and analyses alike, and close those studies.

    A study whose files can no longer be read keeps no other from being erased.
    """
    now = now or datetime.now(UTC)
    with store.reading() as tx:
        keys = [record.key for record in studies.every(tx)]
    purged = []
    for key in keys:
        try:
            purged += _purge_study(store, settings, key, now)
        except StoreUnavailableError:
            raise
        except Exception:
            logger.exception("Whether study %s is past its day cannot be told, or it cannot be erased", key)
    return [gone for gone in purged if gone.sittings or gone.panel_ids or gone.addresses]


def purge_ids(store: Store, settings: Settings, study: str) -> Purged:
    """Erase a study's panel ids and addresses, and leave its answers: nobody can be told from them any more."""
    with store.transaction() as tx:
        published(tx, study)
        panel_ids = panel.empty(tx, study, settings.secret_key)
        return Purged(study, 0, panel_ids, invitations.empty_addresses(tx, study))


def mark_those_who_left(store: Store, settings: Settings, now: datetime | None = None) -> int:
    """Mark as timed out the sittings that nobody has touched for as long as a browser may come back."""
    before = (now or datetime.now(UTC)) - timedelta(days=settings.number("resume_days"))
    with store.transaction() as tx:
        return sittings.time_out(tx, before)


def _purge_study(store: Store, settings: Settings, key: str, now: datetime) -> list[Purged]:
    with store.reading() as tx:
        day = published(tx, key).study.file.retention
    if day is None or date.fromisoformat(day) >= now.date():
        return []
    with store.transaction() as tx:
        gone = _erase(tx, key, now)
    shutil.rmtree(settings.instance / "outputs" / key, ignore_errors=True)
    return [gone]


def _erase(tx: Transaction, key: str, now: datetime) -> Purged:
    erased = erasure.erase_study(tx, key, now)
    webhooks.open_or_close(tx, key, "closed", now)
    return Purged(key, erased.sittings, erased.panel_ids, erased.addresses)
