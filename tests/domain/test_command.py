"""What people type after the command."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command import (
    LONGEST_FILTER,
    CancelBatches,
    LookAtBatches,
    NoBatchId,
    PickBatches,
    ShowHistory,
    TooManyBatches,
    Usage,
    batch_ids,
    filter_words,
    is_batch_id,
    read_argument,
    read_filter,
)


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
        "batch_abc123.",
        "batch_abc123,",
        "batch_abc123!",
        "batch_abc123...",
        "batch_abc123\u2026",
        "(batch_abc123)",
        "[batch_abc123]",
        "*batch_abc123*",
        "_batch_abc123_",
        "__batch_abc123__",
        "~batch_abc123~",
        "-batch_abc123",
        "_-batch_abc123-_",
        "batch_abc123" + " " * 9000,
        "--batch_abc123",
        "\u2022 batch_abc123",
        "id=batch_abc123",
        "id:batch_abc123",
        '"batch_abc123",',
        '{"id": "batch_abc123"}',
        "batch_abc123 please",
        "please cancel batch_abc123 now, it is wrong",
        "batch_abc123 batch_abc123",
        "https://platform.openai.com/batches/batch_abc123",
        "https://platform.openai.com/batches/batch_abc123?tab=output#top",
        "https://example.com/?id=batch_abc123&x=1",
        "https://example.com/?next=%2Fbatches%2Fbatch_abc123%2Fcancel",
        "<https://example.com/batches/batch_abc123>",
        "<https://example.com/batches/batch_abc123|example.com/batches/batch_abc123>",
        "<https://example.com/batches/batch_abc123|example.com/batches/batch_ab>",
        "<https://example.com/batches/batch_abc123|my batch>",
        "<https://example.com/batches|batch_abc123>",
        "batch_abc123/cancel",
        "batch_abc123.jsonl",
        "\ufeffbatch_abc123",
        "\u2060batch_abc123\u2060",
        "\u202fbatch_abc123\u202f",
        "\u3000batch_abc123\u3000",
        "batch_abc123\u3002",
        "\u00abbatch_abc123\u00bb",
        "\u2068batch_abc123\u2069",
    ],
)
def test_pasted_ids_are_understood(text: str) -> None:
    """An id is found whatever was copied along with it; the same one twice is one."""
    assert read_argument(text) == CancelBatches(("batch_abc123",))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("batch_abc batch_def", ("batch_abc", "batch_def")),
        ("batch_abc,batch_def;batch_abc\nbatch_g-h", ("batch_abc", "batch_def", "batch_g-h")),
        ('["batch_b", "batch_a"]', ("batch_b", "batch_a")),
        ("<https://x.test/batch_abc|x> <https://x.test/batch_d|x>", ("batch_abc", "batch_d")),
        ("batch_abc help batch_abC", ("batch_abc", "batch_abC")),
    ],
)
def test_several_ids_are_all_found(text: str, ids: tuple[str, ...]) -> None:
    """Different ones stay in their order."""
    assert read_argument(text) == CancelBatches(ids)


@pytest.mark.parametrize("separator", [" ", ",", "\n", ", ", "; ", "\t\n"])
def test_twenty_at_most(separator: str) -> None:
    """What stands twice counts once; one more than twenty is too many."""
    ids = tuple(f"batch_{n}" for n in range(20))
    assert read_argument(separator.join((*ids, *ids))) == CancelBatches(ids)
    assert read_argument(separator.join((*ids, "batch_20"))) == TooManyBatches(21)


@pytest.mark.parametrize(
    "text",
    ["help", "HELP", " `help` ", "help.", "*help*"],
)
def test_usage(text: str) -> None:
    """`help` asks how it is used."""
    assert read_argument(text) == Usage()


@pytest.mark.parametrize("text", [None, "", "   ", "\ufeff\u200b\u3000", '""', "...", "<>"])
def test_nothing_asks_for_the_list(text: str | None) -> None:
    """Whoever knows no id chooses from the list."""
    assert read_argument(text) == PickBatches()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gpt-4o nightly", ("gpt-4o", "nightly")),
        ("GPT-4o  Nightly.", ("gpt-4o", "nightly")),
        ("`gpt-4o`, *nightly*", ("gpt-4o", "nightly")),
        ("nightly nightly", ("nightly",)),
        ("/v1/embeddings", ("/v1/embeddings",)),
        ("ana@example.com", ("ana@example.com",)),
        ("@ana", ("ana",)),
        ("67c9e1f0", ("67c9e1f0",)),
        ("cancel it please", ("cancel", "it", "please")),
        ("helpme", ("helpme",)),
        ("help me", ("help", "me")),
        ("<!channel>", ("channel",)),
        ("\u202enightly\u2069", ("nightly",)),
        ("nächtlich", ("nächtlich",)),
        ("status-quo", ("status-quo",)),
        ("status gpt-4o", ("status", "gpt-4o")),
        ("my batch", ("my", "batch")),
        ("a" * LONGEST_FILTER, ("a" * LONGEST_FILTER,)),
    ],
)
def test_other_words_filter_the_list(text: str, words: tuple[str, ...]) -> None:
    """They count without markup, in small letters, each once."""
    assert read_argument(text) == PickBatches(words)


@pytest.mark.parametrize("text", ["a" * (LONGEST_FILTER + 1), "log line " * 20 + "end"])
def test_a_long_text_filters_nothing(text: str) -> None:
    """It was pasted by mistake, or the id is broken in it."""
    several = " ".join(f"{n}{text}" for n in range(20))
    assert read_argument(several) == NoBatchId()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("status", ()),
        ("Status", ()),
        ("*status*", ()),
        ("status batch_abc", ("batch_abc",)),
        ("status: batch_abc, batch_def", ("batch_abc", "batch_def")),
        ("STATUS https://x.test/batch_abc", ("batch_abc",)),
        ("status of batch_abc", ("batch_abc",)),
    ],
)
def test_status_only_looks(text: str, ids: tuple[str, ...]) -> None:
    """It is the first word; without an id it asks for all that is under way."""
    assert read_argument(text) == LookAtBatches(ids)


@pytest.mark.parametrize("text", ["batch_abc status", "what is the status of batch_abc"])
def test_status_elsewhere_is_a_word_like_others(text: str) -> None:
    """The question that comes instead does nothing either."""
    assert read_argument(text) == CancelBatches(("batch_abc",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("history", ShowHistory()),
        ("HISTORY.", ShowHistory()),
        ("history batch_abc", ShowHistory(("batch_abc",))),
        ("history batch_abc batch_def", ShowHistory(("batch_abc", "batch_def"))),
        ("history <@U0ANA>", ShowHistory(user_id="U0ANA")),
        ("history <@W0ANA|ana>", ShowHistory(user_id="W0ANA")),
        ("history of <@U0ANA|ana>", ShowHistory(user_id="U0ANA")),
        ("history U0ANA", ShowHistory(user_id="U0ANA")),
        ("history @U0ANA", ShowHistory(user_id="U0ANA")),
        ("history me", ShowHistory(own=True)),
        ("history @ana", ShowHistory(user_name="ana")),
        ("history Ana Smith", ShowHistory(user_name="ana smith")),
        ("history ana.smith", ShowHistory(user_name="ana.smith")),
        ("history " + "a" * 500, ShowHistory(user_name="a" * LONGEST_FILTER)),
    ],
)
def test_history_of_all_of_a_person_of_a_batch(text: str, expected: ShowHistory) -> None:
    """A person is an id, a mention, or the name that Slack makes of a mention."""
    assert read_argument(text) == expected


@pytest.mark.parametrize("word", ["status", "history"])
def test_twenty_at_most_to_look_at(word: str) -> None:
    """Looking has the limit of asking."""
    assert read_argument(f"{word} " + " ".join(f"batch_{n}" for n in range(21))) == TooManyBatches(
        21
    )


def test_what_is_an_id() -> None:
    """An id and nothing else; the newline at its end is something else."""
    assert is_batch_id("batch_abc")
    assert not any(is_batch_id(text) for text in ("", "batch_", "batch_abc\n", " batch_abc", "a"))


@pytest.mark.parametrize(
    "text",
    [
        "batch_",
        "batch_" + "a" * 129,
        "Batch_abc",
        "batch-abc",
        "xbatch_abc",
        "Xbatch_abcX",
        "my_batch_abc",
        "mini-batch_abc",
        "_batch_",
        "batch_äöü",
        "batch_abc\u00e9",
        "batch_abce\u0301",
        "\u00e9batch_abc",
        "batch_\u0661",
        "batch_\uff41bc",
        "batch_../files",
        "batch_a\u202eb",
        "batch_a\u200bb",
        "batch_a\u00adb",
        "batch_a\u2011b",
        "batch_a\u2013b",
        "batch_a\u2010b",
        "batch_a\u2012b",
        "batch_a\ufe63b",
        "batch_a\uff0db",
        "\u2060\ufeffXbatch_abc123\u2060\ufeff",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    """Only ASCII letters, digits, _ and - make an id, at most 128; a part of one is none."""
    assert read_argument(text) == NoBatchId()


@given(st.from_regex(r"batch_[A-Za-z0-9_-]{1,128}", fullmatch=True))
def test_every_real_id_is_one(batch_id: str) -> None:
    """Every id of the right form is taken as it is."""
    assert read_argument(batch_id) == CancelBatches((batch_id,))


_AROUND = st.text(st.sampled_from(" \t\n.,;:!?()[]{}<>|\"'`*~=/#&\u2026\ufeff\u2060\u202f\u3000"))


@given(st.from_regex(r"batch_[A-Za-z0-9]{1,40}", fullmatch=True), _AROUND, _AROUND)
def test_what_stands_around_an_id_is_no_part_of_it(batch_id: str, before: str, after: str) -> None:
    """Whatever signs and spaces come along, the id is the same."""
    assert batch_ids(f"{before}{batch_id}{after}") == (batch_id,)


@given(st.from_regex(r"batch_[A-Za-z0-9]{2,40}", fullmatch=True), st.characters(codec="utf-8"))
def test_no_id_is_made_of_a_part(batch_id: str, sign: str) -> None:
    """An id with anything in the middle is no other id, but where a sign surely ends it."""
    head, tail = batch_id[:-1], batch_id[-1]
    found = batch_ids(f"{head}{sign}{tail}")
    if sign.isalnum() or unicodedata.category(sign) in {"Cf", "Mn"}:
        assert found in {(), (f"{head}{sign}{tail}",)}
    else:
        assert set(found) <= {head, f"{head}{sign}{tail}"}


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """Whatever is typed becomes one of a few things, and only safe ids come out."""
    asked = read_argument(text)
    if isinstance(asked, PickBatches):
        assert len(" ".join(asked.words)) <= LONGEST_FILTER
        assert all(word.split() == [word] == [word.lower()] for word in asked.words)
    if isinstance(asked, CancelBatches | LookAtBatches | ShowHistory):
        for batch_id in asked.batch_ids:
            rest = batch_id.removeprefix("batch_").replace("_", "").replace("-", "")
            assert batch_id.isascii()
            assert rest == "" or rest.isalnum()


@pytest.mark.parametrize(
    "which",
    [
        ShowHistory(),
        ShowHistory(own=True),
        ShowHistory(user_id="W0ANA"),
        ShowHistory(user_name="ana"),
        ShowHistory(user_name="u0ana"),
        ShowHistory(("batch_abc", "batch_def")),
    ],
)
def test_a_filter_is_kept_as_words(which: ShowHistory) -> None:
    """What a request keeps of it says the same when it is read again."""
    assert read_filter(filter_words(which), which.batch_ids) == which


@given(st.text(max_size=40))
def test_any_filter_is_kept_as_words(typed: str) -> None:
    """Whatever was typed, less what is longer than any name: the column has room for it."""
    which = read_argument(f"history {typed}")
    if isinstance(which, ShowHistory):
        assert read_filter(filter_words(which), which.batch_ids) == which
        assert len(filter_words(which)) <= 200
