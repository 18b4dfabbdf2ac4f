"""What researchers decide about open answers: codes, whether they may be quoted, and in which words."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "verbatim_code",
        sa.Column("study", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("study", "code", name="pk_verbatim_code"),
    )
    op.create_table(
        "verbatim_mark",
        sa.Column("sitting", sa.String(length=22), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("brand", sa.String(length=32), nullable=False),
        sa.Column("quotable", sa.String(length=3), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("quotation", sa.Text(), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("marked_by", sa.String(length=254), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quotable IN ('', 'yes', 'no')", name=op.f("ck_verbatim_mark_quotable")),
        sa.ForeignKeyConstraint(["sitting"], ["sitting.id"], name="fk_verbatim_mark_sitting"),
        sa.PrimaryKeyConstraint("sitting", "question", "brand", name="pk_verbatim_mark"),
    )
