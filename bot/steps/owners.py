"""Whose batches they are, where the setting says which key of their metadata tells it."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.domain.owner import is_email, is_own, owner_of, slack_id_in
from bot.domain.person import Person
from bot.domain.request import MOST_BATCHES, Target
from bot.errors import SlackError
from bot.steps.decision import Tools, log_failure

_WITHIN = 1.0
"""Seconds in which Slack has to tell who has an address: whoever asked waits for it."""


async def with_owners(
    tools: Tools, person: Person, targets: Sequence[Target]
) -> tuple[Target, ...]:
    """Return the batches with their owners, as far as is known so soon. It raises nothing.

    Names are nobody's proof, for people choose theirs: only a Slack id, an address that is the
    person's own, and one that Slack finds somebody by, become an id.
    """
    if tools.policy.owner_key is None:
        return tuple(targets)
    named = [
        replace(t, owner=owner_of(tools.policy.owner_key, t.batch) or t.owner) for t in targets
    ]
    asked = {t.owner for t in named if t.owner is not None and is_email(t.owner)}
    others = sorted(owner for owner in asked if not is_own(owner, person))[:MOST_BATCHES]
    found = await _ids(tools, others)
    return tuple(replace(t, owner_id=_id_of(t, person, found)) for t in named)


def _id_of(target: Target, person: Person, found: dict[str, str]) -> str | None:
    owner = target.owner
    if owner is None:
        return None
    if is_own(owner, person):
        return person.id
    # What was found before is true still where Slack does not answer now.
    return slack_id_in(owner) or slack_id_in(found.get(owner)) or target.owner_id


async def _ids(tools: Tools, addresses: Collection[str]) -> dict[str, str]:
    """Return the Slack ids of those addresses that belong to somebody, as far as Slack tells."""
    asking = {a: asyncio.ensure_future(tools.slack.id_of_email(a)) for a in addresses}
    if not asking:
        return {}
    try:
        done, _ = await asyncio.wait(asking.values(), timeout=_WITHIN)
    finally:
        for task in asking.values():
            task.cancel()
    errors = [task.exception() for task in done]
    for error in errors:
        if isinstance(error, SlackError):
            log_failure("Slack did not say whose an address is", error)
            break  # the others have the same reason
    ids = {a: task.result() for a, task in asking.items() if task in done and not task.exception()}
    return {address: found for address, found in ids.items() if found is not None}
