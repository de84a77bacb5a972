"""What a request must be before Bolt sees it."""

import time
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.server import SandboxSlack
from bot.transports.guards import Reason, is_ssl_check, refusal_of, verifier_of

SLACK = SandboxSlack()
VERIFIER = verifier_of(SLACK.signing_secret)
FOREIGN = verifier_of("another-secret")
BODY = urlencode({"command": "/cancel-batch", "text": "batch_abc123"})
JSON = {"Content-Type": "application/json"}
TYPES = ["application/x-www-form-urlencoded", "application/json"]


def status_of(body: bytes, headers: dict[str, str]) -> int | None:
    refusal = refusal_of(body, headers, VERIFIER)
    return None if refusal is None else refusal.status


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
    assert status_of(BODY.encode(), SLACK.signed(BODY) | headers) == expected


@pytest.mark.parametrize("seconds", [-400, -301, 302, 400])
def test_old_and_future_requests(seconds: int) -> None:
    """Five minutes either way, by the signature's own time."""
    headers = SLACK.signed(BODY, int(time.time()) + seconds)
    assert status_of(BODY.encode(), headers) == 401


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
    assert status_of(body.encode(), SLACK.signed(body) | more) == 400


def test_no_text() -> None:
    """A body that is not UTF-8 is a 400."""
    assert status_of(b"\xff\xfe", SLACK.signed(BODY)) == 400


NOW = str(int(time.time()))
SIGNED = SLACK.signed(BODY)


def signed_at(seconds: int) -> dict[str, str]:
    return SLACK.signed(BODY, int(time.time()) + seconds)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Reason.UNSIGNED),
        ({"X-Slack-Request-Timestamp": NOW}, Reason.UNSIGNED),
        ({"X-Slack-Signature": SIGNED["X-Slack-Signature"]}, Reason.UNSIGNED),
        (SIGNED | {"X-Slack-Signature": "v0=x"}, Reason.UNSIGNED),
        (SIGNED | {"X-Slack-Signature": "v0=\u0661" + "0" * 63}, Reason.UNSIGNED),
        (SIGNED | {"X-Slack-Signature": "v0=" + "0" * 64}, Reason.WRONG_SIGNATURE),
        (signed_at(-400) | {"X-Slack-Signature": "v0=" + "0" * 64}, Reason.WRONG_SIGNATURE),
    ],
)
def test_who_did_not_sign(headers: dict[str, str], expected: Reason) -> None:
    """A stranger without a signature is told from a wrong one, whatever its time is."""
    refusal = refusal_of(BODY.encode(), headers, VERIFIER)
    assert refusal is not None
    assert (refusal.reason, refusal.status) == (expected, 401)


def test_the_secret_of_another_app() -> None:
    """The sentence names the setting and where the right value is."""
    refusal = refusal_of(BODY.encode(), SLACK.signed(BODY), FOREIGN)
    assert refusal is not None
    assert refusal.reason is Reason.WRONG_SIGNATURE
    assert "SLACK_SIGNING_SECRET is not this app's" in refusal.meaning
    assert "Basic Information" in refusal.meaning


@pytest.mark.parametrize(
    ("late", "meaning"),
    [(420, "clock is 420 s ahead of Slack's"), (-7200, "clock is 7200 s behind Slack's")],
)
def test_a_wrong_clock(late: int, meaning: str) -> None:
    """Where the signature is right only the time is wrong, and the sentence says by how much."""
    refusal = refusal_of(BODY.encode(), signed_at(-late), VERIFIER)
    assert refusal is not None
    assert (refusal.reason, refusal.status) == (Reason.WRONG_TIME, 401)
    assert abs(refusal.late - late) <= 1
    assert meaning in replace(refusal, late=late).meaning
    assert ("sent again" in refusal.meaning) == (late > 0)


def test_a_signed_body_that_is_not_slacks() -> None:
    """The secret is right, so no sentence about it."""
    refusal = refusal_of(b"[]", SLACK.signed("[]") | JSON, VERIFIER)
    assert refusal is not None
    assert refusal.reason is Reason.UNREADABLE
    assert "body" in refusal.meaning


@given(st.binary(max_size=200), st.text(max_size=40), st.text(max_size=80))
def test_anything_unsigned_is_refused(body: bytes, timestamp: str, signature: str) -> None:
    """Whatever is sent without the secret is 401 or 400, and never an exception."""
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
    assert status_of(body, headers) in {400, 401}


@given(
    st.text(max_size=300), st.sampled_from(["application/x-www-form-urlencoded", *JSON.values()])
)
def test_anything_signed_is_let_in_or_refused(body: str, content_type: str) -> None:
    """Whatever is signed is let in or a 400, and never an exception."""
    body = body.encode("utf-8", "replace").decode()
    headers = SLACK.signed(body) | {"Content-Type": content_type}
    assert status_of(body.encode(), headers) in {None, 400}


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        (b"ssl_check=1", "", True),
        (b"token=abc&ssl_check=1", "", True),
        (b"", "ssl_check=1&token=abc", True),
        (b"ssl_check=0", "", False),
        (b"ssl_check=1&ssl_check=2", "", False),
        (b"text=ssl_check=1", "", False),
        (b'{"ssl_check": 1}', "", False),
        (b"\xff=1&ssl_check=1", "", False),
        (b"a=" + b"x" * 5000 + b"&ssl_check=1", "", False),
        (b"&".join(b"a=1" for _ in range(200)) + b"&ssl_check=1", "", False),
        (b"", "", False),
    ],
)
def test_slacks_look_at_the_certificate(body: bytes, query: str, expected: bool) -> None:
    """A form or a query that says so, and nothing that only looks like it."""
    assert is_ssl_check(body, query) is expected
