"""Secrets are found however they are written, and ordinary words are let alone."""

import json
from base64 import b64encode
from collections.abc import Callable
from html import escape
from time import monotonic
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telemetry.masking import MASK, Masker, printable

SECRETS = ["xoxb-12-ab", "k3y/with+odd=chars", "p4ss word"]


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


@pytest.mark.parametrize(
    "text",
    [
        "the bot is ready",
        "key=both, and a robot",
        "Basic Information → Signing Secret",
        "token batch_abc123 of the bot: x",
        "RESPAN_API_KEY: no",
        "password [masked]",
    ],
)
def test_words_stay(text: str) -> None:
    """A secret of a few letters is no reason to mask the words that have them."""
    assert Masker(["bot", "o", "x-y"]).mask(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://bot:bot@h/d", "postgres://[masked]@h/d"),
        ("postgres://bot:b/t@h/d", "postgres://[masked]@h/d"),
        ("postgres://bot:p@ss@h/d", "postgres://[masked]@h/d"),
        ("Bearer bot", "Bearer [masked]"),
        ("bearer b/t", "bearer [masked]"),
        ("?password=bot&user=bot", "?password=[masked]&user=bot"),
        ("host=bot password=bot", "host=bot password=[masked]"),
        ("host=bot password='b/t'", "host=bot password=[masked]"),
        ("token: bot, bots", "token: [masked], bots"),
        ("api_key = bot", "api_key = [masked]"),
        ('{"password": "bot", "name": "bot"}', '{"password": "[masked]", "name": "bot"}'),
        ('{\\"key\\": \\"b/t\\"}', '{\\"key\\": \\"[masked]\\"}'),
        ("{'secret': 'bot'}", "{'secret': '[masked]'}"),
        ("pwd=unknown", "pwd=[masked]"),
        ('"password": "un\\"known", "a": 1', '"password": "[masked]", "a": 1'),
        ("Authorization: Basic " + b64encode(b"bot:x").decode(), "Authorization: Basic [masked]"),
    ],
)
def test_a_short_secret_is_masked_where_a_credential_stands(text: str, expected: str) -> None:
    """In a URL, a header, a connection string and JSON, and nowhere else."""
    assert Masker(["bot", "b/t"]).mask(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres", MASK),
        ("(postgres)", f"({MASK})"),
        ("postgresql and mypostgres stay", "postgresql and mypostgres stay"),
        ("my_postgres", f"my_{MASK}"),
        ("a\\npostgres", f"a\\n{MASK}"),
        ("%3Dpostgres", f"%3D{MASK}"),
        ("\\x1bpostgres \\u2028postgres", f"\\x1b{MASK} \\u2028{MASK}"),
    ],
)
def test_an_everyday_word_of_eight_letters(text: str, expected: str) -> None:
    """It is masked as a word, and not as a part of a longer one."""
    assert Masker(["postgres"]).mask(text) == expected


def test_a_short_secret_that_is_no_word() -> None:
    """It has other characters than letters and digits, so it is masked anywhere."""
    assert Masker(["p@ss"]).mask("refused p@ss") == f"refused {MASK}"


def test_a_long_secret_is_masked_inside_a_word_too() -> None:
    """No everyday word is that long."""
    assert Masker(["abcdefgh12345678"]).mask("xabcdefgh12345678x") == f"x{MASK}x"


WRITTEN: dict[str, Callable[[str], str]] = {
    "raw": str,
    "in JSON": json.dumps,
    "in JSON as it is": lambda secret: json.dumps(secret, ensure_ascii=False),
    "in JSON twice": lambda secret: json.dumps(json.dumps(secret)),
    "in JSON for HTML": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "by repr": repr,
    "by repr twice": lambda secret: repr(repr(secret)),
    "by repr with both quotes": lambda secret: repr("'\"" + secret),
    "by ascii": ascii,
    "in a URL": lambda secret: quote(secret, safe=""),
    "in a path": quote,
    "in a form": quote_plus,
    "in a URL twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in HTML": escape,
}
PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=8, max_size=30)
ODD = st.text(st.sampled_from("\"'\\/ <&%é☃😀a1"), min_size=8, max_size=20)


@pytest.mark.parametrize("name", WRITTEN)
@given(secret=st.one_of(PRINTABLE, ODD))
def test_however_it_is_written(name: str, secret: str) -> None:
    """Nothing of a secret of eight characters or more is left in any writing of it."""
    written = WRITTEN[name](secret)
    masked = Masker([secret]).mask(f"it is {written}, they say")
    assert MASK in masked
    rest = masked.removeprefix("it is ").removesuffix(", they say").replace(MASK, "")
    assert set(rest) <= set("\\\"'[]")


@given(st.recursive(st.text() | st.binary() | st.integers() | st.floats(), st.lists))
def test_anything_is_cleaned_to_what_json_knows(value: Any) -> None:
    """Whatever is logged can be printed."""
    json.dumps(Masker(SECRETS).clean(value), allow_nan=False)


def test_values_are_cleaned_and_keys_stay() -> None:
    """However deep, of whatever type, a name that is a secret's too."""

    class Odd:
        def __repr__(self) -> str:
            return "<Odd with k3y/with+odd=chars>"

    value = {
        "xoxb-12-ab": [b"p4ss word", ("xoxb-12-ab", 7)],
        "error": ValueError("k3y/with+odd=chars"),
        "odd": Odd(),
        ("p4ss word",): None,
        "password": "unknown",
        "token": "bot",
        "name": "bot",
    }
    assert Masker([*SECRETS, "bot"]).clean(value) == {
        "xoxb-12-ab": [MASK, [MASK, 7]],
        "error": f"ValueError('{MASK}')",
        "odd": f"<Odd with {MASK}>",
        f"('{MASK}',)": None,
        "password": MASK,
        "token": MASK,
        "name": "bot",
    }


@pytest.mark.parametrize(
    "text",
    [
        "\\" * 100_000,
        "'\"" * 50_000,
        "://a:" * 20_000,
        "password=" * 10_000,
        "password'" * 10_000,
        "q" * 100_000,
    ],
    ids=lambda text: text[:9],
)
def test_long_texts_take_no_long_time(text: str) -> None:
    """A stranger's text keeps nobody waiting."""
    masker = Masker(["q\"\\'/ \\\\x", "bot", "postgres"])
    started = monotonic()
    masker.mask(text)
    assert monotonic() - started < 2


@given(st.text())
def test_printable(text: str) -> None:
    """One line, no control characters, and the ordinary ones as they were."""
    line = printable(text)
    assert line.isprintable()
    assert printable(line) == line
    kept = iter(line)
    assert all(c in kept for c in text if c.isprintable())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[2J\x9b", "\\x1b[2J\\x9b"),
        ("\u2028\u202e\u200b", "\\u2028\\u202e\\u200b"),
        ("\ud800", "\\ud800"),
        ("é☃😀 \\n", "é☃😀 \\n"),
    ],
)
def test_how_control_characters_are_written(text: str, expected: str) -> None:
    """As Python writes them."""
    assert printable(text) == expected
