"""Studies, sittings with their answers, assignments and jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _make_study()
    _make_sitting()
    _make_answer_page()
    _make_draft()
    _make_assignment()
    _make_job()


def _make_study() -> None:
    op.create_table(
        "study",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("study_text", sa.Text(), nullable=False),
        sa.Column("instrument_text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("instrument_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('live', 'closed')", name="ck_study_status"),
        sa.PrimaryKeyConstraint("key", "version", name="pk_study"),
    )


def _make_sitting() -> None:
    op.create_table(
        "sitting",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("pseudonym", sa.String(length=26), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("study_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("draw", sa.Text(), nullable=False),
        sa.Column("at_screen", sa.Text(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=True),
        sa.Column("source_uid", sa.String(length=128), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('started', 'partial', 'complete', 'screened_out')", name="ck_sitting_status"),
        sa.ForeignKeyConstraint(["study", "study_version"], ["study.key", "study.version"], name="fk_sitting_study"),
        sa.PrimaryKeyConstraint("id", name="pk_sitting"),
        sa.UniqueConstraint("pseudonym", name="uq_sitting_pseudonym"),
        sa.UniqueConstraint("study", "source", "source_uid", name="uq_sitting_study_source_source_uid"),
    )
    op.create_index("ix_sitting_study_status", "sitting", ["study", "status"], unique=False)


def _make_answer_page() -> None:
    op.create_table(
        "answer_page",
        sa.Column("sitting", sa.String(length=22), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("page_key", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_seconds", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_answer_page_sitting"),
        sa.PrimaryKeyConstraint("sitting", "screen", "visit", name="pk_answer_page"),
        sa.UniqueConstraint("sitting", "page_key", name="uq_answer_page_sitting_page_key"),
    )


def _make_draft() -> None:
    op.create_table(
        "draft",
        sa.Column("sitting", sa.String(length=22), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_draft_sitting"),
        sa.PrimaryKeyConstraint("sitting", "screen", name="pk_draft"),
    )


def _make_assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("sitting", sa.String(length=22), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("brand", sa.String(length=32), nullable=False),
        sa.Column("eligible", sa.JSON(), nullable=False),
        sa.Column("fills", sa.JSON(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_assignment_sitting"),
        sa.PrimaryKeyConstraint("sitting", "position", name="pk_assignment"),
        sa.UniqueConstraint("sitting", "brand", name="uq_assignment_sitting_brand"),
    )


def _make_job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("doing", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("output_digest", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'refused', 'cancelled', 'broken')", name="ck_job_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_state_id", "job", ["state", "id"], unique=False)
