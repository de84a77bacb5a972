"""What Respan, or somebody before it, says is told: as one line, and without a secret."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients.respan_errors import Reader, Reply
from bot.errors import BotError, RespanError

KEY = "aBcD1234.k9Zq0000key"

NESTED: Any = {"message": "deep"}
for _ in range(50):
    NESTED = {"error": NESTED}


def error_of(status: int, body: Any, text: str | None = None, api_key: str = KEY) -> RespanError:
    """Return what an answer becomes: `text` is a body that is no JSON."""
    return Reader(api_key, None).error(Reply(status, {}, body, text), now=0.0)


def words_of(body: Any = None, text: str | None = None) -> str:
    """Return what is told of an answer that says no to a conflict, which means nothing more."""
    return str(error_of(409, body, text)).partition("(409)")[2].removeprefix(": ")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"message": "No.", "type": "invalid_request_error"}}, "No"),
        ({"error": {"message": "No", "code": "too_late", "param": None}}, "No; code: too_late"),
        ({"error": "No"}, "No"),
        ({"detail": "No."}, "No"),
        (
            {"detail": "Invalid", "errors": {"limit": ["too large", "odd"]}},
            "Invalid; limit: too large, odd",
        ),
        ({"limit": ["This field is required."]}, "limit: This field is required"),
        ({"message": "No", "error": "No"}, "No"),
        ({"code": "too_late"}, "code: too_late"),
        ({"type": "too_late"}, "type: too_late"),
        ({"code": 1010}, "code: 1010"),
        ({"ok": False, "retryable": True}, ""),
        (["First", "Second."], "First, Second"),
        ([{"message": "First"}, {"message": "Second"}], "First; Second"),
        (
            {"detail": [{"loc": ["query", "limit"], "msg": "Too large", "type": "x"}]},
            "Too large; loc: query, limit",
        ),
        ({"title": "Gone", "detail": "It is over", "status": 409}, "It is over; Gone"),
        ("No", "No"),
        (None, ""),
        ({}, ""),
        ([], ""),
        (NESTED, ""),
        ({"error": "two\nlines\r\n\x1b[31mred\u202e \u2028end\ud800"}, "two lines [31mred end"),
    ],
)
def test_the_reason_of_json(body: Any, expected: str) -> None:
    """Every form of an error in JSON becomes one printable line with its message first."""
    assert words_of(body) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("error code: 1010", "error code: 1010"),
        ("  Bad\r\nrequest\n", "Bad request"),
        ("", ""),
        ("\ufeff<html><head><title>Just a\nmoment&hellip;</title>", "an HTML page, Just a moment…"),
        ("<!doctype html><p>no", "an HTML page"),
        ("<?xml version='1.0'?><Error><Code>Denied</Code><Message>No</Message>", "Denied No"),
        ("<" * 100_000, "<"),
        ("<title" * 100_000, "<title"),
    ],
)
def test_the_reason_of_a_page_or_a_text(text: str, expected: str) -> None:
    """Of a page it is the title, of a text the text, each on one line and never longer."""
    told = words_of(text=text).partition(". Correct")[0]
    assert told.startswith(expected)
    assert (told == expected) or len(told) == 200


def test_a_long_reason_is_cut() -> None:
    """It keeps 200 characters, the last of which says that there was more."""
    told = words_of({"error": "no " * 1000})
    assert (len(told), told[-1]) == (200, "…")


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        KEY.upper() + KEY,
        f"Bearer {KEY}",
        f"x{KEY}x " * 40,
        "x" * 190 + KEY,
        "Bearer " + "a.b-c_" * 5,
        "the key sk-proj-abc***xyz is wrong",
        "ABCDEFGH.abcdefghijklmnopqrstuvwxyz012345",
        "https://bot:pass@proxy.example",
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_told(text: str, as_json: bool) -> None:
    """Our key, whatever looks like one, and a password in a URL are masked before they are cut."""
    told = words_of({"detail": text}) if as_json else words_of(text=text)
    secrets = (KEY, "a.b-c_", "sk-", "abcdefghijkl", "bot:pass")
    assert not any(secret in told for secret in secrets)
    assert "[mask" in told


def test_ids_are_no_secrets() -> None:
    """A batch's id and a file's stand in the reason as they are."""
    words = f"No such batch: batch_{'0a' * 16} of file-{'0b' * 12}"
    assert words_of({"error": words}) == words


@pytest.mark.parametrize(
    ("key", "words", "expected"),
    [
        ("bot", "the bot may not", "the bot may not"),
        ("bot", "Invalid key: bot", "Invalid key: [masked]"),
        ("bot", 'Invalid key="bot"', 'Invalid key="[masked]"'),
        ("bot", "Bearer bot is unknown", "Bearer [masked] is unknown"),
        ('quo"te\\key', 'no "quo\\"te\\\\key"', 'no "[masked]"'),
        ("a/b+c=defgh", "no ?key=a%2Fb%2Bc%3Ddefgh", "no ?key=[masked]"),
    ],
)
def test_keys_of_every_kind(key: str, words: str, expected: str) -> None:
    """One that may be a word is masked only where a key stands; quotes and escapes hide none."""
    told = str(error_of(409, {"error": words}, api_key=key))
    assert told == f"Respan refused (409): {expected}"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.just(KEY),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("error"), inner),
    max_leaves=20,
)


@given(status=st.integers(300, 599), body=json_values, text=st.none() | st.text())
def test_any_answer_is_one_line_of_ours(status: int, body: Any, text: str | None) -> None:
    """Whatever is answered becomes an error of ours in one printable line without the key."""
    error = error_of(status, body if text is None else None, text)
    assert isinstance(error, BotError)
    assert str(error).isprintable()
    assert len(str(error)) < 500
    assert KEY not in str(error)
