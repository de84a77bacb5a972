"""What a batch costs, in the question and in the receipt: by a price of one's own, by the list."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.respan.batches import Tokens
from bot.sandbox.world import CONFIRM, SandboxWorld
from tests.blackbox.answers import typed

OWN: dict[str, Any] = {"PRICE_INPUT_PER_MTOK": "2", "PRICE_OUTPUT_PER_MTOK": "10"}
NOTHING: dict[str, Any] = {"PRICE_INPUT_PER_MTOK": "0", "PRICE_OUTPUT_PER_MTOK": "0"}

# 23 of 100 requests are done, 76 have not run; each took 2,000 tokens in and 1,000 out.
# Own price: 2 * 2,000 + 10 * 1,000 = 14,000 millionths, $0.014 a request.
# List price of gpt-4o-mini in a batch: 0.075 * 2,000 + 0.30 * 1,000 = 450 millionths.
TOKENS = Tokens(2000_00, 1000_00)
"""A hundred times as many, so that the sums are cents: $1.40 and $0.045 a request."""


UNKNOWN: list[dict[str, Any]] = [
    {},
    {"sparse": True},
    {"tokens": TOKENS, "model": "a-model-that-nobody-knows"},
    {"tokens": TOKENS, "completed": 0},
    {"fields": {"usage": {"input_tokens": -5, "output_tokens": "many"}}},
    {"fields": {"usage": [1, 2]}},
]
"""Batches of which it can't be said what they cost."""


async def _money(world: SandboxWorld, *batches: dict[str, Any]) -> tuple[str, str]:
    """Cancel batches at once; return what their question and their reply say."""
    ids = [f"batch_{number}" for number in range(len(batches))]
    for batch_id, fields in zip(ids, batches, strict=True):
        world.respan.add_batch(batch_id, cancel_seconds=0.5, **fields)
    shown = await typed(world, " ".join(ids), "This cannot be undone.")
    asked = shown.text
    await world.press(shown, CONFIRM if len(ids) == 1 else f"Cancel {len(ids)} batches")
    return asked, (await world.reply(ids[0])).text


@pytest.mark.parametrize(
    ("way", "settings", "spent", "saved"),
    [("http", OWN, "$32.20", "$106"), ("socket", {}, "$1.04", "$3.42")],
)
async def test_spent_and_not_spent(
    tmp_path: Path, way: str, settings: dict[str, Any], spent: str, saved: str
) -> None:
    """Both are said to be estimates, before the click and after the end."""
    async with SandboxWorld(tmp_path, transport=way, **settings) as world:
        asked, reply = await _money(world, {"tokens": TOKENS})
        yet = f"About {spent} spent, about {saved} not spent yet"
        assert f"{yet}: an estimate from the tokens used so far." in asked
        told = f"About {spent} spent, about {saved} not spent"
        assert f"{told}: an estimate from the tokens used." in reply


async def test_what_is_not_known(http_world: SandboxWorld) -> None:
    """Nothing is said of money, and all batches are cancelled all the same."""
    asked, reply = await _money(http_world, *UNKNOWN)
    assert f"Cancel {len(UNKNOWN)} batches?" in asked
    assert f"All {len(UNKNOWN)} batches are cancelled." in reply
    assert "$" not in asked + reply


async def test_no_price(tmp_path: Path) -> None:
    """Zero for both: nothing is said, of any batch."""
    async with SandboxWorld(tmp_path, **NOTHING) as world:
        asked, reply = await _money(world, {"tokens": TOKENS})
        assert "is cancelled" in reply
        assert "$" not in asked + reply
