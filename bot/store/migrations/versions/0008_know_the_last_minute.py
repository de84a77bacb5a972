"""The calls to Respan of the last minute, so that each minute can have all of its calls."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it; an older version that runs beside it leaves the column as it is."""
    op.add_column("poll_budget", sa.Column("recent", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("poll_budget", "recent")
