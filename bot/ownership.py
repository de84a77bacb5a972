"""A database belongs to one workspace and one Respan account: those that used it first.

Two bots of different workspaces on one database would do each other's work, with the wrong key.
"""

from hashlib import sha256

import structlog

from bot.clients.respan import RespanClient
from bot.clients.slack import SlackClient
from bot.errors import BatchNotFound, RespanError, SettingsError
from bot.store.facts import APP, RESPAN_KEY, TEAM
from bot.store.stores import Stores

log = structlog.get_logger(__name__)

_ENOUGH_BATCHES = 5
_FINGERPRINT = 16


async def must_be_its_own(stores: Stores, slack: SlackClient) -> None:
    """Raise SettingsError where the database belongs to another workspace or app.

    An organization-wide installation owns its database as an organization.
    """
    team = slack.enterprise_id if slack.is_org_wide else slack.team_id
    # A database of an older version says only in its rows whose it is.
    first = team if slack.is_org_wide else await stores.requests.first_team() or team
    await _must_be(stores, TEAM, "workspace", team, first)
    app = await slack.own_app()
    await _must_be(stores, APP, "Slack app", app, app)


async def _must_be(stores: Stores, name: str, what: str, own: str, first: str) -> None:
    kept = await stores.facts.keep(name, first) if own else own
    if kept != own:
        raise SettingsError(
            f"DATABASE_URL: this database belongs to the {what} {kept}, and SLACK_BOT_TOKEN is of"
            f" {own}. Give each bot a database of its own"
        )


async def must_be_its_account(stores: Stores, respan: RespanClient, key: str) -> None:
    """Raise SettingsError where the key is of another Respan account than the database's batches.

    Respan doesn't say whose a key is. A new key is one of the same account when it can read one of
    the batches that stand in the database; one that can read none of them is of another account.
    Raises RespanError where Respan can't be asked now.
    """
    fingerprint = sha256(f"batch-bot {key}".encode()).hexdigest()[:_FINGERPRINT]
    if await stores.facts.keep(RESPAN_KEY, fingerprint) == fingerprint:
        return
    known = await stores.requests.known_batches(_ENOUGH_BATCHES)
    if await _reads_one(respan, known):
        await stores.facts.put(RESPAN_KEY, fingerprint)


async def _reads_one(respan: RespanClient, known: list[str]) -> bool:
    """Return whether the key is proven to be of the account, or has nothing to be compared with.

    A key that Respan refuses can do no harm, and is told in its own words where it is used.
    """
    for batch_id in known:
        try:
            await respan.retrieve(batch_id)
        except BatchNotFound:
            continue
        except RespanError as error:
            if not error.is_definite:
                raise
            log.warning("the new Respan key could not be compared", error=str(error))
            return False
        log.info("the Respan key was changed; it is one of the same account", batch_id=batch_id)
        return True
    if known:
        raise SettingsError(
            "RESPAN_API_KEY can read none of the last batches in this database, so it is of another"
            " Respan account. Use a key of that account, or a database of its own (DATABASE_URL)"
        )
    return True
