"""The one message of `check` that people could read, if it could not be deleted in time."""

OPENING = "A trial of the batch cancellation bot's check."
"""Tells trials from all else that is scheduled: each check deletes what an earlier one left."""


def trial_text() -> str:
    """Return the text of a message that is deleted long before it would be posted."""
    return (
        f"{OPENING} It was scheduled to see whether the bot may post here, and should have been"
        " deleted at once. Nothing was cancelled, and there is nothing to do."
    )
