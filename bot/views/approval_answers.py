"""What people read privately about an approval: who asked, and whoever presses its buttons."""

from typing import assert_never

from bot.domain.clicked import is_direct
from bot.domain.message import Message
from bot.domain.policy import Policy
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.views.approval import why_closed
from bot.views.second_person import who_may_agree, why_second
from bot.views.unsent import WITHDRAW_ACTION
from bot.views.words import (
    button,
    command,
    linked,
    mention,
    moment,
    place,
    say,
    section,
    subject,
    verb,
)

_NOT_DONE = "Your click did nothing."


def waits_for_approval(request: Request, policy: Policy, link: str | None) -> Message:
    """Return what who asked reads while it waits; they can withdraw it.

    `link` is the address of the message in the channel, None where it is not there yet.
    """
    why = why_second(request, policy)
    because = f" because {why}" if why else ""
    where = f" {linked(link, 'in the channel')}" if link else f" in {place(request)}"
    until = moment(request.expires_at or request.asked_at)
    lead = _ran_on(request) if request.asked_again and request.after_change else ""
    text = (
        f"{lead}A second person must agree to the cancellation of {subject(request)}{because}. It"
        f" waits{where} until {until} for {who_may_agree(policy, request.user_id)}. Nothing is sent"
        " to Respan before that. Choose Withdraw to take it back."
    )
    elements = [button("Withdraw", WITHDRAW_ACTION, request.id)]
    return Message(text, [section(text), {"type": "actions", "elements": elements}])


def _ran_on(request: Request) -> str:
    it_has = verb(request, "it has", "they have")
    return f"It was approved, but {it_has} run on since, so nothing was sent to Respan yet. "


def not_seen_in_channel(request: Request, policy: Policy) -> Message:
    """Return the same where Slack did not say whether the channel has the message."""
    bare = waits_for_approval(request, policy, None)
    more = (
        "Slack did not say whether the message about it arrived in the channel: if you don't see"
        " it there, withdraw this and ask again."
    )
    return Message(f"{bare.text} {more}", [*bare.blocks, section(more)])


def cannot_ask(request: Request) -> Message:
    """Return why nobody can be asked for approval where it was asked for, and what to do."""
    what, type_it = subject(request), command(request)
    lead = f"A second person must agree to the cancellation of {what}"
    if is_direct(request.channel_id):
        why = f"and nobody else reads a direct message. Type {type_it} in a channel instead."
    elif (request.channel_kind or "").startswith("mpdm-"):
        why = f"but the app can't post in a group message. Type {type_it} in a channel instead."
    elif request.cannot_post == "is_archived":
        why = f"but {place(request)} is archived. Type {type_it} in another channel instead."
    else:
        why = (
            f"but the app can't post in {place(request)}, where they would be asked. Type `/invite`"
            f" and the app's name there, then {type_it} again."
        )
    return say(f"{lead}, {why} Nothing was cancelled.")


def sent_by_approval(request: Request, link: str | None) -> Message:
    """Return what who asked reads once somebody has agreed: where to follow it."""
    it = verb(request, "it", "them")
    who = mention(request.decided_by) if request.decided_by else "Somebody"
    where = linked(link, "in the channel") if link else "in the channel"
    return say(
        f"{who} approved it: Respan is being asked to cancel {subject(request)}. Follow {it}"
        f" {where}; the result comes in that thread."
    )


def decision_counts(request: Request) -> Message:
    """Return the answer to Approve or Decline that counts, to who pressed it."""
    what = subject(request)
    if request.state is not RequestState.CLOSING:
        return say(
            f"Approved: Respan is being asked to cancel {what}. The result comes in the thread."
        )
    if request.ends_as is RequestState.REFUSED:
        return say(f"{' '.join(why_closed(request))} So nothing was cancelled. {_NOT_DONE}")
    word = "Withdrawn" if request.ends_as is RequestState.WITHDRAWN else "Declined"
    return say(f"{word}: {what} {verb(request, 'goes', 'go')} on, and nothing is sent to Respan.")


def taken_by_others(request: Request) -> Message:
    """Return the answer to Approve where others are cancelling all of it already."""
    is_are = verb(request, "is", "are")
    return say(
        f"{subject(request)} {is_are} being cancelled by others already, so nothing was begun."
        " That is said in the thread."
    )


def decided_before(request: Request) -> Message:
    """Return the answer to a click on a button that counts no more: by whom it was decided."""
    if request.state is RequestState.NEEDS_APPROVAL:
        its = verb(request, "Its numbers have", "The numbers have")
        return say(f"{its} changed since that was asked: look at the message again. {_NOT_DONE}")
    if request.decided_by is None and request.ends_as is None:
        return say(f"Nobody is asked for approval of this any more. {_NOT_DONE}")
    if request.ends_as is not None:
        return say(f"{' '.join(why_closed(request))} {_NOT_DONE}")
    at = moment(request.decided_at or request.asked_at)
    who = mention(request.decided_by or "")
    return say(f"{who} approved the cancellation of {subject(request)} already ({at}). {_NOT_DONE}")


def approval_over(request: Request) -> Message:
    """Return the answer to a click that came too late."""
    until = moment(request.expires_at or request.asked_at)
    return say(
        f"This could be approved until {until}. Nobody did, so nothing was cancelled. {_NOT_DONE}"
    )


def may_not_approve(why: Refusal) -> Message:
    """Return why somebody may not agree, and whom to ask."""
    return say(f"{_why_not(why)} {_NOT_DONE}")


def _why_not(why: Refusal) -> str:  # noqa: PLR0911 - one line for each
    match why:
        case Refusal.OWN_REQUEST:
            return (
                "You asked for this yourself, so somebody else must approve it. You can withdraw"
                " it with Decline."
            )
        case Refusal.NOT_APPROVER:
            return (
                "You are not among the people who may approve this. Ask one of those whom the"
                " message names, or the app's administrator to add you."
            )
        case Refusal.GUEST:
            return "Guests of this workspace may not approve this. Ask a full member to do it."
        case Refusal.STRANGER:
            return (
                "People of other workspaces may not approve this. Ask somebody of this one to do"
                " it."
            )
        case Refusal.BOT:
            return "Bots may approve nothing. Ask a full member of this workspace to do it."
        case Refusal.DEACTIVATED:
            return (
                "Slack says that your account is deactivated, so it may approve nothing. Ask the"
                " app's administrator."
            )
        case Refusal.PERSON_UNKNOWN:
            return (
                "Slack did not say in time whether you are a full member of this workspace, which"
                " the app has to know. Press the button again."
            )
        case Refusal.GROUPS_UNKNOWN:
            return (
                "Slack did not say in time who is in the user groups that may approve this. Press"
                " the button again."
            )
        case (
            Refusal.FINAL
            | Refusal.ALREADY_CANCELLING
            | Refusal.NOT_FOUND
            | Refusal.KEY_REFUSED
            | Refusal.NO_PERMISSION
            | Refusal.BLOCKED
            | Refusal.NO_PROVIDER_ID
            | Refusal.NO_OPENAI_KEY
            | Refusal.REFUSED
            | Refusal.UNAVAILABLE
            | Refusal.RATE_LIMITED
            | Refusal.UNREADABLE
            | Refusal.WRONG_CHANNEL
            | Refusal.NOT_ALLOWED
            | Refusal.NOT_INVITED
            | Refusal.INTERRUPTED
            | Refusal.NOT_STORED
            | Refusal.CHANGED
        ):
            raise ValueError(f"the policy never says {why} of who agrees")
        case unknown:
            assert_never(unknown)


def approval_asked_again(request: Request, link: str | None) -> Message:
    """Return what who agreed reads where much has run since, and their word is asked for again."""
    where = linked(link, "the message") if link else "the message"
    it_has = verb(request, "it has", "they have")
    return say(
        f"You approved the cancellation of {subject(request)} in {place(request)}, but {it_has} run"
        " on since what you saw, so nothing was sent to Respan. Look at the numbers in"
        f" {where}, and approve or decline again."
    )


def elsewhere() -> Message:
    """Return the answer to a click that came from another channel."""
    return say(f"This belongs to another channel. {_NOT_DONE}")


def unknown_approval() -> Message:
    """Return the answer to a click whose request is not in the database."""
    return say(f"The app does not know this request any more. {_NOT_DONE}")
