"""Structured logs in which no secret stands, whatever a library or an exception puts there."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Literal
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

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

MASK = "[masked]"

_PATTERNS = (
    re.compile(r"x(?:ox[a-z]|app)-[\w.%-]+"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=%-]+"),
    re.compile(r"(?i)wss?://\S+"),
    re.compile(r"(?i)https?://hooks\.slack[^\s\"'\\<>]*"),
    re.compile(r"(?i)https?://[^\s\"'\\<>]*/(?:response|commands|actions)/[^\s\"'\\<>]*"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)
"""Tokens, keys in headers, socket tickets, response URLs, and user:password in URLs."""


class Masker:
    """Takes secrets out of a text: the known ones, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know these secrets, as they are and as they stand in URLs and JSON."""
        forms = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}
        escaped = sorted(map(re.escape, forms), key=len, reverse=True)
        self._known = re.compile("|".join(escaped)) if escaped else None

    def mask(self, text: str) -> str:
        """Return the text without its secrets."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern in _PATTERNS:
            text = pattern.sub(MASK, text)
        return text


def set_up_logs(
    level: str, form: Literal["console", "json"], secrets: Iterable[str] = ()
) -> logging.Handler:
    """Write everything that is logged, by libraries too, to standard output, a line each."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_formatter(form, Masker(secrets)))
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


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.UnicodeDecoder(),
    ]


def _formatter(form: Literal["console", "json"], masker: Masker) -> logging.Formatter:
    """Return a formatter that masks the finished line: nothing can be added after it."""

    def masked(_logger: WrappedLogger, _method: str, rendered: str | EventDict) -> str:
        return masker.mask(str(rendered))

    # Plain tracebacks: the pretty ones print local variables, and those hold secrets.
    finish: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *finish,
            masked,
        ],
    )
