"""`python -m bot check`: whether everything that the settings name is there and lets the bot in."""

from collections.abc import Awaitable, Callable

from bot.clients.respan import RespanClient
from bot.clients.slack import SlackClient
from bot.clock import SteadyClock
from bot.errors import BatchNotFound, BotError
from bot.masking import Masker, printable
from bot.settings import Settings
from bot.store.database import Database

_NO_BATCH = "batch_does_not_exist"


async def check(settings: Settings) -> int:
    """Print a line for each thing outside; return 0 when all of them work, 1 otherwise."""
    checks: dict[str, Callable[[Settings], Awaitable[str]]] = {
        "Database": _database,
        "Slack": _slack,
        "Respan": _respan,
    }
    failed, masker = 0, Masker(settings.secrets)
    for name, attempt in checks.items():
        try:
            outcome = f"ok: {await attempt(settings)}"
        except BotError as error:
            failed += 1
            outcome = f"failed: {error}"
        print(f"{name}: {printable(masker.mask(outcome))}")  # noqa: T201 - the command's answer
    return 1 if failed else 0


async def _database(settings: Settings) -> str:
    async with Database(settings.database_url.get_secret_value(), SteadyClock()) as database:
        await database.ping()
        return database.url.get_backend_name()


async def _slack(settings: Settings) -> str:
    token, url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
    async with SlackClient(token, url, SteadyClock()) as slack:
        await slack.start()
        missing = _needed_scopes(settings) - slack.scopes
        if missing:
            raise BotError(f"the bot's token lacks the scopes {', '.join(sorted(missing))}")
        return f"the bot is {slack.bot_user_id} in {slack.workspace_url or slack.team_id}"


def _needed_scopes(settings: Settings) -> set[str]:
    """Return the scopes that the settings need; see manifest.yml."""
    needed = {"commands", "chat:write"}
    if settings.customer_identifier == "email":
        needed |= {"users:read", "users:read.email"}
    return needed | ({"usergroups:read"} if settings.allowed_usergroups else set())


async def _respan(settings: Settings) -> str:
    """Ask for a batch that can't exist: a 404 means that the key is good."""
    key, url = settings.respan_api_key.get_secret_value(), settings.respan_base_url
    async with RespanClient(url, key, SteadyClock()) as respan:
        try:
            await respan.retrieve(_NO_BATCH)
        except BatchNotFound:
            return "the API key is accepted"
        return "it answers"
