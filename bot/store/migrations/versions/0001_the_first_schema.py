"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "answers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("message", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("replace", sa.Boolean(), nullable=False),
        sa.Column("fallback", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("next_attempt_at", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_answers_next_attempt_at"), ["next_attempt_at"], unique=False
        )

    op.create_table(
        "cancellations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("batch_id", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("channel_id", sa.String(length=64), nullable=False),
        sa.Column("team_id", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("command_url", sa.Text(), nullable=True),
        sa.Column("click_url", sa.Text(), nullable=True),
        sa.Column("identifier", sa.String(length=254), nullable=True),
        sa.Column("batch", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("shown_at", sa.Double(), nullable=True),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("confirmed_at", sa.Double(), nullable=True),
        sa.Column("requesting_since", sa.Double(), nullable=True),
        sa.Column("accepted_at", sa.Double(), nullable=True),
        sa.Column("was_cancelling", sa.Boolean(), nullable=False),
        sa.Column("no_from_respan", sa.String(length=32), nullable=True),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.Column("announcement", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("refreshed", sa.String(length=64), nullable=True),
        sa.Column("slow_note", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("reply", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("finalized", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.Double(), nullable=True),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=True),
        sa.Column("next_attempt_at", sa.Double(), nullable=True),
        sa.Column("claim", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.Double(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_key"),
        sa.UniqueConstraint("token"),
    )
    with op.batch_alter_table("cancellations", schema=None) as batch_op:
        batch_op.create_index(
            "one_live_per_batch",
            ["batch_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('cancelling', 'confirmed', 'ended')"),
            postgresql_where=sa.text("state IN ('cancelling', 'confirmed', 'ended')"),
        )
        batch_op.create_index(
            "unfinished",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("step IS NOT NULL"),
            postgresql_where=sa.text("step IS NOT NULL"),
        )

    op.create_table(
        "poll_budget",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("refilled_at", sa.Double(), nullable=False),
        sa.Column("paused_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
