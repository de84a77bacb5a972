"""The batch ids in a message, wherever Slack lets people and apps put them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.message_ids import (
    DEEPEST,
    MOST_CHARACTERS,
    MOST_VALUES,
    NamedBatches,
    ids_in_message,
)

ID = "batch_abc123"
URL = f"https://platform.openai.com/batches/{ID}?tab=1"


def text(words: str, kind: str = "mrkdwn") -> dict[str, Any]:
    """Return a text object."""
    return {"type": kind, "text": words}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    """Return a rich text block with one section."""
    section = {"type": "rich_text_section", "elements": list(elements)}
    return {"type": "rich_text", "block_id": "b", "elements": [section]}


BLOCKS: dict[str, dict[str, Any]] = {
    "section": {"type": "section", "text": text(f"Look at `{ID}`.")},
    "fields": {"type": "section", "fields": [text("*Batch*"), text(ID, "plain_text")]},
    "accessory": {
        "type": "section",
        "text": text("x"),
        "accessory": {"type": "button", "text": text("Open", "plain_text"), "url": URL},
    },
    "context": {"type": "context", "elements": [{"type": "image"}, text(ID)]},
    "header": {"type": "header", "text": text(f"{ID} is slow", "plain_text")},
    "button's label": {"type": "actions", "elements": [{"type": "button", "text": text(ID)}]},
    "button's value": {"type": "actions", "elements": [{"type": "button", "value": f"open {ID}"}]},
    "button's value in JSON": {
        "type": "actions",
        "elements": [{"type": "button", "value": json.dumps({"batch": ID})}],
    },
    "button's url": {"type": "actions", "elements": [{"type": "button", "url": URL}]},
    "menu's option": {
        "type": "actions",
        "elements": [{"type": "static_select", "options": [{"text": text("x"), "value": ID}]}],
    },
    "image": {"type": "image", "alt_text": ID, "image_url": "https://example.com/a.png"},
    "rich text": rich({"type": "text", "text": f"it is {ID}", "style": {"code": True}}),
    "rich link": rich({"type": "link", "url": URL}),
    "rich link's label": rich({"type": "link", "url": "https://example.com", "text": ID}),
    "shortened label": rich({"type": "link", "url": URL, "text": "platform.openai.com/batch_ab"}),
    "rich list": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": ID}]}
                ],
            }
        ],
    },
    "rich code": {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": ID}]}
        ],
    },
    "markdown": {"type": "markdown", "text": f"**{ID}**"},
    "table": {
        "type": "table",
        "rows": [
            [{"type": "raw_text", "text": "Batch"}, {"type": "raw_text", "text": "Status"}],
            [rich({"type": "text", "text": ID}), {"type": "raw_text", "text": "slow"}],
        ],
    },
    "video": {"type": "video", "title": text("x"), "title_url": URL},
    "unknown": {"type": "alert_of_2031", "deep": [{"er": {"words": [[ID]]}}]},
}

ATTACHMENTS: dict[str, dict[str, Any]] = {
    "text": {"color": "#f00", "id": 1, "text": f"<{URL}|the batch>"},
    "fallback": {"fallback": f"[FIRING] {ID}"},
    "title": {"title": f"{ID} costs too much"},
    "title_link": {"title": "It costs too much", "title_link": URL},
    "pretext": {"pretext": ID},
    "author": {"author_name": ID, "author_link": "https://example.com"},
    "fields": {"fields": [{"title": "Batch", "value": ID, "short": True}]},
    "field's title": {"fields": [{"title": ID, "value": "slow", "short": True}]},
    "footer": {"footer": f"by {ID}"},
    "from_url": {"from_url": URL},
    "legacy button": {"actions": [{"name": "x", "type": "button", "text": "x", "value": ID}]},
    "blocks": {"blocks": [BLOCKS["fields"]]},
    "shared message": {
        "is_share": True,
        "message_blocks": [{"team": "T1", "ts": "1.1", "message": {"blocks": [BLOCKS["table"]]}}],
    },
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_in_a_block(kind: str) -> None:
    """Every kind of block is read, in whatever of it people see or click."""
    assert ids_in_message({"text": "", "blocks": [BLOCKS[kind]]}) == NamedBatches((ID,))


@pytest.mark.parametrize("kind", ATTACHMENTS)
def test_in_an_attachment(kind: str) -> None:
    """Where alerts have their words, the older ones too."""
    assert ids_in_message({"attachments": [ATTACHMENTS[kind]]}) == NamedBatches((ID,))


@pytest.mark.parametrize(
    "message",
    [
        None,
        "batch_abc123",
        ["batch_abc123"],
        7,
        {},
        {"text": None, "blocks": None, "attachments": None},
        {"text": "no batch_ here, nor batch_"},
        {"ts": ID, "user": ID, "client_msg_id": ID, "files": [{"title": ID}]},
        {"metadata": {"event_payload": {"id": ID}}, "bot_profile": {"name": ID}},
        {"blocks": [{"type": "divider", "block_id": ID}]},
        {"blocks": [{"type": "actions", "elements": [{"type": "button", "action_id": ID}]}]},
        {"blocks": [rich({"type": "emoji", "name": ID}, {"type": "user", "user_id": ID})]},
        {"blocks": [{ID: "x", "type": ID}]},
        {"attachments": [{"callback_id": ID, "ts": ID, "color": ID, ID: 1}]},
    ],
)
def test_what_names_none(message: object) -> None:
    """What is no message, what nobody sees of one, and keys."""
    assert ids_in_message(message) == NamedBatches(())


def test_each_once_in_their_order() -> None:
    """Text, blocks, attachments; in an attachment from its head to what stands for all of it."""
    attachment = {
        "fallback": "batch_a batch_i batch_j",
        "footer": "batch_k",
        "fields": [{"title": "t", "value": "batch_h"}],
        "text": "batch_g",
        "title": "batch_f",
        "pretext": "batch_e",
        "blocks": [text("batch_i")],
    }
    message = {
        "attachments": [attachment, {"text": "batch_b batch_l"}],
        "blocks": [
            {"type": "section", "fields": [text("batch_d")], "text": text("batch_b batch_c")}
        ],
        "text": "batch_a and batch_b",
    }
    expected = tuple(f"batch_{letter}" for letter in "abcdefghijkl")
    assert ids_in_message(message) == NamedBatches(expected)


@pytest.mark.parametrize("ellipsis", ["\u2026", "..."])
def test_a_shortened_id(ellipsis: str) -> None:
    """A title that was cut in the middle of an id names no batch of its own."""
    cut = {"text": ID, "attachments": [{"title": f"Slow: batch_abc{ellipsis}"}]}
    assert ids_in_message(cut) == NamedBatches((ID,))
    alone = {"text": f"see batch_abc{ellipsis}"}
    assert ids_in_message(alone) == NamedBatches(("batch_abc",))
    both = {"text": f"batch_abc and {ID}", "attachments": [{"title": f"batch_abc{ellipsis}"}]}
    assert ids_in_message(both) == NamedBatches(("batch_abc", ID))


def test_how_much_is_read() -> None:
    """The longest text that Slack takes, written twice, fits; a megabyte of JSON does not."""
    assert 2 * 40_000 < MOST_CHARACTERS <= 100_000
    assert 10_000 < MOST_VALUES <= 20_000
    at_most = {"text": "batch_a" + " " * (MOST_CHARACTERS - 7)}
    assert ids_in_message(at_most) == NamedBatches(("batch_a",))
    assert ids_in_message({"blocks": [0] * (MOST_VALUES - 3)}).is_whole
    assert not ids_in_message({"blocks": [0] * (MOST_VALUES - 2)}).is_whole


def _nested(depth: int) -> list[Any]:
    value: list[Any] = [ID]
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "message",
    [
        {"text": "batch_a " + "x" * MOST_CHARACTERS},
        {"text": "batch_a", "blocks": [{"text": f"batch_{n}"} for n in range(MOST_VALUES)]},
        {"blocks": [0] * (MOST_VALUES + 1)},
        {"blocks": [dict.fromkeys(map(str, range(MOST_VALUES)))]},
        {"blocks": _nested(DEEPEST)},
        {"blocks": _nested(900)},
    ],
)
def test_more_than_is_read(message: dict[str, Any]) -> None:
    """It is told that not all of it was read, so that nobody takes the rest for all."""
    assert ids_in_message(message).is_whole is False


@pytest.mark.parametrize(
    "message",
    [
        {"text": "x" * (2 * MOST_CHARACTERS), "blocks": [text(ID)]},
        {"text": (ID + " ") * 3000},
        {"text": ID, "blocks": [rich(*[{"type": "text", "text": "x"}] * 5000)]},
        {"blocks": _nested(DEEPEST - 2)},
    ],
)
def test_as_much_as_slack_takes(message: dict[str, Any]) -> None:
    """What can hold no id costs nothing; a long message is read to its end."""
    assert ids_in_message(message) == NamedBatches((ID,))


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.just(ID),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["text", "type", "url", "elements", "fields", "value", "block_id", "x"])
            | st.text(max_size=10),
            inner,
            max_size=5,
        )
    ),
    max_leaves=40,
)


@given(any_json, any_json, any_json)
def test_any_json(words: object, blocks: object, attachments: object) -> None:
    """Whatever it is, it is read without an error, and what is found stands in it."""
    message = {"text": words, "blocks": blocks, "attachments": attachments}
    named = ids_in_message(message)
    assert named.is_whole
    whole = json.dumps(message)
    assert all(batch_id in whole for batch_id in named.batch_ids)
    assert len(set(named.batch_ids)) == len(named.batch_ids)
    assert (ID in named.batch_ids) >= (words == ID)


@given(st.lists(st.from_regex(r"batch_[a-f0-9]{24}", fullmatch=True), unique=True, max_size=30))
def test_all_of_any_number(ids: list[str]) -> None:
    """However they are spread over a message, each is found once, in its order."""
    third = len(ids) // 3
    message = {
        "text": ", ".join(ids[:third]),
        "blocks": [text(batch_id) for batch_id in ids[third : 2 * third]],
        "attachments": [{"fallback": " ".join(ids), "text": b} for b in ids[2 * third :]],
    }
    assert ids_in_message(message) == NamedBatches(tuple(ids))
