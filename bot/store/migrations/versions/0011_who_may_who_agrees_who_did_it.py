"""Requests that need a second person, the undo window, and the audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NEW: tuple[tuple[str, str, Any], ...] = (
    ("requests", "decided_by", sa.String(64)),
    ("requests", "decided_at", sa.Double()),
    ("requests", "ends_as", sa.String(16)),
    ("cancellations", "team_id", sa.String(64)),
    ("cancellations", "approved_by", sa.String(64)),
    ("cancellations", "not_before", sa.Double()),
)

_ON_SQLITE = (
    (
        "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit"
        " BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
    ),
    (
        # Without the row of the chain nothing may be removed at all.
        "CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit"
        " WHEN OLD.seq > COALESCE((SELECT pruned_seq FROM audit_chain WHERE id = 1), 0)"
        " BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
    ),
    # INSERT OR REPLACE removes the older row without a word to the triggers of DELETE.
    (
        "CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit"
        " WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
    ),
)
_ON_POSTGRESQL = (
    (
        "CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN"
        " IF TG_OP = 'DELETE' THEN"
        " IF OLD.seq <= (SELECT pruned_seq FROM audit_chain WHERE id = 1) THEN RETURN OLD; END IF;"
        " END IF;"
        " RAISE EXCEPTION 'the audit is only ever added to' USING ERRCODE = 'check_violation';"
        " END $$"
    ),
    (
        "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit"
        " FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to()"
    ),
    (
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to()"
    ),
)


def upgrade() -> None:
    """Apply it; an older version that runs beside it writes none of these columns, and no audit.

    It sets aside what is in a state that it does not know.
    """
    for table, name, kind in _NEW:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(64)),
        sa.Column("team_id", sa.String(64)),
        sa.Column("channel_id", sa.String(64)),
        sa.Column("request_id", sa.String(32)),
        sa.Column("batch_ids", sa.Text(), nullable=False),
        sa.Column("identifier", sa.String(254)),
        sa.Column("request_key", sa.String(64)),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.String(64), nullable=False),
        sa.Column("pruned_seq", sa.BigInteger(), nullable=False),
        sa.Column("pruned_hash", sa.String(64), nullable=False),
    )
    op.execute("INSERT INTO audit_chain VALUES (1, 0, '', 0, '')")
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in _ON_POSTGRESQL if is_postgresql else _ON_SQLITE:
        op.execute(statement)
    op.drop_index("open_requests", "requests")
    _of_open_requests("open_requests", "'asked', 'looking', 'needs_approval', 'picking'")


def downgrade() -> None:
    """Take it back; the audit is gone then."""
    op.drop_index("open_requests", "requests")
    _of_open_requests("open_requests", "'asked', 'looking', 'picking'")
    op.drop_table("audit")
    op.drop_table("audit_chain")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_only_added_to()")
    for table, name, _ in _NEW:
        op.drop_column(table, name)


def _of_open_requests(name: str, states: str) -> None:
    where = sa.text(f"state IN ({states})")
    op.create_index(name, "requests", ["user_id"], sqlite_where=where, postgresql_where=where)
