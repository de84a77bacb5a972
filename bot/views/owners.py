"""Whose batches they are, as their metadata says it. That is somebody's input: ids are mentioned.

Everything else is shown as it stands there, and never taken for a person.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.batch import Batch
from bot.domain.owner import is_own
from bot.domain.owner import owner_of as owner_named
from bot.domain.person import Person
from bot.domain.policy import Policy
from bot.domain.request import Request, Target
from bot.views.words import code, mention, number

_MOST_NAMED = 5
"""Owners of several batches that a sentence names: who has more batches comes first."""

_LONGEST_NAME = 60

_MOST_TOLD = 10
"""Owners that one message mentions."""


@dataclass(frozen=True, slots=True)
class Owners:
    """By which the list knows whose a batch is, for the person who picks."""

    policy: Policy
    person: Person

    def of(self, batch: Batch) -> tuple[str | None, bool]:
        """Return whose a batch is, and whether that is who picks.

        Without the setting the usual keys of the metadata are looked at.
        """
        if self.policy.owner_key is None:
            return batch.owner, batch.owner == self.person.id
        owner = owner_named(self.policy.owner_key, batch)
        return owner, is_own(owner, self.person)


def owner_of(target: Target, viewer: str) -> str:
    """Return whose a batch is, as a fact."""
    if target.owner_id == viewer:
        return "you"
    return _named(target) or "not known"


def owner_in_line(target: Target, viewer: str) -> str:
    """Return the same as a part of the batch's line."""
    if target.owner_id == viewer:
        return "yours"
    if target.owner_id is not None:
        return f"{_named(target)}'s"
    named = _named(target)
    return f"owner {named}" if named else "owner not known"


def _named(target: Target) -> str:
    """Return the mention of a batch's owner, or the words that name them, "" where none do."""
    if target.owner_id is not None:
        return mention(target.owner_id)
    return "" if target.owner is None else code(target.owner[:_LONGEST_NAME])


def not_yours(request: Request) -> str:
    """Return that batches of a question are not those of who asks, "" where all of them are."""
    asked = request.open_targets
    if len(asked) == 1:
        return _not_yours(asked[0], request.user_id)
    others = [target for target in asked if target.owner_id != request.user_id]
    if not others:
        return ""
    is_sure = all(target.owner_id is not None for target in others)
    yours, whole = "yours" if is_sure else "known to be yours", number(len(asked))
    if len(others) == len(asked):
        lead = f"None of these {whole} batches is {yours}"
    else:
        lead = f"{number(len(others))} of these {whole} batches {_are(len(others))} not {yours}"
    return f"{lead}: {_counted(others)}."


def _not_yours(target: Target, viewer: str) -> str:
    if target.owner_id == viewer:
        return ""
    if target.owner_id is not None:
        return f"This batch is {_named(target)}'s, not yours."
    if target.owner is not None:
        return f"This batch is not known to be yours: its metadata names {_named(target)}."
    if target.batch is None:
        return "Whose batch this is can't be read at the moment."
    return "Whose batch this is, its metadata does not say."


def _counted(others: Sequence[Target]) -> str:
    """Return how many batches whose are, those of the most first."""
    sure = Counter(_named(t) for t in others if t.owner_id is not None)
    unsure = Counter(_named(t) for t in others if t.owner_id is None and t.owner is not None)
    unread = sum(target.owner is None and target.batch is None for target in others)
    silent = len(others) - sure.total() - unsure.total() - unread
    named = [(n, f"{_are(n)} {who}'s") for who, n in sure.most_common()]
    named += [(n, f"{_name(n)} {who}") for who, n in unsure.most_common()]
    parts = [f"{number(n)} {words}" for n, words in named[:_MOST_NAMED]]
    left = sum(n for n, _ in named[_MOST_NAMED:])
    parts += [f"{number(left)} {_are(left)} of others"] if left else []
    parts += [f"{number(silent)} {_name(silent)} no owner"] if silent else []
    parts += [f"{number(unread)} can't be read"] if unread else []
    return ", ".join(parts)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _name(count: int) -> str:
    return "names" if count == 1 else "name"


def told_to_owners(request: Request, but: Collection[str] = ()) -> str:
    """Return whose batches somebody else cancelled, for them to see; "" where nobody's.

    Each is mentioned once, those in `but` nowhere: they are mentioned already.
    """
    done = {row.batch_id for row in request.own if row.accepted_at is not None}
    ids = (target.owner_id for target in request.targets if target.batch_id in done)
    own_or_told = {None, request.user_id, *but}
    counts = Counter(owner for owner in ids if owner not in own_or_told)
    if not counts:
        return ""
    owners = [(mention(str(owner)), n) for owner, n in counts.most_common()]
    if len(request.cancellations) == 1:
        return f"It is the batch of {owners[0][0]}."
    parts = [f"{number(n)} {_are(n)} {who}'s" for who, n in owners[:_MOST_TOLD]]
    left = sum(n for _, n in owners[_MOST_TOLD:])
    parts += [f"{number(left)} {_are(left)} of others"] if left else []
    return f"Of these batches, {', '.join(parts)}."
