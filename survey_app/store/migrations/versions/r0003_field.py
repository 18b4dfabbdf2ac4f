"""The field: statuses, codes, quotas, panels' ids and addresses apart from answers, paradata, what is sent out."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATUSES = "'started', 'partial', 'complete', 'screened_out', 'quota_full', 'quality_fail', 'timed_out', 'duplicate'"
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of the field, and give what is there its place in them."""
    _make_counts()
    _make_what_identifies()
    _make_invitations()
    _make_outbox()
    _make_events()
    op.add_column("answer_page", sa.Column("paradata", sa.JSON(), nullable=True))
    _widen_sitting()
    _widen_assignment()
    _tally()


def _make_counts() -> None:
    op.create_table(
        "brand_tally",
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("brand", sa.String(length=32), nullable=False),
        sa.Column("beside", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("study", "brand", "beside", "position", name="pk_brand_tally"),
    )
    op.create_table(
        "quota_place",
        sa.Column("sitting", sa.String(length=22), nullable=False),
        sa.Column("quota", sa.String(length=80), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_quota_place_sitting"),
        sa.PrimaryKeyConstraint("sitting", "quota", name="pk_quota_place"),
    )
    columns = ["study", "quota", "cell", "done", "expires_at"]
    op.create_index("ix_quota_place_study_quota_cell_done_expires_at", "quota_place", columns)


def _make_what_identifies() -> None:
    op.create_table(
        "panel_entry",
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("uid", sa.String(length=128), nullable=False),
        sa.Column("sitting", sa.String(length=22), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_panel_entry_sitting"),
        sa.PrimaryKeyConstraint("study", "source", "uid", name="pk_panel_entry"),
    )
    op.create_index("ix_panel_entry_sitting", "panel_entry", ["sitting"])
    op.execute(
        """
        INSERT INTO panel_entry (study, source, uid, sitting, kept)
        SELECT study, source, source_uid, id, '{}' FROM sitting
        WHERE source IS NOT NULL AND source_uid IS NOT NULL
        """
    )


def _make_invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("address_mark", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("sitting", sa.String(length=22), nullable=True),
        sa.Column("invited_at", TIME, nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("reminded_at", TIME, nullable=True),
        sa.Column("declined_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_invitation_sitting"),
        sa.PrimaryKeyConstraint("token", name="pk_invitation"),
        sa.UniqueConstraint("study", "address_mark", name="uq_invitation_study_address_mark"),
    )
    op.create_index("ix_invitation_sitting", "invitation", ["sitting"])
    op.create_table(
        "address",
        sa.Column("invitation", sa.String(length=22), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["invitation"], ["invitation.token"], name="fk_address_invitation"),
        sa.PrimaryKeyConstraint("invitation", name="pk_address"),
    )
    op.create_table(
        "never_again",
        sa.Column("address_mark", sa.String(length=64), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("address_mark", name="pk_never_again"),
    )


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=22), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("queued_at", TIME, nullable=False),
        sa.Column("next_at", TIME, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.CheckConstraint("kind IN ('callback', 'invitation', 'reminder')", name="ck_outbox_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_next_at", "outbox", ["next_at"])
    op.create_index("ix_outbox_about", "outbox", ["about"])
    op.create_table(
        "outbox_try",
        sa.Column("message", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tried_at", TIME, nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["outbox.id"], name="fk_outbox_try_outbox"),
        sa.PrimaryKeyConstraint("message", "number", name="pk_outbox_try"),
    )


def _make_events() -> None:
    op.create_table(
        "sitting_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_sitting_event_sitting"),
        sa.PrimaryKeyConstraint("id", name="pk_sitting_event"),
    )
    op.create_index("ix_sitting_event_sitting", "sitting_event", ["sitting"])
    op.create_table(
        "attempt",
        sa.Column("mark", sa.String(length=24), nullable=False),
        sa.Column("stretch", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", "stretch", name="pk_attempt"),
    )
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal"),
    )
    op.create_index("ix_withdrawal_study", "withdrawal", ["study"])


def _widen_sitting() -> None:
    with op.batch_alter_table("sitting") as batch:
        batch.drop_constraint("ck_sitting_status", type_="check")
        batch.add_column(sa.Column("code", sa.String(length=12), nullable=True))
        batch.add_column(sa.Column("device", sa.String(length=8), nullable=True))
        batch.add_column(sa.Column("consent_version", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("consent_language", sa.String(length=8), nullable=True))
        batch.add_column(sa.Column("consent_at", TIME, nullable=True))
        batch.add_column(sa.Column("flags", sa.String(length=64), nullable=True))
    _give_codes()
    with op.batch_alter_table("sitting") as batch:
        batch.create_check_constraint(op.f("ck_sitting_status"), f"status IN ({STATUSES})")
        batch.alter_column("code", existing_type=sa.String(length=12), nullable=False)
        batch.create_unique_constraint("uq_sitting_code", ["code"])
        batch.drop_constraint("uq_sitting_study_source_source_uid", type_="unique")
        batch.drop_column("source_uid")


def _give_codes() -> None:
    connection = op.get_bind()
    ids = connection.execute(sa.text("SELECT id FROM sitting")).scalars().all()
    codes = [{"id": sitting_id, "code": _code(sitting_id)} for sitting_id in ids]
    if codes:
        connection.execute(sa.text("UPDATE sitting SET code = :code WHERE id = :id"), codes)


def _code(sitting_id: str) -> str:
    digest = hashlib.sha256(f"code:{sitting_id}".encode()).digest()
    return "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in digest[:12])


def _widen_assignment() -> None:
    op.add_column("assignment", sa.Column("study", sa.String(length=32), nullable=True))
    op.add_column("assignment", sa.Column("state", sa.String(length=8), nullable=True))
    op.add_column("assignment", sa.Column("country", sa.String(length=32), nullable=True))
    op.execute(
        """
        UPDATE assignment SET
            study = (SELECT study FROM sitting WHERE sitting.id = assignment.sitting),
            state = (
                SELECT CASE
                    WHEN is_test THEN 'released'
                    WHEN status = 'complete' THEN 'done'
                    WHEN status IN ('started', 'partial') THEN 'held'
                    ELSE 'released' END
                FROM sitting WHERE sitting.id = assignment.sitting
            )
        """
    )
    with op.batch_alter_table("assignment") as batch:
        batch.alter_column("study", existing_type=sa.String(length=32), nullable=False)
        batch.alter_column("state", existing_type=sa.String(length=8), nullable=False)
        batch.create_check_constraint(op.f("ck_assignment_state"), "state IN ('held', 'done', 'released')")
    op.create_index("ix_assignment_study_state_expires_at", "assignment", ["study", "state", "expires_at"])


def _tally() -> None:
    op.execute(
        """
        INSERT INTO brand_tally (study, brand, beside, position, n)
        SELECT study, brand, '', position, COUNT(*) FROM assignment WHERE state = 'done'
        GROUP BY study, brand, position
        """
    )
    op.execute(
        """
        INSERT INTO brand_tally (study, brand, beside, position, n)
        SELECT one.study, one.brand, other.brand, 0, COUNT(*) FROM assignment AS one
        JOIN assignment AS other ON other.sitting = one.sitting AND other.brand > one.brand
        WHERE one.state = 'done' GROUP BY one.study, one.brand, other.brand
        """
    )
