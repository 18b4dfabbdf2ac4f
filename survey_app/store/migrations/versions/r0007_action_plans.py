"""Actions that were agreed on after a report, and links to one brand's report."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
STATUSES = "'open', 'in_work', 'done', 'dropped'"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "action_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("brand", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=12), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_action_entry_status")),
        sa.PrimaryKeyConstraint("id", name="pk_action_entry"),
    )
    op.create_index("ix_action_entry_study_brand", "action_entry", ["study", "brand"])
    op.create_table(
        "report_link",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("brand", sa.String(length=32), nullable=False),
        sa.Column("made_for", sa.String(length=100), nullable=False),
        sa.Column("may_update", sa.Boolean(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_report_link"),
    )
    op.create_index("ix_report_link_study", "report_link", ["study"])
