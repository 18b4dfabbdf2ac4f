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

from survey_app.interview.statuses import STATUSES


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
    # What a respondent writes down to come back with, or to have everything erased.
    Column("code", String(12), nullable=False, unique=True),
    Column("device", String(8)),
    Column("consent_version", String(64)),
    Column("consent_language", String(8)),
    Column("consent_at", UtcTime),
    Column("flags", String(64)),
    Column("started_at", UtcTime, nullable=False),
    Column("saved_at", UtcTime),
    Column("ended_at", UtcTime),
    # Written for the field page, which counts a hundred thousand sittings in one look.
    Column("country", String(32)),
    Column("last_screen", Text),
    Column("seconds", Float),
    ForeignKeyConstraint(["study", "study_version"], ["study.key", "study.version"]),
    CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", name="status"),
    Index(None, "study", "status"),
    Index(
        "ix_sitting_field",
        *("study", "is_test", "status", "source", "country", "language", "is_simulated", "last_screen"),
    ),
    Index("ix_sitting_seconds", "study", "is_test", "status", "seconds"),
    Index("ix_sitting_saved", "study", "is_test", "saved_at", "status"),
    Index("ix_sitting_flags", "study", "is_test", "flags"),
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
    Column("paradata", JSON),
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
    Column("study", String(32), nullable=False),
    Column("brand", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("country", String(32)),
    Column("eligible", JSON, nullable=False),
    Column("fills", JSON, nullable=False),
    Column("drawn_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    UniqueConstraint("sitting", "brand"),
    CheckConstraint("state IN ('held', 'done', 'released')", name="state"),
    Index(None, "study", "state", "expires_at"),
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

# People who run studies and read results, what they may do, and what they did.

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("role", String(13), nullable=False),
    Column("status", String(8), nullable=False),
    Column("password_hash", Text),
    Column("totp_secret", String(64)),
    Column("totp_last", BigInteger),
    Column("created_at", UtcTime, nullable=False),
    CheckConstraint("role IN ('administrator', 'researcher', 'brand_manager', 'front_line')", name="role"),
    CheckConstraint("status IN ('invited', 'active', 'disabled')", name="status"),
)

study_right = Table(
    "study_right",
    metadata,
    Column("account", Integer, ForeignKey("account.id"), primary_key=True),
    Column("study", String(32), primary_key=True),
    Column("brand", String(32), primary_key=True),
    Column("level", String(13), nullable=False),
    CheckConstraint("level IN ('owner', 'editor', 'viewer', 'brand_manager', 'front_line')", name="level"),
    Index(None, "study"),
)

account_session = Table(
    "account_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", Integer, ForeignKey("account.id"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Index(None, "account"),
)

account_link = Table(
    "account_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("purpose", String(8), nullable=False),
    Column("account", Integer, ForeignKey("account.id")),
    Column("expires_at", UtcTime, nullable=False),
    CheckConstraint("purpose IN ('set_up', 'password')", name="purpose"),
)

sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email_hash", String(64), nullable=False),
    Column("address", String(45), nullable=False),
    Column("tried_at", UtcTime, nullable=False),
    Index(None, "email_hash", "tried_at"),
    Index(None, "address", "tried_at"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("account", Integer, ForeignKey("account.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(254), nullable=False),
    Column("action", String(64), nullable=False),
    Column("study", String(32)),
    Column("subject", Text, nullable=False),
    Column("outcome", Integer, nullable=False),
    Column("address", String(45), nullable=False),
    Index(None, "study", "id"),
)

# A study that is being written; publishing makes a version of it that never changes.

design = Table(
    "design",
    metadata,
    Column("study", String(32), primary_key=True),
    Column("study_text", Text, nullable=False),
    Column("instrument_text", Text, nullable=False),
    Column("study_records", Text, nullable=False, server_default=""),
    Column("instrument_records", Text, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("saved_by", String(254), nullable=False),
)

sitting_review = Table(
    "sitting_review",
    metadata,
    Column("sitting", String(22), ForeignKey("sitting.id"), primary_key=True),
    Column("verdict", String(8), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reviewer", String(254), nullable=False),
    Column("reviewed_at", UtcTime, nullable=False),
    CheckConstraint("verdict IN ('accepted', 'rejected')", name="verdict"),
)

# The field: where respondents come from, what is counted there, and what is sent out.

# Counts of complete sittings by brand, by pair of brands and by position, so that no draw has to count ten thousand.
brand_tally = Table(
    "brand_tally",
    metadata,
    Column("study", String(32), primary_key=True),
    Column("brand", String(32), primary_key=True),
    Column("beside", String(32), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("n", Integer, nullable=False),
)

quota_place = Table(
    "quota_place",
    metadata,
    Column("sitting", String(22), ForeignKey("sitting.id"), primary_key=True),
    Column("quota", String(80), primary_key=True),
    Column("study", String(32), nullable=False),
    Column("cell", Integer, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index(None, "study", "quota", "cell", "done", "expires_at"),
)

# What identifies a person stands in tables of its own, which are emptied without touching an answer.

panel_entry = Table(
    "panel_entry",
    metadata,
    Column("study", String(32), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("uid", String(128), primary_key=True),
    Column("sitting", String(22), ForeignKey("sitting.id"), nullable=False),
    Column("kept", JSON, nullable=False),
    Index(None, "sitting"),
)

# Marks of ids that were erased: none of them enters its study again. Without the instance's key they name nobody.
spent_id = Table(
    "spent_id",
    metadata,
    Column("study", String(32), primary_key=True),
    Column("mark", String(64), primary_key=True),
)

invitation = Table(
    "invitation",
    metadata,
    Column("token", String(22), primary_key=True),
    Column("study", String(32), nullable=False),
    Column("address_mark", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("sitting", String(22), ForeignKey("sitting.id")),
    Column("invited_at", UtcTime, nullable=False),
    Column("reminded", Integer, nullable=False),
    Column("reminded_at", UtcTime),
    Column("declined_at", UtcTime),
    UniqueConstraint("study", "address_mark"),
    Index(None, "sitting"),
)

address = Table(
    "address",
    metadata,
    Column("invitation", String(22), ForeignKey("invitation.token"), primary_key=True),
    Column("email", String(254), nullable=False),
    Column("name", String(100), nullable=False),
)

# Marks of addresses that are never written to again; they outlive the addresses.
never_again = Table(
    "never_again",
    metadata,
    Column("address_mark", String(64), primary_key=True),
    Column("asked_at", UtcTime, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(80), nullable=False, unique=True),
    Column("kind", String(12), nullable=False),
    Column("study", String(32), nullable=False),
    Column("about", String(22), nullable=False),
    Column("details", JSON, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("next_at", UtcTime),
    Column("tries", Integer, nullable=False),
    Column("sent_at", UtcTime),
    CheckConstraint("kind IN ('callback', 'invitation', 'reminder', 'webhook')", name="kind"),
    Index(None, "next_at"),
    Index(None, "about"),
)

outbox_try = Table(
    "outbox_try",
    metadata,
    Column("message", Integer, ForeignKey("outbox.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("tried_at", UtcTime, nullable=False),
    Column("outcome", String(200), nullable=False),
)

# Where a study's events are told. The secret is made of the instance's key and the nonce, and stored nowhere.
webhook = Table(
    "webhook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study", String(32), nullable=False),
    Column("address", String(500), nullable=False),
    Column("events", JSON, nullable=False),
    Column("nonce", String(32), nullable=False),
    Column("made_by", String(254), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Index(None, "study"),
)

sitting_event = Table(
    "sitting_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sitting", String(22), ForeignKey("sitting.id"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("detail", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "sitting"),
)

# How often something was tried in one stretch of time; who tried it is a mark that nobody can turn back.
attempt = Table(
    "attempt",
    metadata,
    Column("mark", String(24), primary_key=True),
    Column("stretch", Integer, primary_key=True),
    Column("n", Integer, nullable=False),
)

withdrawal = Table(
    "withdrawal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study", String(32), nullable=False),
    Column("day", String(10), nullable=False),
    Index(None, "study"),
)

# What brand managers make of a report. Entries on an action are added, never changed.

action_entry = Table(
    "action_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study", String(32), nullable=False),
    Column("brand", String(32), nullable=False),
    Column("action", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("owner", String(12), nullable=False),
    Column("due", String(10)),
    Column("status", String(8), nullable=False),
    Column("note", Text, nullable=False),
    Column("actor", String(254), nullable=False),
    Column("at", UtcTime, nullable=False),
    CheckConstraint("status IN ('open', 'in_work', 'done', 'dropped')", name="status"),
    Index(None, "study", "brand"),
)

report_link = Table(
    "report_link",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("study", String(32), nullable=False),
    Column("brand", String(32), nullable=False),
    Column("made_for", String(100), nullable=False),
    Column("may_update", Boolean, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("made_by", String(254), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("withdrawn_at", UtcTime),
    Index(None, "study"),
)

# What researchers decide about open answers; it goes with the sitting that the answer is of.

verbatim_code = Table(
    "verbatim_code",
    metadata,
    Column("study", String(32), primary_key=True),
    Column("code", String(60), primary_key=True),
)

verbatim_mark = Table(
    "verbatim_mark",
    metadata,
    Column("sitting", String(22), ForeignKey("sitting.id"), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("brand", String(32), primary_key=True),
    Column("quotable", String(3), nullable=False),
    Column("codes", JSON, nullable=False),
    Column("quotation", Text, nullable=False),
    Column("about", String(32), nullable=False),
    Column("marked_by", String(254), nullable=False),
    Column("marked_at", UtcTime, nullable=False),
    CheckConstraint("quotable IN ('', 'yes', 'no')", name="quotable"),
)
