"""Which versions can't read a row: it is set aside, and the others may take it up."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("cancellations", "answers")


def upgrade() -> None:
    """Apply it; an older version that runs beside it knows nothing of the column."""
    for table in _TABLES:
        op.add_column(table, sa.Column("set_aside_by", sa.Text(), nullable=True))
        is_set_aside = sa.text("set_aside_by IS NOT NULL")
        op.create_index(
            f"{table}_set_aside",
            table,
            ["id"],
            sqlite_where=is_set_aside,
            postgresql_where=is_set_aside,
        )


def downgrade() -> None:
    """Take it back."""
    for table in _TABLES:
        op.drop_index(f"{table}_set_aside", table)
        op.drop_column(table, "set_aside_by")
