"""The command line: `run` (the default), `check`, `migrate`, `health`, `backup`, `demo`."""

import argparse
import gc
import os
import re
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit code.

    Only the code that the command needs is loaded: the demo starts twice as fast without the bot.
    """
    _let_any_text_out()
    chosen = _parser().parse_args(arguments)
    if chosen.command == "demo":
        return int(_load("bot.sandbox.demo.command").main(chosen.port, in_terminal=chosen.terminal))
    if chosen.command == "health":
        return int(_load("bot.health").main())
    if chosen.command == "backup":
        return int(_load("bot.store.backup").main(chosen.database, chosen.copy))
    if chosen.command == "run":
        _end_quietly()
    return int(_load("bot.commands").perform(chosen.command, getattr(chosen, "channel", ())))


def _let_any_text_out() -> None:
    """Print what the terminal's encoding lacks as an escape, instead of ending with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _end_quietly() -> None:
    """Let SIGTERM and SIGINT end the process until the bot hears them: nothing has begun yet.

    By themselves they end it by the signal or a traceback, and SIGTERM not at all where it is the
    first process of a container. An exception would be caught, or half a module left behind.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))


def _load(name: str) -> ModuleType:
    """Import a module with all that it needs, and leave it out of every later collection.

    Code that is being loaded is no garbage: to look for some meanwhile costs a fifth of the start.
    """
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _channel(text: str) -> str:
    """Return a channel's id."""
    if not re.fullmatch(r"[CG][A-Z0-9]{1,40}", text):
        raise argparse.ArgumentTypeError("must be a channel's id such as C012ABCDEF")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Cancel OpenAI batches through Respan from Slack."
    )
    commands = parser.add_subparsers(dest="command")
    parser.set_defaults(command="run")
    commands.add_parser("run", help="run the bot (the default)")
    check = commands.add_parser("check", help="check settings, database, Slack, Respan, then stop")
    check.add_argument(
        "--channel",
        action="append",
        default=[],
        type=_channel,
        metavar="C…",
        help="see whether the bot may post there; nobody sees anything of it (may be repeated)",
    )
    commands.add_parser("migrate", help="bring the database's schema up to date, then stop")
    commands.add_parser("health", help="ask the bot that runs here whether it is alive")
    backup = commands.add_parser("backup", help="copy a SQLite database while the bot goes on")
    backup.add_argument("database", help="the file that DATABASE_URL names")
    backup.add_argument("copy", help="the file to write, which must not be there")
    demo = commands.add_parser("demo", help="try the bot in the browser, without any account")
    demo.add_argument("--terminal", action="store_true", help="play one cancellation here instead")
    demo.add_argument("--port", type=int, help="the page's port (default: 4242, or a free one)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
