"""People with rights, what they did, studies that are being written, reviews; figures of the field."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the console."""
    _make_account()
    _make_study_right()
    _make_account_session()
    _make_account_link()
    _make_sign_in_attempt()
    _make_api_token()
    _make_audit_entry()
    _make_design()
    _make_sitting_review()
    _widen_sitting()


def _make_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=13), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("totp_last", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('administrator', 'researcher', 'brand_manager', 'front_line')", name="ck_account_role"
        ),
        sa.CheckConstraint("status IN ('invited', 'active', 'disabled')", name="ck_account_status"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("email", name="uq_account_email"),
    )


def _make_study_right() -> None:
    op.create_table(
        "study_right",
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("brand", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=13), nullable=False),
        sa.CheckConstraint(
            "level IN ('owner', 'editor', 'viewer', 'brand_manager', 'front_line')", name="ck_study_right_level"
        ),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_study_right_account"),
        sa.PrimaryKeyConstraint("account", "study", "brand", name="pk_study_right"),
    )
    op.create_index("ix_study_right_study", "study_right", ["study"], unique=False)


def _make_account_session() -> None:
    op.create_table(
        "account_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_account_session_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_account_session"),
    )
    op.create_index("ix_account_session_account", "account_session", ["account"], unique=False)


def _make_account_link() -> None:
    op.create_table(
        "account_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("account", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('set_up', 'password')", name="ck_account_link_purpose"),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_account_link_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_account_link"),
    )


def _make_sign_in_attempt() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    op.create_index("ix_sign_in_attempt_address_tried_at", "sign_in_attempt", ["address", "tried_at"], unique=False)
    op.create_index(
        "ix_sign_in_attempt_email_hash_tried_at", "sign_in_attempt", ["email_hash", "tried_at"], unique=False
    )


def _make_api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_api_token_account"),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
    )


def _make_audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_study_id", "audit_entry", ["study", "id"], unique=False)


def _make_design() -> None:
    op.create_table(
        "design",
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("study_text", sa.Text(), nullable=False),
        sa.Column("instrument_text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("study", name="pk_design"),
    )


def _make_sitting_review() -> None:
    op.create_table(
        "sitting_review",
        sa.Column("sitting", sa.String(length=22), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.String(length=254), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('accepted', 'rejected')", name="ck_sitting_review_verdict"),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_sitting_review_sitting"),
        sa.PrimaryKeyConstraint("sitting", name="pk_sitting_review"),
    )


def _widen_sitting() -> None:
    op.add_column("sitting", sa.Column("last_screen", sa.Text(), nullable=True))
    op.add_column("sitting", sa.Column("seconds", sa.Float(), nullable=True))
    op.create_index(
        "ix_sitting_field",
        "sitting",
        ["study", "is_test", "status", "source", "language", "is_simulated", "last_screen"],
        unique=False,
    )
    op.create_index("ix_sitting_seconds", "sitting", ["study", "is_test", "status", "seconds"], unique=False)
    op.execute(
        """
        UPDATE sitting SET last_screen = (
            SELECT screen FROM answer_page WHERE answer_page.sitting = sitting.id
            ORDER BY answer_page.saved_at DESC, answer_page.visit DESC LIMIT 1
        )
        """
    )
    seconds = (
        "EXTRACT(EPOCH FROM ended_at - started_at)"
        if op.get_bind().dialect.name == "postgresql"
        else "(julianday(ended_at) - julianday(started_at)) * 86400"
    )
    op.execute(f"UPDATE sitting SET seconds = {seconds} WHERE ended_at IS NOT NULL")  # noqa: S608 - our own words
