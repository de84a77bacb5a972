"""What an answer of Respan's that is no batch means: one of our errors, with Respan's own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from bot.clients.respan_words import is_page, shown, words_of
from bot.errors import (
    BatchNotFound,
    OpenAIKeyMissing,
    PermissionMissing,
    ProviderIdNeeded,
    RespanBlocked,
    RespanError,
    RespanKeyRefused,
    RespanRateLimited,
    RespanRefused,
    RespanUnavailable,
)

_LONGEST_WAIT = 3600.0
_SOME_TROUBLE_OF_THEIRS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
_ABOUT_THE_KEY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

_PROVIDER_ID = re.compile(r"(?i)provider[ _-]?id")
_OPENAI_KEY = re.compile(
    r"(?i)openai[ _-](?:api[ _-])?key|platform\.openai\.com"
    r"|key (?:\w+ )?for (?:the )?(?:provider )?openai"
)
_PERMISSION = re.compile(r"(?i)scope|permission")
_NOT_ALLOWED = re.compile(r"(?i)not (?:been )?(?:authori[sz]ed|allowed|permitted)")
_BUDGET = re.compile(r"(?i)budget|quota|credits?\b|billing|balance|limit")
_CREDENTIALS = re.compile(
    r"(?i)authenticat|authori[sz]ation|unauthori[sz]ed|credential|bearer|\bkey\b|api_?key"
    r"|(?:access|auth|api|invalid|given|expired|missing)[ _-]token"
    r"|\btoken\b.{0,12}(?:invalid|expired|missing|revoked|not valid|required)"
)
_A_FIREWALL_IN_JSON = re.compile(r"(?i)\bray[ _]id\b")
_PATHS = re.compile(r"\S*/\S*")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `text` is the body where it is no JSON, `data` the JSON where it is any.

    `headers` are found whether their names are written in small letters or not.
    """

    status: int
    headers: Mapping[str, str]
    data: object
    text: str | None

    @property
    def words(self) -> str:
        """Return all that the answer says, on one line."""
        return words_of(self.data, self.text)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads answers. It knows the key, so that the key becomes no part of a sentence."""

    api_key: str
    provider_id: str | None

    def because(self, reply: Reply) -> str:
        """Return the end of a sentence: what the answer says, "" where it says nothing."""
        words = shown(reply.words, self.api_key)
        return f": {words}" if words else ""

    def error(self, reply: Reply, now: float) -> RespanError:
        """Return what an answer means that is no success; `now` is the time it came."""
        status, because = reply.status, self.because(reply)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = _wait(reply, now)
            return RespanRateLimited(f"Respan asked for fewer requests (429){because}", wait)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _SOME_TROUBLE_OF_THEIRS:
            return RespanUnavailable(f"Respan is in trouble ({status}){because}")
        if status < HTTPStatus.BAD_REQUEST:
            return RespanRefused(f"Respan answered {status}: RESPAN_BASE_URL may be wrong", status)
        if status == HTTPStatus.NOT_FOUND:
            return _not_found(reply, because)
        return self._no(_kind(reply), status, because)

    def _no(
        self, kind: type[RespanKeyRefused | RespanRefused], status: int, because: str
    ) -> RespanError:
        """Return the definite no: who said it, what it says, and what is to be done about it."""
        what, advice = _SENTENCES[kind]
        if kind is ProviderIdNeeded and self.provider_id is not None:
            advice = f". RESPAN_PROVIDER_ID={self.provider_id} is not what Respan expects"
        sentence = f"{what} ({status}){because}{advice}"
        return kind(sentence, status)


_SENTENCES: dict[type[RespanKeyRefused | RespanRefused], tuple[str, str]] = {
    RespanKeyRefused: (
        "Respan refused the API key",
        ". RESPAN_API_KEY must be a valid API key of Respan",
    ),
    PermissionMissing: (
        "Respan does not let the API key do this",
        ". Give the key in RESPAN_API_KEY, or the OpenAI key in Respan, the permission",
    ),
    RespanBlocked: (
        "Something between this app and Respan refused the request",
        ". Correct RESPAN_BASE_URL, or let the firewall or proxy before it pass this app",
    ),
    OpenAIKeyMissing: (
        "Respan refused",
        ". Set a valid OpenAI key in Respan under Settings → Providers",
    ),
    ProviderIdNeeded: ("Respan refused", ". Set RESPAN_PROVIDER_ID=openai"),
    RespanRefused: ("Respan refused", ""),
}


def _kind(reply: Reply) -> type[RespanKeyRefused | RespanRefused]:
    """Return which definite no an answer is; the key is blamed only where the answer does."""
    words, about_the_key = reply.words, reply.status in _ABOUT_THE_KEY
    if is_page(reply.text) or _A_FIREWALL_IN_JSON.search(words):
        return RespanBlocked
    if about_the_key:
        return _kind_about_the_key(reply, words)
    if _PROVIDER_ID.search(words):
        return ProviderIdNeeded
    if _OPENAI_KEY.search(words):
        return OpenAIKeyMissing
    return RespanBlocked if reply.text and words else RespanRefused


def _kind_about_the_key(reply: Reply, words: str) -> type[RespanKeyRefused | RespanRefused]:
    """Return which no a 401 or 403 is: of the key, of its permissions, or of something else."""
    challenge, is_json = reply.headers.get("www-authenticate", ""), reply.text is None
    if _PERMISSION.search(words + challenge) or (is_json and _NOT_ALLOWED.search(words)):
        return PermissionMissing
    if _OPENAI_KEY.search(words):
        return OpenAIKeyMissing
    if _BUDGET.search(words):
        return RespanRefused
    is_bare = reply.status == HTTPStatus.UNAUTHORIZED and (
        not words or (is_json and bool(challenge))
    )
    if is_bare or _CREDENTIALS.search(words):
        return RespanKeyRefused
    return RespanBlocked if reply.text and words else RespanRefused


def _not_found(reply: Reply, because: str) -> RespanError:
    """Return what a 404 means: the batch is unknown, or this is not Respan's API at all."""
    if not isinstance(reply.data, dict):
        words = f"Respan refused (404){because}. RESPAN_BASE_URL may be wrong"
        return RespanRefused(words, HTTPStatus.NOT_FOUND)
    names_batch = "batch" in _PATHS.sub("", reply.words).lower()
    return BatchNotFound(f"Respan knows no such batch (404){because}", names_batch=names_batch)


def _wait(reply: Reply, now: float) -> float | None:
    """Return the longer of the header's and the body's waiting time, in seconds."""
    body = reply.data.get("retry_after") if isinstance(reply.data, dict) else None
    header = reply.headers.get("retry-after")
    waits = [_seconds(body), _seconds(header) or _until(header, now)]
    return max((wait for wait in waits if wait is not None), default=None)


def _until(date: str | None, now: float) -> float | None:
    """Return the seconds from now until an HTTP date."""
    try:
        until = parsedate_to_datetime(date or "").timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return min(max(0.0, until - now), _LONGEST_WAIT)


def _seconds(value: object) -> float | None:
    """Return a waiting time of 0 to 3600 seconds; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), _LONGEST_WAIT) if seconds == seconds else None  # noqa: PLR0124 - not a number
