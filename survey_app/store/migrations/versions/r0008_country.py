"""The country of a sitting, for the field page; sittings that were given brands have it from these."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LOOKED_AT = ["study", "is_test", "status", "source", "country", "language", "is_simulated", "last_screen"]


def upgrade() -> None:
    """Add the column, fill it, and let the field page's index hold it."""
    op.add_column("sitting", sa.Column("country", sa.String(length=32), nullable=True))
    op.execute(
        "UPDATE sitting SET country = (SELECT min(assignment.country) FROM assignment"
        " WHERE assignment.sitting = sitting.id)"
    )
    op.drop_index("ix_sitting_field", "sitting")
    op.create_index("ix_sitting_field", "sitting", LOOKED_AT, unique=False)
