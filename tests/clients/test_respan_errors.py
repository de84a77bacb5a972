"""Who said no, and what it means: the key is blamed only where the answer does.

The bodies are those of Respan's documents, and of what people put in front of an API.
"""

from typing import Any

import pytest

from bot.clients.respan_errors import Reader, Reply
from bot.errors import (
    BatchNotFound,
    OpenAIKeyMissing,
    PermissionMissing,
    ProviderIdNeeded,
    RespanBlocked,
    RespanError,
    RespanKeyRefused,
    RespanRateLimited,
    RespanRefused,
    RespanUnavailable,
)

PAGE = "<!DOCTYPE html><html><head><title>{}</title></head><body>API key token</body></html>"


def error_of(
    status: int,
    body: Any = None,
    text: str | None = None,
    headers: dict[str, str] | None = None,
    **reader: str | None,
) -> RespanError:
    """Return what an answer becomes: `text` is a body that is no JSON."""
    known: dict[str, Any] = {"api_key": "sandbox-key", "provider_id": None} | reader
    return Reader(**known).error(Reply(status, headers or {}, body, text), now=0.0)


CLOUDFLARE = {
    "type": "https://developers.cloudflare.com/support/errors/1010/",
    "title": "Error 1010: Access denied",
    "status": 403,
    "detail": "The site owner has blocked access based on your browser's signature.",
    "error_code": 1010,
    "ray_id": "9a0b",
    "cloudflare_error": True,
}


@pytest.mark.parametrize(
    ("status", "body", "text", "expected"),
    [
        (401, {"error": "Authentication credentials were not provided."}, None, RespanKeyRefused),
        (401, {"detail": "Unauthorized"}, None, RespanKeyRefused),
        (401, {"error": {"message": "x", "code": "invalid_api_key"}}, None, RespanKeyRefused),
        (403, {"detail": "Invalid API key."}, None, RespanKeyRefused),
        (403, {"message": "Token has expired"}, None, RespanKeyRefused),
        (401, {}, None, RespanKeyRefused),
        (401, None, "", RespanKeyRefused),
        (401, None, "Unauthorized", RespanKeyRefused),
        (401, {"detail": "User inactive"}, None, RespanRefused),
        (403, {}, None, RespanRefused),
        (403, None, "", RespanRefused),
        (403, {"message": "Forbidden"}, None, RespanRefused),
        (403, {"detail": "API key has exceeded its budget"}, None, RespanRefused),
        (403, {"detail": "Monthly token quota exceeded"}, None, RespanRefused),
        (401, {"error": {"message": "Missing scopes: batch.write"}}, None, PermissionMissing),
        (403, {"detail": "You do not have permission to do that."}, None, PermissionMissing),
        (403, {"error": "API key is not authorized for batches"}, None, PermissionMissing),
        (401, None, "Missing scopes: batch.write", PermissionMissing),
        (403, None, "error code: 1010", RespanBlocked),
        (403, CLOUDFLARE, None, RespanBlocked),
        (401, None, PAGE.format("401 Authorization Required"), RespanBlocked),
        (403, None, PAGE.format("Attention Required! | Cloudflare"), RespanBlocked),
        (403, None, "RBAC: access denied", RespanBlocked),
        (403, None, "Host not allowed", RespanBlocked),
        (400, None, PAGE.format("400 Bad Request"), RespanBlocked),
        (405, None, PAGE.format("405"), RespanBlocked),
        (407, None, PAGE.format("ERR_CACHE_ACCESS_DENIED"), RespanBlocked),
        (413, None, PAGE.format("413 Request Entity Too Large"), RespanBlocked),
        (407, {"error": "Proxy says no"}, None, RespanRefused),
        (413, {"detail": "Too large"}, None, RespanRefused),
        (451, {"detail": "Not in your country"}, None, RespanRefused),
        (402, {"detail": "Pay"}, None, RespanRefused),
        (400, {"error": {"message": "provider_id is required"}}, None, ProviderIdNeeded),
        (400, {"provider_id": ["This field is required."]}, None, ProviderIdNeeded),
        (422, {"detail": "Bad", "errors": {"provider_id": ["no"]}}, None, ProviderIdNeeded),
        (
            422,
            {"detail": [{"loc": ["query", "provider_id"], "msg": "Field required"}]},
            None,
            ProviderIdNeeded,
        ),
        (400, {"error": {"message": "Missing", "param": "provider_id"}}, None, ProviderIdNeeded),
        (400, None, "providerId is required", ProviderIdNeeded),
        (400, {"error": "OpenAI API key not configured"}, None, OpenAIKeyMissing),
        (400, {"detail": "No key found for openai"}, None, OpenAIKeyMissing),
        (
            401,
            {"error": {"message": "Incorrect API key: sk-1***, see https://platform.openai.com"}},
            None,
            OpenAIKeyMissing,
        ),
        (400, {"error": {"message": "Batch is already completed"}}, None, RespanRefused),
        (424, None, "", RespanRefused),
        (404, {"detail": "No such batch"}, None, BatchNotFound),
        (404, [], None, RespanRefused),
        (404, None, PAGE.format("Not found"), RespanRefused),
        (404, None, "", RespanRefused),
        (429, None, "error code: 1015", RespanRateLimited),
        (503, None, PAGE.format("API key"), RespanUnavailable),
        (302, None, "", RespanRefused),
    ],
)
def test_who_said_no_and_why(
    status: int, body: Any, text: str | None, expected: type[RespanError]
) -> None:
    """The key is blamed only where the answer does; a firewall's answer is not Respan's."""
    assert type(error_of(status, body, text)) is expected


@pytest.mark.parametrize(
    ("status", "body", "header", "expected"),
    [
        (401, {"detail": "No"}, "Api-Key", RespanKeyRefused),
        (401, {"detail": "Missing scopes"}, "Api-Key", PermissionMissing),
        (403, {"detail": "No"}, 'Bearer error="insufficient_scope"', PermissionMissing),
        (403, {"detail": "No"}, "Bearer", RespanRefused),
    ],
)
def test_the_header_that_asks_for_a_key(
    status: int, body: Any, header: str, expected: type[RespanError]
) -> None:
    """A 401 that asks for another key is about the key, unless it says more."""
    assert type(error_of(status, body, headers={"www-authenticate": header})) is expected


@pytest.mark.parametrize(
    ("status", "body", "text", "expected"),
    [
        (
            401,
            {"error": "Invalid key."},
            None,
            (
                "Respan refused the API key (401): Invalid key."
                " RESPAN_API_KEY must be a valid API key of Respan"
            ),
        ),
        (
            403,
            {"detail": "Missing scopes"},
            None,
            (
                "Respan does not let the API key do this (403): Missing scopes."
                " Give the key in RESPAN_API_KEY, or the OpenAI key in Respan, the permission"
            ),
        ),
        (
            403,
            None,
            "error code: 1010",
            (
                "Something between this app and Respan refused the request (403): error code: 1010."
                " Correct RESPAN_BASE_URL, or let the firewall or proxy before it pass this app"
            ),
        ),
        (
            400,
            {"error": {"message": "provider_id is required"}},
            None,
            "Respan refused (400): provider_id is required. Set RESPAN_PROVIDER_ID=openai",
        ),
        (404, None, "", "Respan refused (404). RESPAN_BASE_URL may be wrong"),
    ],
)
def test_what_is_to_be_done_is_told(
    status: int, body: Any, text: str | None, expected: str
) -> None:
    """The sentence has Respan's words, the setting, and what to do with it."""
    assert str(error_of(status, body, text)) == expected


def test_a_provider_that_respan_does_not_take() -> None:
    """Who has set one already is not told to set it."""
    error = error_of(400, {"detail": "provider_id is unknown"}, provider_id="opnai")
    assert str(error) == (
        "Respan refused (400): provider_id is unknown."
        " RESPAN_PROVIDER_ID=opnai is not what Respan expects"
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"message": "No such batch: batch_x"}}, True),
        ({"detail": "No Batch matches the given query."}, True),
        ({"detail": "Not found."}, False),
        ({"error": {"message": "Invalid URL (GET /v1/v1/batches/batch_x/)"}}, False),
        ({"error": "Not Found", "path": "/api/v1/batches/batch_x/"}, False),
        ({}, False),
    ],
)
def test_a_404_names_the_batch_or_does_not(body: Any, expected: bool) -> None:
    """Words about a path are told from words about a batch."""
    error = error_of(404, body)
    assert isinstance(error, BatchNotFound)
    assert error.names_batch is expected
