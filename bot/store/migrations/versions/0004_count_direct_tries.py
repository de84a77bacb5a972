"""How often an answer was sent as a direct message of which nobody knows whether it arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    tries = sa.Column("direct_tries", sa.Integer(), nullable=False, server_default="0")
    op.add_column("answers", tries)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("answers", "direct_tries")
