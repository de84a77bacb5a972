"""`python -m bot check`: whether everything that the settings name is there and lets the bot in."""

import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from bot.clients.respan import RespanClient
from bot.clients.slack import SlackClient
from bot.clients.slack_tokens import new_socket_url
from bot.clients.web_client import web_client
from bot.clock import SteadyClock
from bot.errors import (
    BatchNotFound,
    BotError,
    RespanError,
    RespanRateLimited,
    RespanUnavailable,
    RespanUnreachable,
    RespanUnreadable,
)
from bot.prepare import lock_at
from bot.proxies import Proxies, usable_proxies
from bot.settings import Settings
from bot.store.database import Database
from bot.telemetry.masking import Masker, printable
from bot.transports.socket_connection import first_frame, must_be_greeted
from bot.transports.socket_mode import app_of_token, must_be_one_app
from bot.views.who_may import who_may

_NO_BATCH = "batch_does_not_exist"


async def check(settings: Settings) -> int:
    """Print a line for each thing outside; return 0 when all of them work, 1 otherwise.

    Raises SettingsError for a proxy of the environment that can't be used.
    """
    usable_proxies(os.environ, settings.respan_base_url, settings.slack_api_url)
    checks: dict[str, Callable[[Settings], Awaitable[str]]] = {
        "Database": _database,
        "Slack": _slack,
        **({"Socket Mode": _socket} if settings.socket_mode else {}),
        "Respan": _respan,
    }
    failed = 0
    masker = Masker(settings.secrets | Proxies.from_environment(os.environ).secrets)
    for name, attempt in checks.items():
        try:
            outcome = f"ok: {await attempt(settings)}"
        except BotError as error:
            failed += 1
            outcome = f"failed: {error}"
        print(f"{name}: {printable(masker.mask(outcome))}")  # noqa: T201 - the command's answer
    print(f"Who may cancel: {who_may(settings.permissions)}")  # noqa: T201 - the same
    print(_about_the_header(settings))  # noqa: T201 - the same
    return 1 if failed else 0


async def _database(settings: Settings) -> str:
    async with Database(settings.database_url.get_secret_value(), SteadyClock()) as database:
        lock_at(database)  # raises for a path that can be no file
        async with database.writing():
            pass
        return database.url.get_backend_name()


async def _slack(settings: Settings) -> str:
    async with _slack_client(settings) as slack:
        await slack.start()
        here = f"the bot is {slack.bot_user_id} in {slack.workspace_url or slack.team_id}"
        if not slack.scopes_known:
            return f"{here}; Slack did not say which scopes the token has"
        missing = _needed_scopes(settings) - slack.scopes
        if missing:
            raise BotError(f"the bot's token lacks the scopes {', '.join(sorted(missing))}")
        return here


def _slack_client(settings: Settings) -> SlackClient:
    token, url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
    return SlackClient(token, url, SteadyClock(), proxy_for=_proxies().for_url)


def _proxies() -> Proxies:
    return Proxies.from_environment(os.environ)


async def _socket(settings: Settings) -> str:
    """Open a connection as the bot does, wait until Slack greets it, and close it."""
    token = "" if settings.slack_app_token is None else settings.slack_app_token.get_secret_value()
    proxy_for, url = _proxies().for_url, settings.slack_api_url
    web = web_client(token, url, None, proxy_for(url))
    greeted = must_be_greeted(await first_frame(partial(new_socket_url, web), proxy_for))
    own = await _own_app(settings)
    for other in (app_of_token(token), greeted):
        must_be_one_app(own, other)
    return "a connection opens"


async def _own_app(settings: Settings) -> str:
    """Return the id of the bot's app, "" where it can't be known: Slack's own line says why."""
    async with _slack_client(settings) as slack:
        with suppress(BotError):
            await slack.start()
            return await slack.own_app()
    return ""


def _needed_scopes(settings: Settings) -> set[str]:
    """Return the scopes that the settings need; see manifest.yml."""
    needed = {"commands", "chat:write"}
    if settings.customer_identifier == "email":
        needed |= {"users:read", "users:read.email"}
    return needed | ({"usergroups:read"} if settings.allowed_usergroups else set())


async def _respan(settings: Settings) -> str:
    """Ask for a batch that can't exist: the words that it is unknown mean that the key is good."""
    async with RespanClient(
        settings.respan_base_url,
        settings.respan_api_key.get_secret_value(),
        SteadyClock(),
        encoding=settings.respan_params_encoding,
        provider_id=settings.respan_provider_id,
        proxy=_proxies().for_url(settings.respan_base_url),
    ) as respan:
        try:
            await respan.retrieve(_NO_BATCH)
        except BatchNotFound as error:
            if not error.names_batch:
                await _find_list(respan, error)
            return "the API key is accepted"
        except RespanError as error:
            raise BotError(f"{error}{_ADVICE.get(type(error), '')}") from None
        return "it answers"


async def _find_list(respan: RespanClient, unknown: BatchNotFound) -> None:
    """Raise unless there is a list of batches: what knows none is no Respan, or another path."""
    try:
        await respan.page(None, 1)
    except BatchNotFound:
        raise BotError(f"{unknown}, nor any list of batches{_WRONG_URL}") from None
    except RespanError as error:
        raise BotError(f"{error}{_ADVICE.get(type(error), '')}") from None


_WRONG_URL = ". RESPAN_BASE_URL may be wrong"
_ADVICE: dict[type[RespanError], str] = {
    RespanUnreachable: ". Look at RESPAN_BASE_URL, the network and the proxy's settings",
    RespanUnreadable: _WRONG_URL,
    RespanUnavailable: ". Try again in a minute",
    RespanRateLimited: ". Try again in a minute",
}
"""What to do about the errors that say nothing of it, as they belong to an outage mostly."""


def _about_the_header(settings: Settings) -> str:
    """Return what no call can find out: whether Respan reads who cancelled."""
    is_json = settings.respan_params_encoding == "json"
    form, other = ("JSON", "base64") if is_json else ("base64 of JSON", "json")
    provider = settings.respan_provider_id
    about_provider = (
        "where Respan asks for provider_id, set RESPAN_PROVIDER_ID=openai"
        if provider is None
        else f"provider_id={provider} is sent too (RESPAN_PROVIDER_ID)"
    )
    return (
        f"Respan: note: who cancelled travels in the header X-Data-Respan-Params, as {form}"
        f" (RESPAN_PARAMS_ENCODING={settings.respan_params_encoding}). A header in the wrong form"
        " is ignored in silence. After the first cancellation look among Respan's customers: if"
        f" the person isn't there, set RESPAN_PARAMS_ENCODING={other}; {about_provider}."
    )
