"""Slack: the two tokens, the scopes, a connection, and this machine's clock against Slack's."""

from contextlib import suppress
from functools import partial

from bot.checks.outcome import Doubt
from bot.checks.way_out import proxies
from bot.clients.slack import SlackClient
from bot.clients.slack_tokens import new_socket_url
from bot.clients.slack_trial import slack_time
from bot.clients.web_client import web_client
from bot.clock import SteadyClock
from bot.errors import BotError
from bot.scopes import must_know_people, needed_scopes
from bot.settings import Settings
from bot.transports.socket_connection import first_frame, must_be_greeted
from bot.transports.socket_mode import app_of_token, must_be_one_app

_SIGNATURES_LAST, _NEARLY = 300.0, 60.0
"""Seconds: Slack's signatures, and OpenAI's, are refused when they seem older than five minutes."""


async def slack(settings: Settings) -> str | Doubt:
    """Ask Slack who the bot is, and compare the scopes with those that the settings need.

    Raises BotError for what is missing.
    """
    async with slack_client(settings) as client:
        await client.start()
        await must_know_people(client, settings.policy)
        here = f"the bot is {client.bot_user_id} in {client.workspace_url or client.team_id}"
        if not client.scopes_known:
            return f"{here}; Slack did not say which scopes the token has"
        missing = needed_scopes(settings) - client.scopes
        if missing:
            raise BotError(
                f"the bot's token lacks the scopes {', '.join(sorted(missing))}: add them under"
                " OAuth & Permissions of the app, and install it again"
            )
        if settings.owner_metadata_key and "users:read.email" not in client.scopes:
            return Doubt(
                f"{here}; without the scope users:read.email nobody is known by their address:"
                " add it where OWNER_METADATA_KEY names people so"
            )
        return here


def slack_client(settings: Settings) -> SlackClient:
    """Return a client that is not open yet."""
    token, url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
    return SlackClient(token, url, SteadyClock(), proxy_for=proxies().for_url)


async def clock(settings: Settings) -> str | Doubt:
    """Compare the clock with the `Date` of Slack's answer, which is exact to a second."""
    own = SteadyClock()
    async with slack_client(settings) as client:
        before = own.time()
        theirs = await slack_time(client.web)
        after = own.time()
    if theirs is None:
        return Doubt("Slack's answer has no date: see yourself that this machine's clock is right")
    ahead = round((before + after) / 2 - theirs)
    if abs(ahead) < _NEARLY:
        return f"{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} Slack's"
    return _wrong(settings, ahead)


def _wrong(settings: Settings, ahead: int) -> Doubt:
    """Return the doubt about a clock that is so many seconds ahead; raises BotError if it breaks.

    In Socket Mode nothing is signed, unless there are OpenAI's webhooks.
    """
    where = f"this machine's clock is {abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'}"
    signed = not settings.socket_mode or settings.openai_webhook_secret is not None
    sentence = f"{where} Slack's: set it, by NTP (`timedatectl set-ntp true`) for example"
    if signed and abs(ahead) >= _SIGNATURES_LAST:
        raise BotError(f"{sentence}. Signed requests are refused 5 minutes off")
    return Doubt(f"{sentence}; 5 minutes off signed requests are refused, and times are told wrong")


async def socket(settings: Settings) -> str:
    """Open a connection as the bot does, wait until Slack greets it, and close it."""
    token = "" if settings.slack_app_token is None else settings.slack_app_token.get_secret_value()
    proxy_for, url = proxies().for_url, settings.slack_api_url
    web = web_client(token, url, None, proxy_for(url))
    greeted = must_be_greeted(await first_frame(partial(new_socket_url, web), proxy_for))
    own = await _own_app(settings)
    for other in (app_of_token(token), greeted):
        must_be_one_app(own, other)
    return "a connection opens"


async def _own_app(settings: Settings) -> str:
    """Return the id of the bot's app, "" where it can't be known: Slack's own line says why."""
    async with slack_client(settings) as client:
        with suppress(BotError):
            await client.start()
            return await client.own_app()
    return ""
