"""The command line: `run` (the default), `check`, `migrate`, `health`, `audit`, and others."""

import argparse
import gc
import os
import re
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType

_INTERRUPTED = 130
_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit code.

    Only the code that the command needs is loaded: the demo starts twice as fast without the bot.
    """
    _let_any_text_out()
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command == "demo":
        return int(_load("bot.sandbox.demo.command").main(chosen.port, in_terminal=chosen.terminal))
    if chosen.command == "health":
        return int(_load("bot.health").main())
    if chosen.command == "backup":
        return int(_load("bot.store.backup").main(chosen.database, chosen.copy))
    if chosen.command == "audit":
        return _audit(parser, chosen)
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


def _user(text: str) -> str:
    """Return a person's id."""
    if not re.fullmatch(r"[UW][A-Z0-9]{1,40}", text):
        raise argparse.ArgumentTypeError("must be a person's id such as U012ABCDEF")
    return text


def _batch(text: str) -> str:
    """Return a batch's id."""
    if not text.isprintable() or not re.fullmatch(r"batch_[^ ]+", text):
        raise argparse.ArgumentTypeError("must be a batch's id such as batch_abc123")
    return text


def _time(text: str) -> float:
    """Return a day's beginning, or a time, in seconds since the epoch; in UTC if not said else."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            "must be a day such as 2026-11-01 or a time such as 2026-11-01T09:30:00Z"
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _audit(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> int:
    """Export the audit, or verify it: all of it."""
    told = (chosen.since, chosen.until, chosen.user, chosen.batch, chosen.format)
    if chosen.verify and told != (None,) * len(told):
        parser.exit(_USAGE, f"{parser.prog} audit: --verify looks at all records: give it alone\n")
    which = _load("bot.store.audit").Which(chosen.since, chosen.until, chosen.user, chosen.batch)
    form = chosen.format or "jsonl"
    return int(_load("bot.audit").main(which, form, verify=chosen.verify))


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
    audit = commands.add_parser("audit", help="print who decided what, or verify that it is whole")
    day = "a day or a time in UTC: 2026-11-01, 2026-11-01T09:30:00Z"
    audit.add_argument("--since", type=_time, metavar="TIME", help=f"from then on; {day}")
    audit.add_argument("--until", type=_time, metavar="TIME", help=f"before then; {day}")
    audit.add_argument("--user", type=_user, metavar="U…", help="of this person")
    audit.add_argument("--batch", type=_batch, metavar="batch_…", help="about this batch")
    audit.add_argument("--format", choices=("jsonl", "csv"), help="one line each (default: jsonl)")
    audit.add_argument(
        "--verify", action="store_true", help="find the first record that was changed or removed"
    )
    demo = commands.add_parser("demo", help="try the bot in the browser, without any account")
    demo.add_argument("--terminal", action="store_true", help="play one cancellation here instead")
    demo.add_argument("--port", type=int, help="the page's port (default: 4242, or a free one)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
