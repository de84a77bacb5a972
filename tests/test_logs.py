"""No secret stands in a log, whoever logs it and however."""

import json
import logging

import pytest
import structlog

from bot.logs import MASK, Masker, set_up_logs

SECRETS = ["xoxb-12-ab", "k3y/with+odd=chars", "p4ss word"]


@pytest.fixture(autouse=True)
def _as_before() -> object:
    """Leave the logs as they were found."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)


@pytest.mark.parametrize(
    "text",
    [
        "token xoxb-12-ab",
        "k3y/with+odd=chars",
        "in a URL: k3y%2Fwith%2Bodd%3Dchars",
        "postgresql://bot:p4ss%20word@host/db",
        "another xoxp-999-abc or xapp-1-A-2-b",
        "Authorization: Bearer abc.def-123",
        "https://hooks.slack.com/commands/T1/2/secret",
        "http://127.0.0.1:9/response/T0/secret",
        '{"response_url": "https://x/actions/T1/2/secret"}',
        "wss://wss-primary.slack.com/link/?ticket=secret",
        "postgres://user:unknown-password@host/db",
    ],
)
def test_masking(text: str) -> None:
    """Known secrets go, and whatever looks like one."""
    masked = Masker(SECRETS).mask(text)
    parts = ["xoxb-12", "k3y", "p4ss", "999-abc", "1-A-2", "abc.def", "T1/2", "T0/secret"]
    for secret in [*parts, "ticket", "unknown-password"]:
        assert secret not in masked
    assert MASK in masked


def test_what_is_no_secret_stays() -> None:
    """An id is needed in a log."""
    text = "batch_abc123 of U0ANA at https://api.respan.ai/api/v1/batches/batch_abc123/"
    assert Masker([]).mask(text) == text


@pytest.mark.parametrize("form", ["json", "console"])
def test_every_line_is_masked(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Ours, a library's, and the traceback of an exception that carries a secret."""
    set_up_logs("DEBUG", "json" if form == "json" else "console", SECRETS)
    structlog.get_logger("bot").warning("it failed", header="Bearer abcdef", key=SECRETS[1])
    logging.getLogger("library").error("posting to %s", "https://hooks.slack.com/actions/T/1/x")
    try:
        password = SECRETS[2]
        raise ValueError(f"with {SECRETS[0]}")
    except ValueError:
        structlog.get_logger("bot").exception("an error")
    said = capsys.readouterr().out
    for secret in [*SECRETS, "abcdef", "hooks.slack.com", password]:
        assert secret not in said
    assert "ValueError" in said
    lines = said.strip().splitlines()
    if form == "json":
        assert [json.loads(line)["level"] for line in lines] == ["warning", "error", "error"]


def test_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """What they log about requests at DEBUG would hold headers."""
    set_up_logs("DEBUG", "json")
    logging.getLogger("slack_sdk.web").debug("Sending a request with headers …")
    logging.getLogger("httpx").info("HTTP Request: GET …")
    assert capsys.readouterr().out == ""


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    """Less is said at a higher level."""
    set_up_logs("ERROR", "json")
    structlog.get_logger("bot").warning("not said")
    structlog.get_logger("bot").error("said")
    assert json.loads(capsys.readouterr().out)["event"] == "said"
