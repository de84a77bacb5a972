"""A channel: whether the bot may post there, found out by a message that nobody sees."""

from datetime import UTC, datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.checks.outcome import Doubt
from bot.checks.slack import slack_client
from bot.clients.slack_trial import schedule, scheduled, unschedule
from bot.clock import SteadyClock
from bot.errors import BotError, SlackError
from bot.settings import Settings
from bot.views.trial import OPENING, trial_text

_FAR_OFF = 100 * 86_400
"""Seconds; Slack takes 120 days at most. There is time to delete what could not be deleted."""

_INVITE = "type /invite and the app's name there"
_CLOCK = "this machine's clock is wrong: set it"
_ADVICE = {
    "not_in_channel": f"{_INVITE}, or give the app the scope chat:write.public",
    "channel_not_found": f"correct the id; if it is that of a private channel, {_INVITE}",
    "is_archived": "name another channel, or unarchive it",
    "restricted_action": "let the app post, in the channel's settings under Posting permissions,"
    " or ask an administrator of the workspace",
    "missing_scope": "give the app the scope chat:write, and install it again",
    "restricted_too_many": "too much is scheduled there for one time: try again in five minutes",
    "time_in_past": _CLOCK,
    "time_too_far": _CLOCK,
}
_ADVICE_ELSE = "see that the app is allowed there, or ask an administrator of the workspace"
_AGAIN = "try again in a minute"
_AGAIN_TO_CLEAN = f"{_AGAIN}: that deletes what Slack may have scheduled late"


async def channel(place: str, settings: Settings) -> str | Doubt:
    """Schedule a message there and delete it; raises BotError where the bot may not post."""
    post_at = int(SteadyClock().time()) + _FAR_OFF
    async with slack_client(settings) as client:
        await _try(client.web, place, post_at)
    if settings.allowed_channels and place not in settings.allowed_channels:
        return Doubt(
            "the bot may post there, but the command may not be used there: add it to"
            " ALLOWED_CHANNELS, or leave it so"
        )
    return "the bot may post there; nothing was posted"


async def _try(web: AsyncWebClient, place: str, post_at: int) -> None:
    refused: SlackError | None = None
    made = ""
    try:
        made = await schedule(web, place, trial_text(), post_at)
    except SlackError as error:
        refused = error
    finally:
        if refused is None or not refused.had_no_effect:
            await _clean_up(web, place, made, post_at)
    if refused is not None:
        raise BotError(f"{refused}: {_advice(refused)}")


def _advice(error: SlackError) -> str:
    if error.is_outage:
        return _AGAIN if error.had_no_effect else _AGAIN_TO_CLEAN
    is_restricted = error.code.startswith("restricted_action")  # it has words of its own at the end
    return _ADVICE.get("restricted_action" if is_restricted else error.code, _ADVICE_ELSE)


async def _clean_up(web: AsyncWebClient, place: str, made: str, post_at: int) -> None:
    """Delete the message, and what an earlier check left there; raises BotError if one stays."""
    stays = made
    try:
        for stays in dict.fromkeys([*filter(None, [made]), *await _left(web, place, made)]):
            await unschedule(web, place, stays)
    except SlackError as error:
        when = datetime.fromtimestamp(post_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        which = f" and scheduled_message_id={stays}" if stays else ""
        raise BotError(
            f"the trial message could not be deleted ({error}), and would be posted there by"
            f" {when}: run `python -m bot check --channel {place}` again before then, which deletes"
            " what is left, or call Slack's chat.deleteScheduledMessage with"
            f" channel={place}{which}"
        ) from None


async def _left(web: AsyncWebClient, place: str, made: str) -> list[str]:
    """Return the trials that are scheduled there; where the own one is known, none need be seen."""
    try:
        return await scheduled(web, place, OPENING)
    except SlackError:
        if not made:
            raise
        return []
