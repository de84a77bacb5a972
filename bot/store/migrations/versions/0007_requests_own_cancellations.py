"""A request owns its cancellations: the one table of before becomes two, and no row is lost.

An older version can't work beside this schema: it says so at its start.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_json = sa.JSON(none_as_null=True)
_LIVE = sa.text("state IN ('cancelling', 'confirmed')")
_UNFINISHED = sa.text("finished_at IS NULL")
_FINISHED = sa.text("finished_at IS NOT NULL")
_SET_ASIDE = sa.text("set_aside_by IS NOT NULL")
_OPEN = sa.text("state = 'asked'")
_OLD = ("one_live_per_batch", "unfinished", "open_questions", "cancellations_set_aside")

_LEASED = "claim, claimed_at, next_attempt_at, lease_until, owner, finished_at, set_aside_by"

_REQUEST = (
    "id, token, request_key, user_id, channel_id, team_id, channel_kind, asked_at, command_url,"
    " click_url, identifier, shown_at, expires_at, confirmed_at, refusal, asked_again,"
    " announcement, cannot_post, uneditable, refreshed, slow_note, blind_note, reply"
)

_REQUEST_STATE = """CASE
    WHEN state IN ('cancelling', 'ended') THEN 'confirmed'
    WHEN state = 'told' THEN 'reported'
    WHEN state = 'abandoned' AND step IS NOT NULL THEN 'confirmed'
    ELSE state END"""
"""A state that nobody knows stays as it is: the row is set aside by whoever can't read it."""

_WAITS = "step IN ('request', 'follow')"
"""What a cancellation is worked on for; its request waits meanwhile."""

_CANCELLATION_STATE = "CASE WHEN state = 'told' THEN 'ended' ELSE state END"

_CONFIRMED = "confirmed_at IS NOT NULL AND state NOT IN ('asked', 'declined', 'expired')"
"""A question that is asked again has no `confirmed_at`: nothing of it is under way."""


def upgrade() -> None:
    """Make the two tables, carry each row over, and drop the old one."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in _OLD:
        op.drop_index(name, "cancellations")
    op.drop_index("ix_cancellations_finished_at", "cancellations")
    op.rename_table("cancellations", "cancellations_before")
    _make_tables()
    _carry_requests("json_array" if is_sqlite else "json_build_array", is_sqlite=is_sqlite)
    _carry_cancellations()
    op.drop_table("cancellations_before")
    if not is_sqlite:
        # The keys of the old table kept their names until now.
        op.execute("ALTER INDEX cancellations_new_pkey RENAME TO cancellations_pkey")
    _make_indexes()


def downgrade() -> None:
    """Refuse: a request about several batches has no place in the older form."""
    raise NotImplementedError("there is no way back from schema 0007: restore a backup")


def _leased() -> list[sa.Column[object]]:
    return [
        sa.Column("claim", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.Double(), nullable=False),
        sa.Column("next_attempt_at", sa.Double()),
        sa.Column("lease_until", sa.Double()),
        sa.Column("owner", sa.String(64)),
        sa.Column("finished_at", sa.Double()),
        sa.Column("set_aside_by", sa.Text()),
    ]


def _make_tables() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("request_key", sa.String(64), unique=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("channel_id", sa.String(64), nullable=False),
        sa.Column("team_id", sa.String(64)),
        sa.Column("channel_kind", sa.String(80)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("targets", _json, nullable=False),
        sa.Column("command_url", sa.Text()),
        sa.Column("click_url", sa.Text()),
        sa.Column("identifier", sa.String(254)),
        sa.Column("shown_at", sa.Double()),
        sa.Column("expires_at", sa.Double()),
        sa.Column("confirmed_at", sa.Double()),
        sa.Column("refusal", sa.String(32)),
        sa.Column("asked_again", sa.Integer(), nullable=False),
        sa.Column("wait_told", sa.Boolean(), nullable=False),
        sa.Column("announcement", _json, nullable=False),
        sa.Column("cannot_post", sa.String(80)),
        sa.Column("uneditable", sa.Boolean(), nullable=False),
        sa.Column("refreshed", sa.String(64)),
        sa.Column("slow_note", _json),
        sa.Column("blind_note", _json),
        sa.Column("reply", _json, nullable=False),
        sa.Column("reported_at", sa.Double()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("wakes", sa.BigInteger(), nullable=False),
        *_leased(),
    )
    op.create_table(
        "cancellations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("batch_id", sa.String(200), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("channel_id", sa.String(64), nullable=False),
        sa.Column("confirmed_at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.String(254)),
        sa.Column("batch", _json),
        sa.Column("requesting_since", sa.Double()),
        sa.Column("withdrawn_at", sa.Double()),
        sa.Column("waits_for", sa.String(32)),
        sa.Column("accepted_at", sa.Double()),
        sa.Column("was_cancelling", sa.Boolean(), nullable=False),
        sa.Column("rejection", sa.String(32)),
        sa.Column("refusal", sa.String(32)),
        sa.Column("unread_since", sa.Double()),
        sa.Column("unread_why", sa.String(32)),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("is_slow", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *_leased(),
        sa.PrimaryKeyConstraint("id", name="cancellations_new_pkey"),
    )
    op.create_table(
        "joins",
        sa.Column("request_id", sa.String(32), primary_key=True),
        sa.Column("cancellation_id", sa.String(32), primary_key=True),
    )


def _carry_requests(array: str, *, is_sqlite: bool) -> None:
    """Carry the questions and the messages; what only a cancellation needs stays behind."""
    fact = "CASE WHEN json_valid(batch) THEN json(batch) END" if is_sqlite else "batch"
    make = "json_object" if is_sqlite else "json_build_object"
    target = (
        f"{array}({make}('batch_id', batch_id, 'batch', {fact},"
        " 'refusal', CASE WHEN confirmed_at IS NULL THEN refusal END, 'by', NULL))"
    )
    op.execute(
        f"""INSERT INTO requests ({_REQUEST}, state, targets, wait_told, reported_at, attempts,
                                  wakes, {_LEASED})
            SELECT {_REQUEST}, {_REQUEST_STATE}, {target},
                   CASE WHEN state = 'confirmed' AND attempts > 0 THEN TRUE ELSE FALSE END,
                   told_at, CASE WHEN {_WAITS} THEN 0 ELSE attempts END, 0,
                   claim, claimed_at,
                   CASE WHEN {_WAITS} THEN NULL ELSE next_attempt_at END,
                   CASE WHEN {_WAITS} THEN NULL ELSE lease_until END,
                   CASE WHEN {_WAITS} THEN NULL ELSE owner END,
                   finished_at, set_aside_by
            FROM cancellations_before"""  # noqa: S608 - no value of a row is part of the statement
    )


def _carry_cancellations() -> None:
    """Carry what was confirmed; a row keeps its id, which stands in what Slack has of it.

    A watch that is announced, or noted, after the upgrade goes on at once.
    """
    op.execute(
        f"""INSERT INTO cancellations
                (id, request_id, batch_id, user_id, channel_id, confirmed_at, state, round,
                 position, identifier, batch, requesting_since, withdrawn_at, waits_for,
                 accepted_at, was_cancelling, rejection, refusal, unread_since, unread_why,
                 is_blind, is_slow, ended_at, polls, attempts, {_LEASED})
            SELECT id, id, batch_id, user_id, channel_id, confirmed_at, {_CANCELLATION_STATE},
                   asked_again, 0, identifier, batch, requesting_since, withdrawn_at,
                   CASE WHEN state = 'confirmed' AND attempts > 0 THEN 'unavailable' END,
                   accepted_at, was_cancelling, no_from_respan, refusal, unread_since, unread_why,
                   CASE WHEN blind_note IS NULL THEN FALSE ELSE TRUE END,
                   CASE WHEN slow_note IS NULL THEN FALSE ELSE TRUE END,
                   ended_at, polls, attempts, claim, claimed_at,
                   CASE WHEN state IN ('confirmed', 'cancelling') THEN next_attempt_at END,
                   CASE WHEN {_WAITS} THEN lease_until END,
                   CASE WHEN {_WAITS} THEN owner END,
                   CASE WHEN state IN ('confirmed', 'cancelling') THEN NULL
                        ELSE COALESCE(finished_at, claimed_at) END,
                   set_aside_by
            FROM cancellations_before WHERE {_CONFIRMED}"""  # noqa: S608 - the same
    )


def _make_indexes() -> None:
    for table in ("requests", "cancellations"):
        _partial(f"{table}_unfinished", table, "next_attempt_at", _UNFINISHED)
        _partial(f"{table}_set_aside", table, "id", _SET_ASIDE)
        _partial(f"{table}_finished", table, "finished_at", _FINISHED)
    _partial("one_live_per_batch", "cancellations", "batch_id", _LIVE, unique=True)
    _partial("open_questions", "requests", "user_id", _OPEN)
    op.create_index("cancellations_of_batch", "cancellations", ["batch_id"])
    op.create_index("ix_cancellations_request_id", "cancellations", ["request_id"])
    op.create_index("ix_joins_cancellation_id", "joins", ["cancellation_id"])


def _partial(
    name: str, table: str, column: str, where: sa.TextClause, *, unique: bool = False
) -> None:
    op.create_index(
        name, table, [column], unique=unique, sqlite_where=where, postgresql_where=where
    )
