"""What the HTTP server's library logs of its peers: a few lines a minute, however many they are."""

import logging

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from bot.telemetry.repeats import Repeats

log = structlog.get_logger(__name__)

_THEIRS = (HttpProcessingError, ConnectionError)
"""What a stranger can cause by what is sent, or by hanging up."""


class PeerLog(logging.Logger):
    """Takes what aiohttp says of requests that fail before or beside our own code.

    aiohttp logs a traceback for each request that is no HTTP, and anybody can send a thousand.
    """

    def __init__(self, repeats: Repeats) -> None:
        """Begin with nothing said."""
        super().__init__("aiohttp.server", logging.WARNING)
        self._repeats = repeats

    def handle(self, record: logging.LogRecord) -> None:
        """Say it at once or with its count."""
        error = record.exc_info[1] if record.exc_info else None
        kind, said = type(error).__name__, record.getMessage()
        if isinstance(error, _THEIRS):
            event = "a request could not be read"
            self._repeats.say(kind, log.warning, event, trouble=kind, detail=said)
        else:
            event = "the HTTP server failed at a request"
            self._repeats.say(kind, log.error, event, exc_info=error, detail=said)
