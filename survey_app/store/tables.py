"""The tables as this version of the program knows them; `migrations` brings a database to this shape."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Bring a moment to UTC before it is written."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give a moment its time zone back."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

study = Table(
    "study",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("study_text", Text, nullable=False),
    Column("instrument_text", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("instrument_digest", String(64), nullable=False),
    Column("status", String(8), nullable=False),
    Column("published_at", UtcTime, nullable=False),
    CheckConstraint("status IN ('live', 'closed')", name="status"),
)

sitting = Table(
    "sitting",
    metadata,
    Column("id", String(22), primary_key=True),
    Column("pseudonym", String(26), nullable=False, unique=True),
    Column("study", String(32), nullable=False),
    Column("study_version", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("language", String(8), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("draw", Text, nullable=False),
    Column("at_screen", Text),
    Column("is_test", Boolean, nullable=False),
    Column("is_simulated", Boolean, nullable=False),
    Column("source", String(64)),
    Column("source_uid", String(128)),
    Column("started_at", UtcTime, nullable=False),
    Column("saved_at", UtcTime),
    Column("ended_at", UtcTime),
    ForeignKeyConstraint(["study", "study_version"], ["study.key", "study.version"]),
    UniqueConstraint("study", "source", "source_uid"),
    CheckConstraint("status IN ('started', 'partial', 'complete', 'screened_out')", name="status"),
    Index(None, "study", "status"),
)

answer_page = Table(
    "answer_page",
    metadata,
    Column("sitting", String(22), ForeignKey("sitting.id"), primary_key=True),
    Column("screen", Text, primary_key=True),
    Column("visit", Integer, primary_key=True),
    Column("page_key", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("client_seconds", Float),
    UniqueConstraint("sitting", "page_key"),
)

draft = Table(
    "draft",
    metadata,
    Column("sitting", String(22), ForeignKey("sitting.id"), primary_key=True),
    Column("screen", Text, primary_key=True),
    Column("raw", JSON, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)

assignment = Table(
    "assignment",
    metadata,
    Column("sitting", String(22), ForeignKey("sitting.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("brand", String(32), nullable=False),
    Column("eligible", JSON, nullable=False),
    Column("fills", JSON, nullable=False),
    Column("drawn_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    UniqueConstraint("sitting", "brand"),
)

job = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("args", JSON, nullable=False),
    Column("state", String(12), nullable=False),
    Column("fraction", Float, nullable=False),
    Column("doing", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("worker", String(64)),
    Column("queued_at", UtcTime, nullable=False),
    Column("heartbeat_at", UtcTime),
    Column("leased_until", UtcTime),
    Column("ended_at", UtcTime),
    Column("cancel_requested", Boolean, nullable=False),
    Column("result", JSON),
    Column("error", Text),
    Column("output_digest", String(64)),
    CheckConstraint("state IN ('queued', 'running', 'done', 'refused', 'cancelled', 'broken')", name="state"),
    Index(None, "state", "id"),
)
