"""How full Respan's list is, and the signs of the header's form."""

from typing import Any

import pytest

from bot.sandbox.world import SandboxWorld
from tests.checks.services import Run, unseen


@pytest.mark.parametrize(
    ("count", "full", "said"),
    [
        (0, False, "ok: it answers; there is no batch yet"),
        (1, True, "ok: 1 batch on the first page, each in full; no more follow"),
        (3, False, "ok: 3 batches on the first page, 3 of them sparse"),
        (120, True, "ok: 100 batches on the first page, each in full; more follow"),
        (120, False, "ok: 100 batches on the first page, 100 of them sparse"),
    ],
)
async def test_how_full_the_list_is(
    world: SandboxWorld, run: Run, count: int, full: bool, said: str
) -> None:
    """How many, whether older ones follow, and whether the items hold more than is sure."""
    for number in range(count):
        world.respan.add_batch(f"batch_{number}")
    world.respan.list_is_full = full
    code, lines = await run()
    assert code == 0
    assert lines["Respan's list"].startswith(said)


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (
            404,
            {"detail": "Not found."},
            0,
            "warning: Respan knows no such batch (404): Not found. ",
        ),
        (405, {"detail": "Not here."}, 0, "warning: Respan refused (405): Not here. The bot works"),
        (200, {"data": 7}, 0, "warning: Respan answered 200, but the answer is no list of batches"),
        (200, {"data": [7], "has_more": True}, 0, "warning: the page holds no batch that can be"),
        (
            424,
            {"error": "OpenAI API key not configured"},
            1,
            "failed: Respan refused (424): OpenAI",
        ),
        (503, {}, 1, "failed: Respan is in trouble (503). Try again in a minute"),
    ],
)
async def test_a_list_that_can_not_be_used(
    world: SandboxWorld, run: Run, status: int, body: dict[str, Any], code: int, said: str
) -> None:
    """The watch does without; what would stop a cancellation too is a failure."""
    world.respan.faults.add("list", "status", code=status, body=body)
    found, lines = await run()
    assert lines["Respan's list"].startswith(said)
    assert found == code


@pytest.mark.parametrize(
    ("needed", "provider", "encoding", "said"),
    [
        (False, "", "json", "ok: Respan needs no provider_id"),
        (False, "openai", "json", "ok: Respan needs no provider_id"),
        (False, "", "base64", "warning: Respan needs no provider_id, "),
        (True, "openai", "base64", "ok: Respan insists on provider_id, "),
        (True, "openai", "json", "warning: Respan insists on provider_id, "),
        (True, "", "json", "not tried: mend Respan first"),
    ],
)
async def test_the_form_of_the_header(
    world: SandboxWorld,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    needed: bool,
    provider: str,
    encoding: str,
    said: str,
) -> None:
    """What can be told without a cancellation: a sign, and the setting to change."""
    world.respan.needs_provider_id = needed
    monkeypatch.setenv("RESPAN_PARAMS_ENCODING", encoding)
    if provider:
        monkeypatch.setenv("RESPAN_PROVIDER_ID", provider)
    code, lines = await run()
    assert lines["Respan's header"].startswith(said)
    assert code == (1 if said.startswith("not tried") else 0)
    if said.startswith("warning"):
        other = "base64" if encoding == "json" else "json"
        assert lines["Respan's header"].endswith(f"set RESPAN_PARAMS_ENCODING={other}")
    assert unseen(world)


async def test_the_form_of_the_header_where_respan_is_in_trouble(
    world: SandboxWorld, run: Run
) -> None:
    """Then nothing can be told of it."""
    for answers in (404, 503):
        body = {"error": {"message": "No such batch: x"}} if answers == 404 else {}
        world.respan.faults.add("retrieve", "status", code=answers, body=body)
    code, lines = await run()
    assert code == 0
    assert lines["Respan's header"].startswith("warning: which form Respan reads can't be told")
