"""No secret stands in a log, whoever logs it and however."""

import asyncio
import json
import logging
from io import BytesIO, StringIO, TextIOWrapper
from typing import Literal

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.telemetry.logs import set_up_logs
from bot.telemetry.masking import MASK

Form = Literal["json", "console"]

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


@pytest.mark.parametrize("form", ["json", "console"])
def test_our_own_words_stay(capsys: pytest.CaptureFixture[str], form: Form) -> None:
    """Events, names of loggers, levels and keys are ours, even where a secret is such a word."""
    set_up_logs("INFO", form, ["bot", "ready", "t", "warning", "the bot is ready", "whenever"])
    structlog.get_logger("bot.app").warning(
        "the bot is ready", whenever="whenever", port=1, url="postgres://bot:bot@h/d"
    )
    said = capsys.readouterr().out
    for words in ("the bot is ready", "bot.app", "warning", "port"):
        assert words in said
    assert "bot:bot" not in said
    if form == "json":
        line = json.loads(said)
        del line["timestamp"]
        assert line == {
            "event_id": "ready",
            "event": "the bot is ready",
            "logger": "bot.app",
            "level": "warning",
            "whenever": MASK,
            "port": 1,
            "url": f"postgres://{MASK}@h/d",
        }
    else:
        assert f"whenever={MASK}" in said


LETTERS_AND_MORE = st.text(
    st.characters(exclude_categories=("C", "Z")), min_size=8, max_size=30
).map(lambda text: f"{text[:4]}\\{text[4:6]}\"'{text[6:]}")


@given(secret=LETTERS_AND_MORE, form=st.sampled_from(["json", "console"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_secret_in_any_position(
    capsys: pytest.CaptureFixture[str], secret: str, form: Form
) -> None:
    """As a value, in a list, in an exception, in a library's message: masked, and JSON is JSON."""
    set_up_logs("DEBUG", form, [secret])
    ours, theirs = structlog.get_logger("bot.x"), logging.getLogger("theirs")
    ours.info(
        "said", a=secret, b=[secret, {"c": f"x{secret}x"}], c=secret.encode(), d=OSError(secret)
    )
    theirs.warning("with %s and %r", secret, {"a": secret})
    structlog.get_logger("theirs").warning(secret)
    try:
        raise ValueError(secret) from KeyError(secret)
    except ValueError:
        ours.exception("failed")
        theirs.exception("failed")
    said = capsys.readouterr().out
    for written in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]):
        assert written not in said
    if form == "json":
        lines = [json.loads(line) for line in said.splitlines()]
        assert [line["event"] for line in lines][::3] == ["said", "failed"]
        assert {"a", "b", "c", "d"} <= set(lines[0])


FORGERIES = [
    "\n",
    "\r\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\x1b[2J\x1b[H",
]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("trick", FORGERIES, ids=repr)
def test_no_line_can_be_forged(capsys: pytest.CaptureFixture[str], trick: str, form: Form) -> None:
    """Each record is one line, whatever a value or a message holds; only a traceback has more."""
    set_up_logs("INFO", form)
    forged = f"x{trick}2026-01-01T00:00:00.000000Z [info     ] forged\u202e"
    ours, theirs = structlog.get_logger("bot"), logging.getLogger("theirs")
    ours.info("said", name=forged, names=[forged], word=f"x{trick}forged")
    theirs.warning("Unhandled request %s", forged)
    try:
        raise ValueError(forged)
    except ValueError:
        ours.exception("failed")
    said = capsys.readouterr().out
    assert not set(said) & set("\r\x0b\x0c\x1b\x1c\x85\u2028\u2029\u202e")
    records = [line for line in said.split("\n") if line and not line.startswith("    ")]
    assert len(records) == 3
    assert not any(line.startswith("2026-01-01") for line in records)


@pytest.mark.parametrize("form", ["json", "console"])
def test_what_cannot_be_masked_is_not_said(capsys: pytest.CaptureFixture[str], form: Form) -> None:
    """The line comes all the same, with our words and without a value."""

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError(SECRETS[1])

    set_up_logs("INFO", form, SECRETS)
    endless: list[object] = []
    endless.append(endless)
    structlog.get_logger("bot.x").error("ours failed", value=Broken(), other=SECRETS[1])
    structlog.get_logger("bot.x").error("ours is endless", value=endless)
    logging.getLogger("theirs").error("%d apples", SECRETS[1])
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert len(lines) == 3
    for line, words in zip(lines, ("ours failed", "ours is endless", "theirs"), strict=True):
        assert words in line
        assert "[could not be masked]" in line
    assert SECRETS[1] not in said.out + said.err
    assert said.err == ""


def test_a_line_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of it is printed elsewhere."""
    handler = set_up_logs("INFO", "console")
    assert isinstance(handler, logging.StreamHandler)
    handler.stream = StringIO()
    handler.stream.close()
    logging.getLogger("theirs").error("a value %s", "of somebody's")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "a log line of theirs could not be written (ValueError)\n")


def test_a_terminal_without_the_characters() -> None:
    """They are written as Python writes them, and the line is not lost."""
    handler = set_up_logs("INFO", "console")
    assert isinstance(handler, logging.StreamHandler)
    written = BytesIO()
    handler.stream = TextIOWrapper(written, "latin-1")
    structlog.get_logger("bot").info("said", name="é☃")
    handler.stream.flush()
    assert "name=é\\u2603" in written.getvalue().decode("latin-1")


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    """Less is said at a higher level."""
    set_up_logs("ERROR", "json")
    structlog.get_logger("bot").warning("not said")
    structlog.get_logger("bot").error("said")
    assert json.loads(capsys.readouterr().out)["event"] == "said"


def test_a_statement_that_is_cut_off_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """At a stop SQLAlchemy's pool calls it an error; any other error of the pool is told."""
    set_up_logs("INFO", "json")
    pool = logging.getLogger("sqlalchemy.pool.impl.AsyncAdaptedQueuePool")
    for error in (asyncio.CancelledError(), OSError("disk")):
        pool.error("Exception during reset or similar", exc_info=error)
    (line,) = capsys.readouterr().out.splitlines()
    assert "OSError: disk" in line
