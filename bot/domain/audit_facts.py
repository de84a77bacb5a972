"""The details of the audit's records that several of them have: the same shape in each."""

from typing import Any

from bot.domain.audit import At
from bot.domain.batch import Batch
from bot.domain.policy import Role
from bot.domain.refusal import Refusal
from bot.domain.request import Target


def denial(why: str, at: At, role: Role = Role.ASKER, by: str | None = None) -> dict[str, Any]:
    """Return the details of a denial: the rule, where it applied, to whom, and beside whom."""
    return {"rule": str(why), "at": str(at), "role": str(role), "other": by}


def facts(target: Target) -> dict[str, Any]:
    """Return what was shown of a batch; None for what was not known."""
    batch = target.batch
    model = None if batch is None else batch.model
    own = {"id": target.batch_id, "model": model, "rule": word(target.refusal)}
    whose = {"owner": target.owner, "owner_id": target.owner_id}
    return own | whose | numbers(batch)


def numbers(batch: Batch | None) -> dict[str, Any]:
    """Return the status and the counts of a batch; None for what is not known."""
    counts = None if batch is None else batch.counts
    return {
        "status": status_of(batch),
        "total": None if counts is None else counts.total,
        "completed": None if counts is None else counts.completed,
        "failed": None if counts is None else counts.failed,
    }


def status_of(batch: Batch | None) -> str | None:
    """Return the status of a batch, None where nothing is known of it."""
    return None if batch is None else batch.status


def word(refusal: Refusal | None) -> str | None:
    """Return the word of a refusal, None where there is none."""
    return None if refusal is None else str(refusal)
