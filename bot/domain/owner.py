"""Whose a batch is, as its metadata names them: by a Slack id, an address, or other words."""

import re

from bot.domain.batch import Batch
from bot.domain.person import Person

_MENTION = re.compile(r"<@([UW][A-Z0-9]{1,40})(?:\|[^<>]*)?>")
_ID = re.compile(r"[UW](?=[A-Z]*[0-9])[A-Z0-9]{4,40}")  # a word in capitals is none


def owner_of(key: str | None, batch: Batch | None) -> str | None:
    """Return whose a batch is by its metadata under that key: a Slack id, or the words there."""
    if key is None or batch is None:
        return None
    named = dict(batch.metadata)
    lower = {key.lower(): value for key, value in batch.metadata}
    told = named.get(key) or lower.get(key.lower())
    if not told:
        return None
    mention = _MENTION.fullmatch(told)
    return mention[1] if mention else told


def slack_id_in(owner: str | None) -> str | None:
    """Return the Slack id that an owner is named by, None where they are named otherwise."""
    return owner if owner is not None and _ID.fullmatch(owner) else None


def is_email(owner: str | None) -> bool:
    """Return whether an owner is named by an e-mail address."""
    return owner is not None and re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", owner) is not None


def is_own(owner: str | None, person: Person) -> bool:
    """Return whether a batch's owner is that person: by their id, or by their own address.

    Names don't count: people choose theirs.
    """
    if owner is None:
        return False
    same_address = person.email is not None and owner.casefold() == person.email.casefold()
    return owner == person.id or (is_email(owner) and same_address)
