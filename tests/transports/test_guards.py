"""What a request must be before Bolt sees it."""

import time
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack import SandboxSlack
from bot.transports.guards import refusal_of, verifier_of

SLACK = SandboxSlack()
VERIFIER = verifier_of(SLACK.signing_secret)
BODY = urlencode({"command": "/cancel-batch", "text": "batch_abc123"})
JSON = {"Content-Type": "application/json"}
TYPES = ["application/x-www-form-urlencoded", "application/json"]


def test_a_signed_request_is_let_in() -> None:
    """With a form or a JSON object in it."""
    assert refusal_of(BODY.encode(), SLACK.signed(BODY), VERIFIER) is None
    assert refusal_of(b'{"a": 1}', SLACK.signed('{"a": 1}') | JSON, VERIFIER) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Slack-Signature": ""}, 401),
        ({"X-Slack-Signature": "v0=" + "0" * 64}, 401),
        ({"X-Slack-Signature": "v0=ä"}, 401),
        ({"X-Slack-Signature": "v1=x"}, 401),
        ({"X-Slack-Request-Timestamp": ""}, 401),
        ({"X-Slack-Request-Timestamp": "soon"}, 401),
        ({"X-Slack-Request-Timestamp": "-1"}, 401),
        ({"X-Slack-Request-Timestamp": "1e9"}, 401),
        ({"X-Slack-Request-Timestamp": "\u00b2"}, 401),
        ({"X-Slack-Request-Timestamp": "9" * 13}, 401),
        ({"X-Slack-Request-Timestamp": "9" * 5000}, 401),
    ],
)
def test_forged_headers(headers: dict[str, str], expected: int) -> None:
    """Each is refused before its body is looked at."""
    assert refusal_of(BODY.encode(), SLACK.signed(BODY) | headers, VERIFIER) == expected


@pytest.mark.parametrize("seconds", [-400, -301, 302, 400])
def test_old_and_future_requests(seconds: int) -> None:
    """Five minutes either way, by the signature's own time."""
    headers = SLACK.signed(BODY, int(time.time()) + seconds)
    assert refusal_of(BODY.encode(), headers, VERIFIER) == 401


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("payload=%7Bbroken", {}),
        (urlencode({"payload": "[" * 100_000}), {}),
        ("payload=7", {}),
        ("&".join(["a=1"] * 200), {}),
        ("[]", JSON),
        ("{", JSON),
        ('"text"', JSON),
    ],
)
def test_signed_nonsense(body: str, more: dict[str, str]) -> None:
    """What Slack would never send, though it is signed, is a 400."""
    assert refusal_of(body.encode(), SLACK.signed(body) | more, VERIFIER) == 400


def test_no_text() -> None:
    """A body that is not UTF-8 is a 400."""
    assert refusal_of(b"\xff\xfe", SLACK.signed(BODY), VERIFIER) == 400


@given(st.binary(max_size=200), st.text(max_size=40), st.text(max_size=80))
def test_anything_unsigned_is_refused(body: bytes, timestamp: str, signature: str) -> None:
    """Whatever is sent without the secret is 401 or 400, and never an exception."""
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
    assert refusal_of(body, headers, VERIFIER) in {400, 401}


@given(
    st.text(max_size=300), st.sampled_from(["application/x-www-form-urlencoded", *JSON.values()])
)
def test_anything_signed_is_let_in_or_refused(body: str, content_type: str) -> None:
    """Whatever is signed is let in or a 400, and never an exception."""
    body = body.encode("utf-8", "replace").decode()
    headers = SLACK.signed(body) | {"Content-Type": content_type}
    assert refusal_of(body.encode(), headers, VERIFIER) in {None, 400}
