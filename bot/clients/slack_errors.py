"""What Slack's answers mean: which of our errors each one is. Words from Slack's documentation."""

import re

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import (
    CannotLook,
    CannotPostHere,
    InstallationRefused,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
    SlackTimedOut,
    SlackUnreachable,
)

CANNOT_POST = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "no_permission",
        "access_denied",
        "is_archived",
        "ekm_access_denied",
        "team_access_not_granted",
        "cannot_dm_bot",
        "messages_tab_disabled",
        "user_not_found",
        "user_disabled",
        "is_inactive",
        "restricted_action",
    }
)
CANNOT_LOOK = CANNOT_POST | {
    "missing_scope",
    "not_allowed_token_type",
    "method_not_supported_for_channel_type",
    "thread_not_found",
}
UNKNOWN_OUTCOME = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "unknown"}
)
OF_THE_INSTALLATION = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
    | {"missing_scope", "not_allowed_token_type", "accesslimited", "team_added_to_org"}
)
"""What an administrator can mend while a call waits."""

BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format"})

_DEFAULT_WAIT = 1.0
_LONGEST_WAIT = 3600.0
_TOO_MANY, _SERVER_ERRORS = 429, 500
_REDIRECTS = range(300, 400)


def error_of(error: Exception) -> SlackError:
    """Return what an exception of slack-sdk or aiohttp means for a call to the Web API."""
    if isinstance(error, SlackApiError):
        return _answer_of(error)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientHttpProxyError):
        return SlackUnreachable(f"Slack can't be reached{_cause_of(error)}", "unreachable")
    if isinstance(error, TimeoutError):
        return SlackTimedOut("Slack did not answer in time", "timed_out")
    # A reset, a body that is no JSON: the request may have had its effect.
    kind = type(error).__name__
    return SlackOutcomeUnknown(f"Slack's answer was lost ({kind})", "no_answer")


def _cause_of(error: aiohttp.ClientError) -> str:
    """Return what this machine's environment has to do with it, "" where that isn't known."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f" (the proxy refused with {error.status})"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return " (the proxy can't be reached)"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return " (its certificate is not trusted; SSL_CERT_FILE names further ones)"
    return ""


def _answer_of(error: SlackApiError) -> SlackError:
    response = error.response
    status = getattr(response, "status_code", 0)
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    code = code if isinstance(code, str) and re.fullmatch(r"[\w.:-]{1,80}", code) else "unknown"
    if status == _TOO_MANY or code in {"ratelimited", "rate_limited"}:
        return SlackRateLimited("Slack asked for fewer requests", wait_of(response.headers))
    if status in _REDIRECTS:
        # Whoever answered so is not the Web API: nothing was done there.
        return SlackUnreachable(f"Slack's address leads elsewhere ({status})", "redirected")
    if status >= _SERVER_ERRORS or code in UNKNOWN_OUTCOME:
        return SlackOutcomeUnknown(f"Slack is in trouble ({status} {code})", code)
    if code in CANNOT_POST or code.startswith("restricted_action"):
        return CannotPostHere(f"the bot can't post there ({code})", code)
    kind = InstallationRefused if code in OF_THE_INSTALLATION else SlackRefused
    return kind(f"Slack refused ({code})", code)


def look_error_of(error: SlackError) -> SlackError:
    """Return what a refused look at a channel's history means."""
    if error.code in CANNOT_LOOK:
        return CannotLook(f"the bot can't look there ({error.code})", error.code)
    return error


def wait_of(headers: object) -> float:
    """Return the seconds of the Retry-After header; one second where it names none."""
    get = getattr(headers, "get", None)
    value = None if get is None else get("Retry-After") or get("retry-after")
    try:
        return min(max(0.0, float(str(value))), _LONGEST_WAIT)
    except ValueError:
        return _DEFAULT_WAIT


FOREIGN = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,
    ValueError,
    AttributeError,
    TypeError,
    RecursionError,
)
"""Everything that slack-sdk and aiohttp are known to raise for a call that failed.

A time-out is an OSError. The last three come of an answer that is JSON and no object, or nested
without end.
"""
