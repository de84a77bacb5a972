"""What Slack says to the two tokens at the start, and what to do about each of its words."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.clients.slack_errors import FOREIGN, error_of
from bot.errors import (
    CannotPostHere,
    SettingsError,
    SlackError,
    SlackOutcomeUnknown,
    SlackRefused,
)

_PASSING = frozenset({"team_added_to_org", "org_login_required"})
"""A workspace that is being moved into an organization: its words for "not now"."""

_INSTALL = "install the app again (Install App) and copy its Bot User OAuth Token, xoxb-…"
_COPY = "copy the Bot User OAuth Token, xoxb-…, from the app's page OAuth & Permissions"
_LEVEL = (
    "an app-level token with the scope connections:write (Basic Information → App-Level Tokens)"
)
_NEW = f"create {_LEVEL}"
_SWITCH = "switch Socket Mode on (Settings → Socket Mode of the app)"

_ADVICE: dict[str, dict[str, str]] = {
    "SLACK_BOT_TOKEN": {
        "account_inactive": f"the app was removed or its user deactivated; {_INSTALL}",
        "token_revoked": f"the token was revoked; {_INSTALL}",
        "token_expired": f"the token has expired; switch token rotation off, {_INSTALL}",
        "invalid_auth": f"it is no token that Slack knows; {_COPY}",
        "not_authed": f"it is no token that Slack knows; {_COPY}",
        "not_allowed_token_type": f"it is a token of another kind; {_COPY}",
        "": f"see that the app is installed and allowed in this workspace, and {_COPY}",
    },
    "SLACK_APP_TOKEN": {
        "missing_scope": f"it lacks the scope connections:write; {_NEW}",
        "account_inactive": f"its account was deactivated; {_NEW}",
        "token_revoked": f"the token was revoked; {_NEW}",
        "token_expired": f"the token has expired; {_NEW}",
        "invalid_auth": f"it is no token that Slack knows; {_NEW}",
        "not_authed": f"it is no token that Slack knows; {_NEW}",
        "not_allowed_token_type": f"it is a token of another kind; {_NEW}",
        "socket_mode_disabled": _SWITCH,
        "link_disabled": _SWITCH,
        "": f"{_SWITCH}; if it is on, {_NEW}",
    },
}
"""What to do about each word of Slack's; "" stands for every other one."""


def start_error_of(error: SlackError, setting: str) -> SlackError | SettingsError:
    """Return what Slack's answer to a token means at the start: any definite no is for good."""
    definite = isinstance(error, SlackRefused | CannotPostHere) and error.code not in _PASSING
    if not definite:
        return error
    advice = _ADVICE[setting]
    todo = advice.get(error.code, advice[""])
    return SettingsError(f"{setting} was refused by Slack ({error.code}): {todo}")


async def new_socket_url(web: AsyncWebClient) -> str:
    """Return the address of a new WebSocket, for the app-level token that `web` carries.

    Raises SettingsError for a token that Slack refuses, SlackError for what may pass.
    """
    try:
        answer = await web.api_call("apps.connections.open")
    except FOREIGN as error:
        raise start_error_of(error_of(error), "SLACK_APP_TOKEN") from None
    url = answer.data.get("url") if isinstance(answer.data, dict) else None
    if not isinstance(url, str) or not url.startswith(("wss://", "ws://")):
        raise SlackOutcomeUnknown("Slack named no address for Socket Mode", "no_answer")
    return url
