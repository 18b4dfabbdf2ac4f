"""What is known of a draft's translations, beside each of its two files."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of drafts that are there nothing is known."""
    for name in ("study_records", "instrument_records"):
        op.add_column("design", sa.Column(name, sa.Text(), nullable=False, server_default=""))
