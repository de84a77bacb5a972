"""The calls of the last minute, so that each has all of its calls; indexes of what is due next."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_LEASED = ("requests", "cancellations", "answers")


def upgrade() -> None:
    """Apply it; an older version that runs beside it leaves the column as it is."""
    op.add_column("poll_budget", sa.Column("recent", sa.JSON(none_as_null=True)))
    for table in _LEASED:
        _partial(f"{table}_leased", table, ["lease_until"], "lease_until IS NOT NULL")
    by_state = ["state", "next_attempt_at"]
    _partial("cancellations_by_state", "cancellations", by_state, "finished_at IS NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("cancellations_by_state", "cancellations")
    for table in _LEASED:
        op.drop_index(f"{table}_leased", table)
    op.drop_column("poll_budget", "recent")
