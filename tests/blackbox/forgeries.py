"""What somebody without the signing secret may send to `/slack/events`, and a few slips besides."""

import gzip
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from multidict import CIMultiDict

from bot.sandbox.slack.server import SandboxSlack

SIGNATURE, TIMESTAMP = "X-Slack-Signature", "X-Slack-Request-Timestamp"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Forgery:
    """One request, and the statuses that it may be answered with."""

    body: bytes
    headers: Mapping[str, str]
    expected: set[int]
    method: str = "POST"
    path: str = "/slack/events"


def genuine_command(slack: SandboxSlack, text: str = "batch_abc123") -> str:
    """Return the body of a command that asks, once it is signed as Slack signs."""
    return urlencode(
        {
            "command": "/cancel-batch",
            "text": text,
            "user_id": "U0ANA",
            "channel_id": "C0BATCHES",
            "team_id": "T0SANDBOX",
            "response_url": slack.url + slack.urls.new("U0ANA", "C0BATCHES"),
        }
    )


def forgeries(slack: SandboxSlack) -> dict[str, Forgery]:
    """Return every one by its name."""
    body = genuine_command(slack)
    return {
        **_wrong_signatures(slack, body),
        **_wrong_times(slack, body),
        **_doubled_headers(slack, body),
        **_other_forms(slack, body),
        **_signed_nonsense(slack),
        **_other_doors(slack, body),
    }


def _wrong_signatures(slack: SandboxSlack, body: str) -> dict[str, Forgery]:
    good = slack.signed(body)
    digest = good[SIGNATURE].removeprefix("v0=")
    wrong = {
        "zeros": "v0=" + "0" * 64,
        "another secret's": _signed(body, good[TIMESTAMP], "not-the-secret"),
        "an empty secret's": _signed(body, good[TIMESTAMP], ""),
        "another body's": slack.signed(body + "&a=b")[SIGNATURE],
        "another time's": slack.signed(body, int(good[TIMESTAMP]) - 1)[SIGNATURE],
        "of version 1": "v1=" + digest,
        "of version V0": "V0=" + digest,
        "without a version": digest,
        "in capitals": "v0=" + digest.upper(),
        "with a space in it": "v0= " + digest,
        "with a tab in it": digest[:10] + "\t" + digest[10:],
        "cut short": "v0=" + digest[:-1],
        "with a tail": "v0=" + digest + "0",
        "given twice in one": f"v0={digest},v0={digest}",
        "nothing but a version": "v0=",
        "empty": "",
        "not ASCII": "v0=ä",
    }
    cases = {
        f"signature {name}": Forgery(body.encode(), good | {SIGNATURE: value}, {401})
        for name, value in wrong.items()
    }
    without = {name: value for name, value in good.items() if name != SIGNATURE}
    changed = body.replace("abc", "xyz").encode()
    return cases | {
        "no header at all": Forgery(body.encode(), {}, {401}),
        "no signature": Forgery(body.encode(), without, {401}),
        "a changed body": Forgery(changed, good, {401}),
        "an emptied body": Forgery(b"", good, {401}),
        "a longer body": Forgery(body.encode() + b"&channel_id=C0GENERAL", good, {401}),
    }


def _wrong_times(slack: SandboxSlack, body: str) -> dict[str, Forgery]:
    """Return requests at odd times; each is signed for the time that it names."""
    now = int(time.time())
    wrong = {
        "stale": str(now - 400),
        "just too old": str(now - 302),
        "in the future": str(now + 400),
        "with a plus": f"+{now}",
        "with a minus": f"-{now}",
        "with a space": f"{str(now)[:5]} {str(now)[5:]}",
        "with a fraction": f"{now}.0",
        "with an exponent": f"{now}e0",
        "with underscores": f"{now:_}",
        "with commas": f"{now:,}",
        "in hexadecimal": hex(now),
        "in milliseconds": str(now * 1000),
        "in words": "soon",
        "not a number": "NaN",
        "endless": "9" * 400,
        "empty": "",
        "in other digits": "²",
        "in Arabic digits": "".join(chr(0x660 + int(digit)) for digit in str(now)),
    }
    cases = {
        f"time {name}": Forgery(
            body.encode(),
            slack.signed(body) | {TIMESTAMP: stamp, SIGNATURE: _signed(body, stamp, secret)},
            {401},
        )
        for name, stamp in wrong.items()
        for secret in [slack.signing_secret]
    }
    without = {name: value for name, value in slack.signed(body).items() if name != TIMESTAMP}
    later = slack.signed(body) | {TIMESTAMP: str(now + 2)}
    return cases | {
        "no time": Forgery(body.encode(), without, {401}),
        "a fresher time on an old signature": Forgery(body.encode(), later, {401}),
    }


def _doubled_headers(slack: SandboxSlack, body: str) -> dict[str, Forgery]:
    """Return requests that say one thing to the guard and another to whoever reads after it."""
    good, fake = slack.signed(body), "v0=" + "0" * 64
    old = str(int(good[TIMESTAMP]) - 400)
    changed = body.replace("abc", "xyz").encode()
    pairs = {
        "a false signature before the true one": ((SIGNATURE, fake), (SIGNATURE, good[SIGNATURE])),
        "a false signature behind the true one": ((SIGNATURE, good[SIGNATURE]), (SIGNATURE, fake)),
        "an old time before the true one": ((TIMESTAMP, old), (TIMESTAMP, good[TIMESTAMP])),
        "an old time behind the true one": ((TIMESTAMP, good[TIMESTAMP]), (TIMESTAMP, old)),
    }
    cases = {}
    for name, pair in pairs.items():
        rest = [(key, value) for key, value in good.items() if key != pair[0][0]]
        cases[name] = Forgery(body.encode(), CIMultiDict([*rest, *pair]), {401})
    both = [(name, value) for name, value in good.items() if name != "Content-Type"]
    twice = CIMultiDict([*both, *both])
    return cases | {"a changed body, signed twice": Forgery(changed, twice, {401})}


def _other_forms(slack: SandboxSlack, body: str) -> dict[str, Forgery]:
    """Return other content types and encodings, unsigned, or signed over something else."""
    raw, good = body.encode(), slack.signed(body)
    packed, bomb = gzip.compress(raw), gzip.compress(b"x" * (4 << 20))
    types = ("application/json", "text/plain", "multipart/form-data; boundary=x", "image/png", "")
    unsigned = {
        f"unsigned {kind or 'without a type'}": Forgery(raw, {"Content-Type": kind}, {401})
        for kind in types
    }
    squeezed = {"Content-Encoding": "gzip"}
    return unsigned | {
        "a form that calls itself JSON": Forgery(raw, good | JSON, {400}),
        "gzip, unsigned": Forgery(packed, squeezed, {401}),
        "gzip, not said": Forgery(packed, good, {400}),
        "gzip of what was signed": Forgery(packed, good | squeezed, {400}),
        "no gzip, though it says so": Forgery(raw, squeezed, {401}),
        "gzip that would grow": Forgery(bomb, good | squeezed, {400}),
        "not UTF-8": Forgery(b"text=\xff\xfe", good, {400}),
        "too long": Forgery(b"x" * (2 << 20), good, {413}),
        "unsigned ssl_check": Forgery(b"ssl_check=1&token=x", {}, {200}),
        "unsigned url_verification": Forgery(
            b'{"type":"url_verification","challenge":"x"}', JSON, {401}
        ),
        "as if it came by Socket Mode": Forgery(raw, {"X-Envelope-Id": "e1"}, {401}),
    }


def _signed_nonsense(slack: SandboxSlack) -> dict[str, Forgery]:
    """Return what Slack would never send, signed all the same."""
    form = {
        "broken JSON": "payload=%7Bbroken",
        "deep JSON": urlencode({"payload": "[" * 100_000}),
        "a payload that is a list": "payload=%5B%5D",
        "a payload that is a number": "payload=7",
        "a great many fields": "&".join(["a=1"] * 200),
        "odd inner types": urlencode({"payload": '{"authorizations": 7, "enterprise": 7}'}),
    }
    plain = {"a JSON list": "[]", "a JSON text": '"x"', "half of a JSON object": '{"a":'}
    forms = {name: Forgery(body.encode(), slack.signed(body), {400}) for name, body in form.items()}
    return forms | {
        name: Forgery(body.encode(), slack.signed(body) | JSON, {400})
        for name, body in plain.items()
    }


def _other_doors(slack: SandboxSlack, body: str) -> dict[str, Forgery]:
    """Return the right request at the wrong door; what it carries is signed."""
    raw, good = body.encode(), slack.signed(body)
    methods = ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
    by_method = {name: Forgery(raw, good, {405}, method=name) for name in methods}
    paths = ("/", "/slack/events/", "/slack/Events", "/slack/install", "/healthz")
    by_path = {f"to {path}": Forgery(raw, good, {404, 405}, path=path) for path in paths}
    return by_method | by_path


def _signed(body: str, stamp: str, secret: str) -> str:
    """Return the signature that a secret gives to a body at whatever calls itself a time."""
    base = f"v0:{stamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
