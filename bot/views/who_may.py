"""Who may cancel batches, for the administrator who starts the bot."""

from bot.domain.policy import Policy, nobody_could_agree


def who_may(policy: Policy) -> str:
    """Return who may ask and confirm, and where, as the end of "who may cancel: …"."""
    channels = sorted(policy.channels)
    who = _listed(policy.users, policy.usergroups) or (
        "every full member of the workspace, no guest, bot or person of another organization"
        " (ALLOWED_USERS, ALLOWED_USERGROUPS)"
    )
    where = ", ".join(channels) or "every channel (ALLOWED_CHANNELS)"
    return f"{who}; in {where}"


def who_agrees(policy: Policy) -> str:
    """Return who must agree to what, as the end of "who must agree: …"."""
    if not policy.asks_for_approval:
        return "nobody (APPROVAL_OVER_REQUESTS, APPROVAL_FOR_OTHERS)"
    what = []
    if policy.approval_over is not None:
        what.append(f"more than {policy.approval_over:,} requests that have not run")
    if policy.approval_for_others:
        what.append("batches that are not the person's own")
    who = _listed(policy.approvers, policy.approver_usergroups) or "anybody else who may cancel"
    told = f"to {' and to '.join(what)}: {who}"
    if nobody_could_agree(policy):
        told += (
            "; that is only the person who may ask, who can't approve their own: set APPROVERS or"
            " APPROVER_USERGROUPS, or nothing of it is ever cancelled"
        )
    return told


def _listed(users: frozenset[str], groups: frozenset[str]) -> str:
    named = [*sorted(users), *(f"the full members of {group}" for group in sorted(groups))]
    return ", ".join(named)


def env_file_is_open(path: str) -> str:
    """Return what to do about a file of secrets that others can read."""
    return f"other users of this machine can read {path}, which holds secrets: chmod 600 {path}"
