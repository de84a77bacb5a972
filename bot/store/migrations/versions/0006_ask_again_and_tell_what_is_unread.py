"""What a confirmation that can't be sent, a batch that can't be read, and a late answer need."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NEW: tuple[tuple[str, str, Any, Any], ...] = (
    ("cancellations", "channel_kind", sa.String(80), None),
    ("cancellations", "withdrawn_at", sa.Double(), None),
    ("cancellations", "asked_again", sa.Integer(), "0"),
    ("cancellations", "cannot_post", sa.String(80), None),
    ("cancellations", "uneditable", sa.Boolean(), sa.false()),
    ("cancellations", "unread_since", sa.Double(), None),
    ("cancellations", "unread_why", sa.String(32), None),
    ("cancellations", "blind_note", sa.JSON(none_as_null=True), None),
    ("answers", "late", sa.JSON(none_as_null=True), None),
)


def upgrade() -> None:
    """Apply it; an older version that runs beside it writes none of these columns."""
    for table, name, kind, default in _NEW:
        optional = default is None
        op.add_column(table, sa.Column(name, kind, nullable=optional, server_default=default))
    op.create_table(
        "facts",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    is_open = sa.text("state = 'asked'")
    op.create_index(
        "open_questions",
        "cancellations",
        ["user_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("open_questions", "cancellations")
    op.drop_table("facts")
    for table, name, _, _ in _NEW:
        op.drop_column(table, name)
