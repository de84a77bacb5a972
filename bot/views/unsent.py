"""What somebody reads whose confirmed cancellation is not sent yet, or was withdrawn before it."""

from bot.domain.cancellation import State
from bot.domain.message import Block, Message
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.domain.schedule import UNSENT_ASKED_AGAIN
from bot.views.lines import in_blocks, standing_lines, with_standing
from bot.views.words import batches, button, code, command, say, section, span, subject, verb

WITHDRAW_ACTION = "withdraw_cancellation"


def still_trying(request: Request) -> Message:
    """Return what somebody reads whose confirmed cancellation did not get through at once.

    Until it is sent they can withdraw it; one whose answer was lost may have been taken.
    """
    if len(request.targets) > 1:
        return _still_trying_all(request)
    (row,) = request.cancellations
    what = code(row.batch_id)
    if not row.is_unsent:
        return say(
            f"Respan was asked to cancel {what} and its answer was lost, so it is not known whether"
            " it took it. The app looks until it knows, and tells you; you need not do anything."
        )
    text = (
        f"{_reason(row.waits_for)}, so the cancellation of {what} is not accepted yet. The app"
        f" keeps trying for {span(UNSENT_ASKED_AGAIN)}, then {_then(request)}. Until it is sent you"
        " can withdraw it."
    )
    return Message(text, [section(text), *withdraw_button(request)])


def _then(request: Request) -> str:
    """Return what comes after that: who agreed did so to what they saw, and is not asked again."""
    return "asks you again" if request.decided_by is None else "gives it up and tells you"


def _still_trying_all(request: Request) -> Message:
    lead = (
        f"{len(request.waiting)} of {batches(len(request.cancellations))} could not be cancelled at"
        " once:"
    )
    withdraw = withdraw_button(request)
    rest = (
        f"The app keeps trying for {span(UNSENT_ASKED_AGAIN)}. What is not sent you can withdraw"
        " until then."
        if withdraw
        else "You need not do anything: you read here what comes of it."
    )
    lines = standing_lines(request)
    blocks = [section(lead), *in_blocks(lines), section(rest), *withdraw]
    return Message(" ".join([lead, *lines, rest]), blocks)


def withdraw_button(request: Request) -> list[Block]:
    """Return the button, where something is not sent; none where nothing could be withdrawn."""
    if not any(row.is_unsent for row in request.waiting):
        return []
    elements = [button("Withdraw", WITHDRAW_ACTION, request.id)]
    return [{"type": "actions", "elements": elements}]


def _reason(why: Refusal | None) -> str:
    if why is Refusal.RATE_LIMITED:
        return "Respan asks for fewer requests at the moment"
    if why is Refusal.UNREADABLE:
        return "Respan's answer could not be read"
    if why is Refusal.PERSON_UNKNOWN:
        return "Slack does not say at the moment who is a full member of this workspace"
    if why is Refusal.GROUPS_UNKNOWN:
        return "Slack does not say at the moment who is in the allowed user groups"
    return "Respan does not answer at the moment"


def withdrawn(request: Request) -> Message:
    """Return the answer to Withdraw, where no batch was cancelled."""
    what, goes_on = subject(request), verb(request, "goes on", "go on")
    has_refused = any(row.state is State.REFUSED for row in request.own)
    is_unsent = all(row.is_unsent and row.rejection is None for row in request.own)
    if is_unsent and not has_refused:
        return say(f"Withdrawn: nothing was sent to Respan, and {what} {goes_on}.")
    if len(request.targets) > 1:
        return with_standing(request, "Withdrawn.")
    return say(
        f"Withdrawn: Respan did not take the cancellation of {what}, which goes on. It was not sent"
        " again."
    )


def sent_already(request: Request) -> Message:
    """Return the answer to a Withdraw that came after a cancel call."""
    if len(request.targets) > 1:
        return with_standing(request, "What was not sent to Respan is withdrawn.")
    return say(
        f"The cancellation of {subject(request)} was sent to Respan already, so it can't be"
        " withdrawn for certain: Respan's answer is not known yet. If Respan did not take it, it is"
        " not sent again. You read here what comes of it."
    )


def withdrawal(request: Request) -> Message:
    """Return the answer to a Withdraw that counts, by what it could still do."""
    if request.state is RequestState.DECLINED:
        return kept_running(request)
    if request.state in {RequestState.WITHDRAWN, RequestState.CLOSING}:
        return withdrawn(request)
    return sent_already(request)


def kept_running(request: Request) -> Message:
    """Return the answer to Keep running."""
    keeps = verb(request, "keeps", "keep")
    what = subject(request)
    return say(f"{what[:1].upper()}{what[1:]} {keeps} running. Nothing was cancelled.")


def not_confirmed_again(request: Request) -> Message:
    """Return what somebody reads who did not answer the question that was asked again."""
    what, was = subject(request), verb(request, "was", "were")
    it_stands = verb(request, "it stands", "they stand")
    return say(
        f"You did not confirm again in time, so {what} {was} not cancelled. Type"
        f" {command(request)} to see how {it_stands} now."
    )
