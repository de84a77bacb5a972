"""Who may cancel batches, for the administrator who starts the bot."""

from bot.domain.policy import Policy


def who_may(policy: Policy) -> str:
    """Return who may ask and confirm, and where, as the end of "who may cancel: …"."""
    users, groups = sorted(policy.users), sorted(policy.usergroups)
    channels = sorted(policy.channels)
    people = [*users, *(f"the members of {group}" for group in groups)]
    who = (
        ", ".join(people)
        or "every full member of the workspace (ALLOWED_USERS, ALLOWED_USERGROUPS)"
    )
    where = ", ".join(channels) or "every channel (ALLOWED_CHANNELS)"
    return f"{who}; in {where}"


def env_file_is_open(path: str) -> str:
    """Return what to do about a file of secrets that others can read."""
    return f"other users of this machine can read {path}, which holds secrets: chmod 600 {path}"
