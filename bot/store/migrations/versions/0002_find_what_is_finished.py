"""An index for what is finished, so that forgetting it costs nothing."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_index("ix_cancellations_finished_at", "cancellations", ["finished_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_cancellations_finished_at", "cancellations")
