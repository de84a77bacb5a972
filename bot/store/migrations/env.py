"""What Alembic runs: it works on the connection that `bot.store.migrate` gives it."""

from alembic import context

from bot.store import indexes  # noqa: F401 - it adds them to the tables
from bot.store.schema import metadata


def migrate() -> None:
    """Run the migrations inside the transaction that is already open."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


migrate()
