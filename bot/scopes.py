"""The scopes that a setting cannot do without, and what the bot does where one is missing."""

import structlog

from bot.clients.slack import SlackClient
from bot.domain.policy import Policy
from bot.errors import SettingsError
from bot.settings import Settings

log = structlog.get_logger(__name__)

_PEOPLE = "users:read"
_INSTALL = f"add {_PEOPLE} under OAuth & Permissions of the app, and install it again"


def needed_scopes(settings: Settings) -> frozenset[str]:
    """Return the scopes that the settings need; see manifest.yml."""
    policy, needed = settings.policy, {"commands", "chat:write"}
    if settings.customer_identifier == "email":
        needed |= {_PEOPLE, "users:read.email"}
    if _needs_people(policy):
        needed.add(_PEOPLE)
    if policy.usergroups or (policy.asks_for_approval and policy.approver_usergroups):
        needed.add("usergroups:read")
    return frozenset(needed)


def _needs_people(policy: Policy) -> bool:
    """Return whether anybody may, or may agree, by what they are in the workspace."""
    by_group = policy.asks_for_approval and policy.approver_usergroups
    return bool(not policy.users or policy.usergroups or by_group)


async def must_know_people(slack: SlackClient, policy: Policy) -> None:
    """Raise SettingsError where Slack would tell of nobody who they are, and nobody is listed.

    SlackError where Slack does not answer. Where some are listed, nobody else may: that is logged.
    """
    if not _needs_people(policy) or await slack.reads_people():
        return
    if not policy.users:
        raise SettingsError(
            f"SLACK_BOT_TOKEN lacks the scope {_PEOPLE}, so that full members can't be told from"
            f" guests, bots and people of other organizations, and nobody is listed: {_INSTALL},"
            " or list who may by ALLOWED_USERS"
        )
    log.warning(
        "the scope users:read is missing: nobody may but those who are listed by name",
        users=sorted(policy.users),
    )
