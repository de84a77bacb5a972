"""What a request must be before Bolt sees it: signed by Slack, fresh, and readable."""

import json
from collections.abc import Mapping
from time import time
from urllib.parse import parse_qs

from aiohttp import web
from slack_sdk.signature import Clock, SignatureVerifier

_FRESH = 300


def refusal_of(body: bytes, headers: Mapping[str, str], verifier: SignatureVerifier) -> int | None:
    """Return 401 or 400 for a request that nobody may act on, None for one that is Slack's.

    Bolt answers 500 to a timestamp that is no number, to a signature that is not ASCII, and to a
    body that is not UTF-8 or no JSON, the last two before it has looked at the signature.
    """
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):  # noqa: PLR2004 - digits
        return web.HTTPUnauthorized.status_code
    if not signature.isascii() or abs(time() - int(timestamp)) > _FRESH:
        return web.HTTPUnauthorized.status_code
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return web.HTTPBadRequest.status_code
    if not verifier.is_valid(text, timestamp, signature):
        return web.HTTPUnauthorized.status_code
    return None if _is_readable(text, headers.get("Content-Type", "")) else 400


def _is_readable(text: str, content_type: str) -> bool:
    """Return whether the JSON that the body says it carries is an object."""
    try:
        if content_type.startswith("application/json"):
            return isinstance(json.loads(text), dict)
        payloads = parse_qs(text, max_num_fields=100).get("payload", ["{}"])
        return all(isinstance(json.loads(payload), dict) for payload in payloads)
    except (ValueError, RecursionError):
        return False


def verifier_of(signing_secret: str) -> SignatureVerifier:
    """Return slack-sdk's check of signatures, by the clock that Slack's timestamps are made by."""
    return SignatureVerifier(signing_secret, Clock())
