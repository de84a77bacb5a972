"""Whether somebody is in one of the allowed user groups, as Slack has them."""

from bot.domain.permissions import Permissions
from bot.ports import Slack


async def is_member(slack: Slack, permissions: Permissions, user_id: str, *, fresh: bool) -> bool:
    """Return whether a person is in one of the groups; `fresh` members are read now.

    Raises SlackError where Slack does not tell: whoever can't be checked may not.
    """
    for group in sorted(permissions.usergroups):
        if user_id in await slack.members_of(group, fresh=fresh):
            return True
    return False
