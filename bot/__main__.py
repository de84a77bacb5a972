"""The command line: `run` (the default), `check`, `migrate`, `demo`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module

from bot import app
from bot.checks import check
from bot.clock import SteadyClock
from bot.errors import BotError, SettingsError
from bot.logs import set_up_logs
from bot.settings import Settings, load_settings
from bot.store.database import Database
from bot.store.migrate import migrate

_SETTINGS_WRONG = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit code. 2: a setting is wrong."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "demo":
        # Only this command needs the sandbox, so only it loads it.
        demo = import_module("bot.sandbox.demo")
        return int(demo.main(chosen.port, in_terminal=chosen.terminal))
    try:
        settings = load_settings()
        set_up_logs(settings.log_level, settings.log_format, settings.secrets)
        return asyncio.run(_COMMANDS[chosen.command](settings))
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - said before anyone may know where logs go
        return _SETTINGS_WRONG
    except BotError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the same
        return 1
    except KeyboardInterrupt:
        return 130


async def _migrate(settings: Settings) -> int:
    """Bring the schema up to date and stop: for a release phase."""
    async with Database(settings.database_url.get_secret_value(), SteadyClock()) as database:
        before, after = await migrate(database)
    print(f"The schema is at {after} (it was at {before or 'nothing'}).")  # noqa: T201 - the answer
    return 0


_COMMANDS = {"run": app.run, "check": check, "migrate": _migrate}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Cancel OpenAI batches through Respan from Slack."
    )
    commands = parser.add_subparsers(dest="command")
    parser.set_defaults(command="run")
    commands.add_parser("run", help="run the bot (the default)")
    commands.add_parser("check", help="check settings, database, Slack and Respan, then stop")
    commands.add_parser("migrate", help="bring the database's schema up to date, then stop")
    demo = commands.add_parser("demo", help="try the bot in the browser, without any account")
    demo.add_argument("--terminal", action="store_true", help="play one cancellation here instead")
    demo.add_argument("--port", type=int, help="the page's port (default: 4242, or a free one)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
