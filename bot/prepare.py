"""What has to be up before the bot takes any work: the database, its schema, and Slack."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from bot.clients.slack import SlackClient
from bot.clock import Clock, SteadyClock
from bot.domain.policy import Policy
from bot.errors import (
    BotError,
    DatabaseRefused,
    RespanError,
    SettingsError,
    SlackError,
    StoreError,
)
from bot.ownership import must_be_its_own
from bot.scopes import must_know_people
from bot.store.database import Database
from bot.store.database_lock import DatabaseLock
from bot.store.migrate import migrate, newest_revision
from bot.store.own_files import keep_private
from bot.store.stores import Stores

log = structlog.get_logger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 15.0


async def prepare(
    stores: Stores,
    lock: DatabaseLock,
    slack: SlackClient,
    policy: Policy,
    compare_account: Callable[[], Awaitable[None]],
    clock: SteadyClock,
) -> None:
    """Wait for the database, for Slack, and for Respan where a changed key is to be compared.

    Raises SettingsError for what no waiting mends.
    """
    await _until_it_works(lambda: _prepare_database(stores, lock, clock), StoreError, clock)
    await _until_it_works(slack.start, SlackError, clock)
    await _until_it_works(lambda: must_know_people(slack, policy), SlackError, clock)
    await _until_it_works(lambda: must_be_its_own(stores, slack), StoreError, clock)
    log.info("Slack knows the bot", scopes=sorted(slack.scopes))
    await _until_it_works(compare_account, (StoreError, RespanError), clock)


def lock_at(database: Database) -> DatabaseLock:
    """Return the lock beside a SQLite file, whose files are nobody else's from now on.

    Raises SettingsError for a path that can't be used.
    """
    if not database.is_sqlite:
        return DatabaseLock(None)
    path = Path(str(database.url.database))
    try:
        if not path.parent.is_dir():
            raise SettingsError(f"DATABASE_URL names a file in {path.parent}, which is no folder")
        if path.is_dir():
            raise SettingsError(f"DATABASE_URL names {path}, which is a folder: add a file's name")
        keep_private(path)
    except OSError as error:  # a folder that is closed to us, or a name that is too long
        raise SettingsError(f"DATABASE_URL: {path} can't be used ({error.strerror})") from None
    return DatabaseLock(path)


async def _prepare_database(stores: Stores, lock: DatabaseLock, clock: SteadyClock) -> None:
    before, after = await migrate(stores.database)
    if before != after:
        log.info("the database has a new schema", before=before, after=after)
    elif after != newest_revision():
        event = "the database's schema is of a newer version; what this one can't read is set aside"
        log.warning(event, schema=after, own=newest_revision())
    await stores.aside.try_again()
    if lock.exclusive:
        # Nobody else is here: what is leased belongs to a process that was killed.
        ahead = clock.go_on_from(await stores.requests.latest())
        if ahead:
            log.warning("the clock was set back; the time goes on from before", seconds=ahead)
        await stores.request_queue.release(everyone=True)
        await stores.cancellation_queue.release(everyone=True)
        await stores.answers.release()
        lock.share()


async def _until_it_works(
    attempt: Callable[[], Awaitable[None]],
    waits_for: type[BotError] | tuple[type[BotError], ...],
    clock: Clock,
) -> None:
    """Try again for as long as it may help; raises SettingsError for a no that has lasted."""
    wait, began = _FIRST_WAIT, clock.time()
    while True:
        try:
            await attempt()
        except waits_for as error:
            if isinstance(error, DatabaseRefused) and clock.time() - began >= error.patience:
                raise SettingsError(str(error)) from None
            log.warning("the start waits", error=str(error), seconds=wait)
            await asyncio.sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 2)
        else:
            return
