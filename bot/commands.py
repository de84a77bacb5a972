"""What `run`, `check` and `migrate` do, with the settings of the environment."""

import asyncio
import os
import sys
import threading
from collections.abc import Sequence

import structlog

from bot import app
from bot.clock import SteadyClock
from bot.errors import BotError, DatabaseRefused, SettingsError
from bot.prepare import lock_at
from bot.proxies import Proxies
from bot.setting_names import readable_by_others
from bot.setting_reading import load_settings
from bot.settings import Settings
from bot.store.database import Database
from bot.store.migrate import migrate, newest_revision
from bot.telemetry.logs import set_up_logs
from bot.telemetry.masking import Masker, printable
from bot.views.who_may import env_file_is_open

log = structlog.get_logger(__name__)

_SETTINGS_WRONG = 2


def perform(command: str, channels: Sequence[str] = ()) -> int:
    """Do it; return the exit code. 2: a setting is wrong. `channels` are what `check` tries."""
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _log_thread_error
    set_up_logs("INFO", "console")  # until the settings say otherwise
    masker = Masker()
    try:
        settings = load_settings()
        secrets = settings.secrets | Proxies.from_environment(os.environ).secrets
        masker = Masker(secrets)
        set_up_logs(settings.log_level, settings.log_format, secrets)
        open_file = readable_by_others()
        if open_file is not None:
            log.warning(env_file_is_open(open_file))
        return asyncio.run(_COMMANDS[command](settings, channels))
    except (SettingsError, DatabaseRefused) as error:
        _complain(error, masker)
        return _SETTINGS_WRONG
    except BotError as error:
        _complain(error, masker)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception:
        # Python's own traceback would go past the log, and nobody would mask what stands in it.
        log.exception("the bot ends: this should not happen")
        return 1


def _log_thread_error(error: threading.ExceptHookArgs) -> None:
    """Log what ended a thread, masked, where Python would print it as it is.

    A connection to SQLite that could not be opened is closed in its thread a little later; where
    the process has ended its loop by then, that is no news.
    """
    late = isinstance(error.exc_value, RuntimeError) and "loop is closed" in str(error.exc_value)
    level = log.debug if late else log.error
    level("a thread ended by an error", exc_info=error.exc_value)


def _complain(error: BotError, masker: Masker) -> None:
    """Print the sentence of an expected failure, without what others may have put into it."""
    lines = masker.mask(str(error)).split("\n")  # the list of wrong settings has a line for each
    print(*map(printable, lines), sep="\n", file=sys.stderr)  # noqa: T201 - maybe before any log


async def _run(settings: Settings, _channels: Sequence[str]) -> int:
    return await app.run(settings)


async def _check(settings: Settings, channels: Sequence[str]) -> int:
    from bot.checks import check  # noqa: PLC0415 - the bot itself never needs it

    return await check(settings, channels)


async def _migrate(settings: Settings, _channels: Sequence[str]) -> int:
    """Bring the schema up to date and stop: for a release phase."""
    async with Database(settings.database_url.get_secret_value(), SteadyClock()) as database:
        lock_at(database)  # raises for a path that can be no file
        before, after = await migrate(database)
    own = newest_revision()
    newer = "" if after == own else f" A newer version made it; this one's is {own}."
    print(f"The schema is at {after} (it was at {before or 'nothing'}).{newer}")  # noqa: T201 - the answer
    return 0


_COMMANDS = {"run": _run, "check": _check, "migrate": _migrate}
