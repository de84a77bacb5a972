"""What people type after the command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command import CancelBatch, NoBatchId, Usage, read_argument


@pytest.mark.parametrize(
    "text",
    [
        "batch_abc123",
        "  batch_abc123\n",
        "`batch_abc123`",
        "```batch_abc123```",
        '"batch_abc123"',
        "'batch_abc123'",
        "\u201cbatch_abc123\u201d",
        "\u2018batch_abc123\u2019",
        "<batch_abc123>",
        "\u00a0batch_abc123\u200b",
        "\tbatch_abc123\r",
    ],
)
def test_pasted_ids_are_understood(text: str) -> None:
    """An id comes with quotes, code marks, brackets and spaces around it."""
    assert read_argument(text) == CancelBatch("batch_abc123")


@pytest.mark.parametrize("text", [None, "", "   ", "help", "HELP", " `help` "])
def test_usage(text: str | None) -> None:
    """Nothing and `help` ask how it is used."""
    assert read_argument(text) == Usage()


@pytest.mark.parametrize(
    "text",
    [
        "batch_",
        "batch_" + "a" * 129,
        "Batch_abc",
        "batch-abc",
        "xbatch_abc",
        "Xbatch_abcX",
        "batch_abc batch_def",
        "batch_äöü",
        "batch_\u0661",
        "batch_abc/cancel",
        "batch_../files",
        "batch_abc?x=1",
        "batch_a\u202eb",
        "helpme",
        "<!channel>",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    """Only ASCII letters, digits, _ and - make an id, at most 128 of them."""
    assert read_argument(text) == NoBatchId()


@given(st.from_regex(r"batch_[A-Za-z0-9_-]{1,128}", fullmatch=True))
def test_every_real_id_is_one(batch_id: str) -> None:
    """Every id of the right form is taken as it is."""
    assert read_argument(batch_id) == CancelBatch(batch_id)


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """Whatever is typed becomes one of three things, and only safe ids come out."""
    asked = read_argument(text)
    if isinstance(asked, CancelBatch):
        rest = asked.batch_id.removeprefix("batch_").replace("_", "").replace("-", "")
        assert asked.batch_id.isascii()
        assert rest == "" or rest.isalnum()
