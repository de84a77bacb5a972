"""What `check` says of Respan: what it answered, which setting that concerns, and what to do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.checks import check
from bot.sandbox.respan.server import SandboxRespan
from bot.settings import Settings

NOT_FOUND: dict[str, Any] = {"code": 404, "body": {"detail": "Not found."}}


@pytest.fixture
async def respan() -> AsyncIterator[SandboxRespan]:
    """Give a local Respan."""
    async with SandboxRespan() as server:
        yield server


async def said_of(
    respan: SandboxRespan, capsys: pytest.CaptureFixture[str], **settings: Any
) -> tuple[str, str]:
    """Return the line with the outcome and the note; Slack and the database can't be used here."""
    given = {
        "slack_bot_token": "xoxb-1",
        "slack_signing_secret": "0123456789abcdef0123456789abcdef",
        "slack_api_url": "http://127.0.0.1:9/",
        "database_url": "postgresql://u:pw@127.0.0.1:9/d",
        "respan_api_key": respan.api_key,
        "respan_base_url": respan.base_url,
    }
    assert await check(Settings.model_validate(given | settings)) == 1
    said = capsys.readouterr().out
    outcome, note = (line for line in said.splitlines() if line.startswith("Respan: "))
    assert respan.api_key not in said
    return outcome.removeprefix("Respan: "), note.removeprefix("Respan: ")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"code": 400, "body": {"error": {"message": "provider_id is required"}}},
            "Respan refused (400): provider_id is required. Set RESPAN_PROVIDER_ID=openai",
        ),
        (
            {"code": 403, "body": "error code: 1010"},
            (
                "Something between this app and Respan refused the request (403): error code: 1010."
                " Correct RESPAN_BASE_URL, or let the firewall or proxy before it pass this app"
            ),
        ),
        (
            {"code": 401, "body": {"detail": "Missing scopes"}},
            (
                "Respan does not let the API key do this (401): Missing scopes."
                " Give the key in RESPAN_API_KEY, or the OpenAI key in Respan, the permission"
            ),
        ),
        (
            {"code": 401, "body": {"detail": "No key sandbox-key"}},
            (
                "Respan refused the API key (401): No key [masked]."
                " RESPAN_API_KEY must be a valid API key of Respan"
            ),
        ),
        (
            {"code": 400, "body": {"error": "OpenAI API key not configured"}},
            (
                "Respan refused (400): OpenAI API key not configured."
                " Set a valid OpenAI key in Respan under Settings → Providers"
            ),
        ),
        (
            {"code": 404, "body": "<html><title>Nothing here</title>"},
            "Respan refused (404): an HTML page, Nothing here. RESPAN_BASE_URL may be wrong",
        ),
        (
            {"code": 200, "body": "<html><title>Welcome</title>"},
            (
                "Respan answered 200, but the answer is no JSON object: an HTML page, Welcome."
                " RESPAN_BASE_URL may be wrong"
            ),
        ),
        (
            {"code": 503, "body": {"detail": "Down"}},
            "Respan is in trouble (503): Down. Try again in a minute",
        ),
        ({"code": 429}, "Respan asked for fewer requests (429). Try again in a minute"),
    ],
)
async def test_each_failure_has_its_reason_and_what_to_do(
    respan: SandboxRespan,
    capsys: pytest.CaptureFixture[str],
    options: dict[str, Any],
    expected: str,
) -> None:
    """The line says what Respan answered, and names the setting or the place to act."""
    respan.faults.add("retrieve", "status", **options)
    assert (await said_of(respan, capsys))[0] == f"failed: {expected}"


async def test_an_address_where_nobody_listens(
    respan: SandboxRespan, capsys: pytest.CaptureFixture[str]
) -> None:
    """The settings that decide where the request goes are named."""
    said, _ = await said_of(respan, capsys, respan_base_url="http://127.0.0.1:9")
    assert said.startswith(
        "failed: Respan can't be reached (ConnectError). Look at RESPAN_BASE_URL"
    )


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (None, "ok: the API key is accepted"),
        (
            NOT_FOUND,
            (
                "failed: Respan knows no such batch (404): Not found, nor any list of batches."
                " RESPAN_BASE_URL may be wrong"
            ),
        ),
        (
            {"code": 200, "body": {"hello": "world"}},
            (
                "failed: Respan answered 200, but the answer is no list of batches."
                " RESPAN_BASE_URL may be wrong"
            ),
        ),
        (
            {"code": 424, "body": {"error": "OpenAI API key not configured"}},
            (
                "failed: Respan refused (424): OpenAI API key not configured."
                " Set a valid OpenAI key in Respan under Settings → Providers"
            ),
        ),
    ],
)
async def test_a_404_is_no_proof_of_the_key(
    respan: SandboxRespan,
    capsys: pytest.CaptureFixture[str],
    listed: dict[str, Any] | None,
    expected: str,
) -> None:
    """Where its words name no batch, the list of batches tells Respan from a wrong address."""
    respan.faults.add("retrieve", "status", **NOT_FOUND)
    if listed is not None:
        respan.faults.add("list", "status", **listed)
    assert (await said_of(respan, capsys))[0] == expected
    assert respan.calls("list")[0].path == "/api/v1/batches/?limit=1"


async def test_the_note_and_the_calls_follow_the_settings(
    respan: SandboxRespan, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Who has changed the header's form reads how to change it back, and what is sent."""
    respan.faults.add("retrieve", "status", **NOT_FOUND)
    _, note = await said_of(
        respan, capsys, respan_params_encoding="base64", respan_provider_id="openai"
    )
    assert "as base64 of JSON (RESPAN_PARAMS_ENCODING=base64)." in note
    assert note.endswith(
        "if the person isn't there, set RESPAN_PARAMS_ENCODING=json;"
        " provider_id=openai is sent too (RESPAN_PROVIDER_ID)."
    )
    *with_it, probe = respan.exchanges
    assert [call.args["provider_id"] for call in with_it] == ["openai"] * 3
    assert "provider_id" not in probe.args
