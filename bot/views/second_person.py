"""Why a second person must agree, and who may: in the words of every message about it."""

from collections.abc import Iterable
from typing import assert_never

from bot.domain.policy import Policy, Reason, approval_ahead
from bot.domain.request import Request
from bot.views.words import escape, follow_link, mention, moment, number, verb

IF_APPROVED = " if approved"
"""What the button of a question adds to its label where a second person must agree."""

_MOST_NAMED = 5
"""People and user groups that are mentioned: all of them would be a crowd."""

_IN_ORDER = (
    Reason.OVER_REQUESTS,
    Reason.SIZE_UNKNOWN,
    Reason.OF_OTHERS,
    Reason.OWNER_UNKNOWN,
)


def second_person(request: Request, policy: Policy) -> str:
    """Return that a second person must agree, and why, as a sentence; "" where nobody has to."""
    why = why_second(request, policy)
    return f"A second person must agree before anything is sent: {why}." if why else ""


def why_second(request: Request, policy: Policy) -> str:
    """Return why somebody must agree to a request as it was shown, "" where nobody has to."""
    found = approval_ahead(policy, request)
    return _and([_reason(why, request, policy) for why in _IN_ORDER if why in found])


def _reason(why: Reason, request: Request, policy: Policy) -> str:
    one = verb(request, "one", "more") == "one"
    match why:
        case Reason.OVER_REQUESTS:
            return f"more than {number(policy.approval_over or 0)} requests have not run"
        case Reason.SIZE_UNKNOWN:
            return "its size is not known" if one else "the size of some is not known"
        case Reason.OF_OTHERS:
            return "it is somebody else's" if one else "some are somebody else's"
        case Reason.OWNER_UNKNOWN:
            return "nobody knows whose it is" if one else "nobody knows whose some are"
        case unknown:
            assert_never(unknown)


def waits_until(request: Request, viewer: str, what: str, link: str | None) -> str:
    """Return who asked to cancel `what`, and until when it waits, for somebody who looks."""
    who = "You" if viewer == request.user_id else mention(request.user_id)
    until = moment(request.expires_at or request.asked_at)
    return (
        f"{who} asked to cancel {what}: that waits for a second person's approval until {until}."
        f"{follow_link(link)}"
    )


def who_may_agree(policy: Policy, but: str) -> str:
    """Return who may agree, those who are named by the settings mentioned; never `but`."""
    people = [mention(who) for who in sorted(policy.approvers - {but})]
    groups = [_group(group) for group in sorted(policy.approver_usergroups)]
    named = [*groups, *people]
    if not policy.narrows_approvers:
        return "anyone else who may cancel batches here"
    left = len(named) - _MOST_NAMED
    shown = named[:_MOST_NAMED] + ([f"{number(left)} more"] if left > 0 else [])
    return _or(shown) or "nobody: the app's administrator has named no one else"


def _group(group: str) -> str:
    return f"<!subteam^{escape(group)}>"


def _and(parts: Iterable[str]) -> str:
    return _joined(list(parts), "and")


def _or(parts: Iterable[str]) -> str:
    return _joined(list(parts), "or")


def _joined(parts: list[str], word: str) -> str:
    *first, last = parts or [""]
    return f"{', '.join(first)} {word} {last}" if first else last
