"""What only `check` asks of Slack: may the bot post there, unseen, and what time is it.

A message is scheduled as late as Slack takes it, and deleted at once. Slack refuses to schedule
where it refuses to post, and with the same words (chat.scheduleMessage, chat:write).
"""

from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients.slack_errors import FOREIGN, error_of
from bot.errors import SlackError, SlackOutcomeUnknown

Json = dict[str, Any]

_GONE = frozenset({"invalid_scheduled_message_id"})
_TRIES = 3
_PAGES = 5


async def schedule(web: AsyncWebClient, channel: str, text: str, post_at: int) -> str:
    """Schedule a message for `post_at`, seconds since the epoch; return its id.

    Raises SlackError; after SlackOutcomeUnknown the message may be scheduled.
    """
    arguments = {"channel": channel, "text": text, "post_at": post_at}
    answer = await _call(web, "chat.scheduleMessage", json=arguments)
    made = answer.get("scheduled_message_id")
    if not isinstance(made, str):
        raise SlackOutcomeUnknown("Slack did not say what it scheduled", "no_answer")
    return made


async def scheduled(web: AsyncWebClient, channel: str, opening: str) -> list[str]:
    """Return the ids of the bot's scheduled messages there that begin so. Raises SlackError."""
    found: list[str] = []
    cursor = ""
    for _ in range(_PAGES):
        arguments = {"channel": channel, "limit": 100, "cursor": cursor}
        page = await _call(web, "chat.scheduledMessages.list", http_verb="GET", params=arguments)
        found += _ids(page.get("scheduled_messages"), opening)
        about = page.get("response_metadata")
        cursor = str(about.get("next_cursor") or "") if isinstance(about, dict) else ""
        if not cursor:
            break
    return found


def _ids(messages: object, opening: str) -> list[str]:
    """Return the ids of those messages whose text begins so."""
    return [
        str(message.get("id"))
        for message in (messages if isinstance(messages, list) else ())
        if isinstance(message, dict) and str(message.get("text")).startswith(opening)
    ]


async def unschedule(web: AsyncWebClient, channel: str, scheduled_id: str) -> None:
    """Delete a scheduled message; one that is gone already is deleted. Raises SlackError.

    To delete twice does no harm, so that what was lost on the way is tried again.
    """
    arguments = {"channel": channel, "scheduled_message_id": scheduled_id}
    for tried in range(1, _TRIES + 1):
        try:
            await _call(web, "chat.deleteScheduledMessage", json=arguments)
        except SlackError as error:
            if error.code in _GONE:
                return
            if not error.is_outage or tried == _TRIES:
                raise
        else:
            return


async def slack_time(web: AsyncWebClient) -> float | None:
    """Return Slack's time in seconds since the epoch, None where its answer has no date."""
    try:
        headers = (await web.api_call("auth.test")).headers
    except SlackApiError as error:
        headers = getattr(error.response, "headers", {})
    except FOREIGN as error:
        raise error_of(error) from None
    date = next((str(v) for k, v in headers.items() if k.lower() == "date"), "")
    try:
        return parsedate_to_datetime(date).timestamp() + 0.5  # it is cut to whole seconds
    except (ValueError, OverflowError):
        return None


async def _call(web: AsyncWebClient, method: str, **request: Any) -> Json:  # noqa: ANN401 - slack-sdk's own arguments
    try:
        answer = await web.api_call(method, **request)
    except FOREIGN as error:
        raise error_of(error) from None
    if not isinstance(answer.data, dict) or answer.data.get("ok") is not True:
        raise SlackOutcomeUnknown("Slack's answer says neither yes nor no", "no_answer")
    return answer.data
