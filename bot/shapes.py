"""The shapes that secrets have, and what is said about a value that has another one.

Nothing here repeats a value: most of them are secrets.
"""

import re

_QUOTES = "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
_WORD = re.compile(r"[!-~]{1,4096}")
_SHORTEST_SECRET = 16

_KINDS = {
    "xoxb-": "a bot token (xoxb-…): it belongs in SLACK_BOT_TOKEN",
    "xapp-": "an app-level token (xapp-…): it belongs in SLACK_APP_TOKEN",
    "xoxp-": "a user token (xoxp-…), which the bot doesn't need",
    "xoxe": "a token of token rotation (xoxe…): turn token rotation off in the Slack app",
    "xox": "a token of another kind",
}
"""What begins with these is a token of Slack's; the longer ones come first."""

_WHERE_BOT = "copy the Bot User OAuth Token from OAuth & Permissions, xoxb-…"
_WHERE_APP = "copy it from Basic Information → App-Level Tokens, xapp-…"
_WHERE_SIGNING = "copy it from Basic Information → App Credentials, 32 characters"


def unquoted(value: object) -> object:
    """Return the value; raises ValueError where quotes were kept, as `docker --env-file` does."""
    text = value.strip() if isinstance(value, str) else ""
    if text and (text[0] in _QUOTES or text[-1] in _QUOTES):
        raise ValueError("has quotes around it: remove them")
    return value


def bot_token(value: str) -> None:
    """Raise ValueError unless it is a bot's token."""
    _token(value, "xoxb-", _WHERE_BOT)


def app_token(value: str) -> None:
    """Raise ValueError unless it is an app-level token."""
    _token(value, "xapp-", _WHERE_APP)


def signing_secret(value: str) -> None:
    """Raise ValueError unless it may be the signing secret of a Slack app."""
    _refuse_tokens(value, "", f"For the signing secret, {_WHERE_SIGNING}")
    if len(value) < _SHORTEST_SECRET:
        raise ValueError(f"is too short to be the signing secret: {_WHERE_SIGNING}")
    if not _WORD.fullmatch(value):
        raise ValueError(f"must be the signing secret of the Slack app: {_WHERE_SIGNING}")


def api_key(value: str) -> None:
    """Raise ValueError unless it may be an API key of Respan's."""
    _refuse_tokens(value, "", "Here must be the API key of Respan")
    if not _WORD.fullmatch(value):
        raise ValueError("must be a Respan API key, without spaces and special characters")


def webhook_secret(value: str) -> None:
    """Raise ValueError unless it may be the secret of an OpenAI webhook."""
    where = "copy it from the OpenAI project → Webhooks, whsec_…"
    _refuse_tokens(value, "", f"For the webhook's secret, {where}")
    if not re.fullmatch(r"whsec_[A-Za-z0-9+/_-]{20,200}={0,2}", value):
        raise ValueError(f"must be the secret of a webhook: {where}")


def _token(value: str, begins: str, advice: str) -> None:
    _refuse_tokens(value, begins, f"For this one, {advice}")
    if not re.fullmatch(rf"{begins}[!-~]{{1,400}}", value):
        raise ValueError(f"must be a token {begins}…: {advice}")


def _refuse_tokens(value: str, but: str, advice: str) -> None:
    """Raise ValueError for a token of Slack's, but the kind that begins like `but`."""
    if but and value.startswith(but):
        return
    for begins, kind in _KINDS.items():
        if value.lower().startswith(begins):
            raise ValueError(f"holds {kind}. {advice}")
