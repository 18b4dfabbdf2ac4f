"""Indexes for the field page: when answers were last saved, and what was flagged."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_sitting_saved", "sitting", ["study", "is_test", "saved_at", "status"], unique=False)
    op.create_index("ix_sitting_flags", "sitting", ["study", "is_test", "flags"], unique=False)
