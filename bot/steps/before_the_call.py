"""Who asked, and who agreed, as Slack has them right before the cancel call."""

import asyncio
from dataclasses import dataclass, replace

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation
from bot.domain.person import Person
from bot.domain.policy import Case, Moment, NeedsApproval, Owned, Role, case_of, may, owned
from bot.domain.refusal import Refusal
from bot.errors import RowUnreadable
from bot.people import read_person
from bot.steps.decision import Tools, denial_of


@dataclass(frozen=True, slots=True)
class People:
    """Who asked, and who agreed where a second person had to."""

    asker: Person
    approver: Person | None


async def read_people(tools: Tools, row: Cancellation) -> People:
    """Read them anew: whoever was taken off meanwhile may not."""
    slack, policy = tools.slack, tools.policy
    if row.approved_by is None:
        return People(await read_person(slack, policy, row.user_id, fresh=True), None)
    asker, approver = await asyncio.gather(
        read_person(slack, policy, row.user_id, fresh=True),
        read_person(slack, policy, row.approved_by, Role.APPROVER, fresh=True),
    )
    return People(asker, approver)


def denial_at_call(tools: Tools, row: Cancellation, people: People) -> Refusal | None:
    """Return why it may not be sent, None where it may."""
    return denial_of(tools, Moment.CALL, _case(row, people), waits=True)


async def needs_approval(
    tools: Tools, row: Cancellation, batch: Batch | None, people: People
) -> bool:
    """Return whether a second person must agree to what is to be cancelled now, and has not."""
    if people.approver is not None or not tools.policy.asks_for_approval:
        return False
    case = await _whole_case(tools, row, batch, people)
    return isinstance(may(tools.policy, Moment.CALL, case), NeedsApproval)


async def _whole_case(tools: Tools, row: Cancellation, batch: Batch | None, people: People) -> Case:
    """Return the case of all that was confirmed with it: the others count as they were shown.

    Small ones may be many together, also where the setting has changed since the click.
    """
    alone = _case(row, people, owned(tools.policy, batch, people.asker))
    try:
        live = await tools.records.live(row.batch_id)
    except RowUnreadable:
        return alone
    if live is None or live.request.id != row.request_id:
        return alone
    targets = tuple(
        replace(target, batch=batch) if target.batch_id == row.batch_id else target
        for target in live.request.targets
    )
    request = replace(live.request, targets=targets)
    return case_of(tools.policy, people.asker, row.channel_id, request)


def _case(row: Cancellation, people: People, *batches: Owned) -> Case:
    return Case(people.asker, row.channel_id, batches, people.approver)
