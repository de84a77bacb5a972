"""Structured logs in which no secret stands, and no forged line, whatever is logged by whomever."""

import logging
import sys
from asyncio import CancelledError
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.telemetry.events import add_key
from bot.telemetry.masking import Masker, mask_lookalikes, printable

_LOUD = (
    "slack_bolt",
    "slack_sdk",
    "aiohttp",
    "httpx",
    "httpcore",
    "sqlalchemy",
    "aiosqlite",
    "alembic",
    "asyncio",
    "psycopg",
)
"""Libraries that log requests, headers or statements at DEBUG and INFO."""

_OURS = "bot"
_OUR_KEYS = frozenset({"logger", "level", "timestamp"})
_META = frozenset({"_record", "_from_structlog"})
"""What structlog's formatter adds for the processors only."""

_BLOCKS = ("exception", "stack")
"""What the console shows in lines of their own."""

_UNMASKABLE = "[could not be masked]"


def set_up_logs(
    level: str, form: Literal["console", "json"], secrets: Iterable[str] = ()
) -> logging.Handler:
    """Write everything that is logged, by libraries too, to standard output, a line each."""
    handler = _Handler(sys.stdout)
    handler.setFormatter(_formatter(form, Masker(secrets)))
    handler.addFilter(_is_no_cancellation)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return handler


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Drop what SQLAlchemy's pool says of a statement that a stop has cut off: it is no failure."""
    error = record.exc_info[1] if record.exc_info else None
    return not (record.name.startswith("sqlalchemy.pool") and isinstance(error, CancelledError))


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(form: Literal["console", "json"], masker: Masker) -> logging.Formatter:
    """Return a formatter in which values are masked before they are put into a line.

    Keys and our own words are no secrets, even where a secret is an everyday word.
    """

    def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: _masked(masker, key, event) for key in event if key not in _META}

    # Plain tracebacks: the pretty ones print local variables, and those hold secrets.
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    finish: list[Processor] = (
        [add_key, structlog.processors.JSONRenderer()]
        if form == "json"
        else [_on_lines_of_ours, console]
    )
    return _Formatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.processors.format_exc_info, masked, *finish],
    )


def _masked(masker: Masker, key: str, event: EventDict) -> object:
    """Return what stands under a key, without secrets unless it is a word of ours."""
    value = event[key]
    if key in _OUR_KEYS:
        return value
    if key == "event" and event["_from_structlog"] and _is_ours(event["_record"].name):
        return mask_lookalikes(str(value))
    return masker.clean(value, key)


def _is_ours(logger: str) -> bool:
    return logger.partition(".")[0] == _OURS


@dataclass(frozen=True, slots=True)
class _Escaped:
    """A text with control characters; the console shows its `repr`."""

    text: str

    def __repr__(self) -> str:
        return repr(self.text)


def _on_lines_of_ours(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Let no value begin a line that looks like one of the log, or move the cursor."""
    for key, value in event.items():
        if key in _BLOCKS:
            event[key] = "\n".join(f"    {printable(line)}" for line in str(value).split("\n"))
        elif key == "event":
            event[key] = printable(str(value))
        elif isinstance(value, str) and not value.isprintable():
            event[key] = _Escaped(value)
    return event


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Formats a line; one that can't be formatted is neither lost nor let through unmasked."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        try:
            return super().format(record)
        except Exception as error:  # noqa: BLE001 - of whatever was logged
            line = self.processors[-1](None, "", _bare(record, type(error).__name__))
            return str(line)


def _bare(record: logging.LogRecord, trouble: str) -> EventDict:
    """Return of a record only what can't hold a secret."""
    message: Any = record.msg  # structlog's events are mappings
    ours = isinstance(message, dict) and _is_ours(record.name)
    return {
        "event": f"{message.get('event')} {_UNMASKABLE}" if ours else _UNMASKABLE,
        "logger": record.name,
        "level": record.levelname.lower(),
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "trouble": trouble,
    }


class _Handler(logging.StreamHandler[Any]):
    """Writes lines in whatever the terminal's encoding is; never prints a record's arguments."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line in characters that the stream has."""
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        return super().format(record).encode(encoding, "backslashreplace").decode(encoding)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Say that a line could not be written, and nothing of what stood in it."""
        error = sys.exc_info()[0]
        name = "an error" if error is None else error.__name__
        with suppress(Exception):
            sys.stderr.write(f"a log line of {record.name} could not be written ({name})\n")
