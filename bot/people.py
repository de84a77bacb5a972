"""What Slack says about people, as far as the policy looks at it."""

import asyncio
from dataclasses import replace

import structlog

from bot.domain.person import Person
from bot.domain.policy import Policy, Role
from bot.errors import SlackError
from bot.ports import Slack

log = structlog.get_logger(__name__)


async def read_person(
    slack: Slack, policy: Policy, user_id: str, role: Role = Role.ASKER, *, fresh: bool = False
) -> Person:
    """Return somebody as Slack has them: no more than the policy looks at. It raises nothing.

    What Slack does not tell stays None, and the policy takes it for a no. `fresh` asks anew, before
    something is done that can't be undone; what is known falls in where Slack does not answer.
    """
    asks, groups = policy.reads_kind_of(user_id, role), policy.groups_for(user_id, role)
    # The owner of a batch may be named by an address, which is compared with the person's own.
    reads_address = policy.owner_key is not None and role is Role.ASKER
    kind, own = await asyncio.gather(
        _kind(slack, user_id, fresh=fresh, wanted=asks or reads_address),
        _groups(slack, groups, user_id, fresh=fresh),
    )
    return replace(kind, groups=own, is_read=True)


async def _kind(slack: Slack, user_id: str, *, fresh: bool, wanted: bool) -> Person:
    if not wanted:
        return Person(user_id)
    try:
        return await slack.person(user_id, fresh=fresh)
    except SlackError as error:
        _tell("Slack did not say who a person is", error, user_id=user_id)
    return slack.known_person(user_id) or Person(user_id)


async def _groups(
    slack: Slack, groups: frozenset[str], user_id: str, *, fresh: bool
) -> frozenset[str] | None:
    """Return those of the groups that somebody is in, None where Slack does not tell all of them.

    The first one will do: they are read one after another, as few as possible.
    """
    for group in sorted(groups):
        try:
            if user_id in await slack.members_of(group, fresh=fresh):
                return frozenset({group})
        except SlackError as error:
            _tell("the members of a user group could not be read", error, group=group)
            return None
    return frozenset()


def _tell(event: str, error: SlackError, **more: str) -> None:
    (log.debug if error.is_outage else log.warning)(event, error=str(error), **more)


async def read_in_time(
    slack: Slack, policy: Policy, user_id: str, role: Role, seconds: float
) -> Person:
    """Return the same, as far as Slack tells it so soon: a click is stored before its ack.

    An answer that comes too late helps the next click.
    """
    try:
        async with asyncio.timeout(seconds):
            return await read_person(slack, policy, user_id, role)
    except TimeoutError:
        log.warning("Slack did not say who a person is", user_id=user_id, error="TimeoutError")
        return Person(user_id, is_read=True)


def as_known(slack: Slack, policy: Policy, user_id: str, role: Role = Role.ASKER) -> Person:
    """Return somebody as far as Slack was asked in the last minutes.

    A click waits for no answer: what is not known is asked before anything is done.
    """
    known = slack.known_person(user_id) or Person(user_id)
    groups = _known_groups(slack, policy.groups_for(user_id, role), user_id)
    return replace(known, groups=groups, is_read=False)


def _known_groups(slack: Slack, groups: frozenset[str], user_id: str) -> frozenset[str] | None:
    known = {group: slack.known_members_of(group) for group in groups}
    own = frozenset(group for group, members in known.items() if members and user_id in members)
    return None if not own and None in known.values() else own
