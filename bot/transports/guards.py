"""What a request must be before Bolt sees it: signed by Slack, fresh, and readable."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from time import time
from typing import assert_never
from urllib.parse import parse_qs

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

_FRESH = 300
_LONGEST_CHECK = 4000
_BAD_REQUEST = web.HTTPBadRequest.status_code
_UNAUTHORIZED = web.HTTPUnauthorized.status_code
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class Reason(Enum):
    """Why a request is refused, as far as that can be proven; the value is its word in metrics."""

    UNSIGNED = "unsigned"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_TIME = "wrong_time"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody may act on a request, and the HTTP status that it gets.

    `late` is how many seconds after its own time a request came, where its signature shows that
    Slack set that time; negative where it came before.
    """

    reason: Reason
    status: int
    late: int = 0

    @property
    def meaning(self) -> str:
        """Return what an administrator can make of it."""
        match self.reason:
            case Reason.UNSIGNED:
                return "it is not from Slack: it carries no signature of Slack's form"
            case Reason.WRONG_SIGNATURE:
                return (
                    "SLACK_SIGNING_SECRET is not this app's (see Basic Information → Signing"
                    " Secret), or a stranger forged the request"
                )
            case Reason.WRONG_TIME:
                return _meaning_of_time(self.late)
            case Reason.UNREADABLE:
                return "its body is not what Slack sends"
            case _:  # pragma: no cover - mypy sees that there is no other
                assert_never(self.reason)


def refusal_of(
    body: bytes, headers: Mapping[str, str], verifier: SignatureVerifier
) -> Refusal | None:
    """Return why nobody may act on a request, None for one that is Slack's.

    Bolt answers 500 to a timestamp that is no number, to a signature that is not ASCII, and to a
    body that is not UTF-8 or no JSON, the last two before it has looked at the signature.
    """
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not signature.isascii():
        return Refusal(Reason.UNSIGNED, _UNAUTHORIZED)
    late = time() - int(timestamp)
    fresh = abs(late) <= _FRESH
    text = _text_of(body)
    if text is None:
        return Refusal(Reason.UNREADABLE, _BAD_REQUEST if fresh else _UNAUTHORIZED)
    if not _SIGNATURE.fullmatch(signature):
        return Refusal(Reason.UNSIGNED, _UNAUTHORIZED)
    # The verifier's own check refuses an old request before it looks at the signature, and so
    # can't tell a clock that is wrong from a stranger.
    right = verifier.generate_signature(timestamp=timestamp, body=text)
    if not hmac.compare_digest(right or "", signature):
        return Refusal(Reason.WRONG_SIGNATURE, _UNAUTHORIZED)
    if not fresh:
        return Refusal(Reason.WRONG_TIME, _UNAUTHORIZED, round(late))
    is_readable = _is_readable(text, headers.get("Content-Type", ""))
    return None if is_readable else Refusal(Reason.UNREADABLE, _BAD_REQUEST)


def is_ssl_check(body: bytes, query: str) -> bool:
    """Return whether a request is Slack's look at the certificate: unsigned, to be answered by 200.

    Source: Slack's documentation of slash commands. Whatever else it holds, nothing is done.
    """
    is_named = b"ssl_check" in body or "ssl_check" in query  # to parse each command costs more
    if len(body) > _LONGEST_CHECK or not is_named:
        return False
    try:
        fields = parse_qs(body.decode(), max_num_fields=100)
        fields |= parse_qs(query, max_num_fields=100)
    except ValueError:
        return False
    return fields.get("ssl_check") == ["1"]


def verifier_of(signing_secret: str) -> SignatureVerifier:
    """Return slack-sdk's maker of signatures."""
    return SignatureVerifier(signing_secret)


def _meaning_of_time(late: int) -> str:
    if late > 0:
        return (
            f"this machine's clock is {late} s ahead of Slack's and must be set (is NTP running?),"
            " or an old request was sent again"
        )
    return f"this machine's clock is {-late} s behind Slack's and must be set (is NTP running?)"


def _text_of(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _is_readable(text: str, content_type: str) -> bool:
    """Return whether the JSON that the body says it carries is an object."""
    try:
        if content_type.startswith("application/json"):
            return isinstance(json.loads(text), dict)
        payloads = parse_qs(text, max_num_fields=100).get("payload", ["{}"])
        return all(isinstance(json.loads(payload), dict) for payload in payloads)
    except (ValueError, RecursionError):
        return False
