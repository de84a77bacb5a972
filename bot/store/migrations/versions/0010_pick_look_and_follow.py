"""Requests that pick from the list, only look, or ask once more; the followers of a request."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NEW: tuple[tuple[str, str, Any, Any], ...] = (
    ("requests", "user_name", sa.String(80), None),
    ("requests", "words", sa.String(200), None),
    ("requests", "thread_ts", sa.String(32), None),
    ("requests", "replaces", sa.Boolean(), sa.false()),
    ("requests", "after_change", sa.Boolean(), sa.false()),
    ("requests", "changed_told", sa.Boolean(), sa.false()),
    ("cancellations", "after_change", sa.Boolean(), sa.false()),
)


def upgrade() -> None:
    """Apply it; an older version that runs beside it writes none of these columns.

    It sets aside what is in a state that it does not know.
    """
    for table, name, kind, default in _NEW:
        optional = default is None
        op.add_column(table, sa.Column(name, kind, nullable=optional, server_default=default))
    op.create_table(
        "followers",
        sa.Column("request_id", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("at", sa.Double(), nullable=False),
    )
    op.create_index("ix_cancellations_confirmed_at", "cancellations", ["confirmed_at"])
    op.create_index("cancellations_of_person", "cancellations", ["user_id", "confirmed_at"])
    op.create_index("requests_of_name", "requests", ["user_name", "asked_at"])
    _of_open_requests("open_requests", "state IN ('asked', 'looking', 'picking')")
    op.drop_index("open_questions", "requests")


def downgrade() -> None:
    """Take it back."""
    _of_open_requests("open_questions", "state = 'asked'")
    op.drop_index("open_requests", "requests")
    op.drop_index("requests_of_name", "requests")
    op.drop_index("cancellations_of_person", "cancellations")
    op.drop_index("ix_cancellations_confirmed_at", "cancellations")
    op.drop_table("followers")
    for table, name, _, _ in _NEW:
        op.drop_column(table, name)


def _of_open_requests(name: str, is_open: str) -> None:
    where = sa.text(is_open)
    op.create_index(name, "requests", ["user_id"], sqlite_where=where, postgresql_where=where)
