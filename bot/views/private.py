"""Private answers to one person: to what they typed, and to what they clicked."""

from collections.abc import Sequence
from typing import assert_never

from bot.domain.cancellation import Cancellation, State
from bot.domain.installation import Foreign
from bot.domain.message import Message
from bot.domain.permissions import Denial
from bot.domain.schedule import CONFIRMATION_VALID, GIVE_UP_AFTER, MOST_OPEN_QUESTIONS
from bot.views.refusals import refusal_words
from bot.views.words import (
    COMMAND,
    code,
    command,
    ending,
    hours,
    mention,
    minutes,
    moment,
    progress,
    say,
)

_MOST_NAMED = 15
"""Batch ids in one message: with the longest ids it stays within Slack's limit for a text."""

_USAGE = (
    f"Type {COMMAND} and the id of a batch, for example `{COMMAND} batch_abc123`. You see what it"
    " is doing and what stopping it means before anything happens."
)


def usage() -> Message:
    """Return how the command is used."""
    return say(_USAGE)


def not_a_batch_id() -> Message:
    """Return what to type instead; what was typed is not repeated."""
    return say(
        "That is no batch id, so nothing was done. A batch id is `batch_` and up to 128 letters,"
        f" digits, `_` or `-`. {_USAGE}"
    )


def several_batches(batch_ids: Sequence[str]) -> Message:
    """Return the answer to more than one batch id: each is named, and one is asked for."""
    named = ", ".join(code(batch_id) for batch_id in batch_ids[:_MOST_NAMED])
    rest = len(batch_ids) - _MOST_NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return say(
        f"You named {len(batch_ids)} batches: {named}{more}. One is cancelled at a time, so nothing"
        f" was done. Type `{COMMAND}` and the id of one of them."
    )


def denied(denial: Denial) -> Message:
    """Return why this person may not, or not here."""
    match denial:
        case Denial.CHANNEL:
            return say(
                "Batches can't be cancelled from this channel, so nothing was done. Use a channel"
                " that the app's administrator allows."
            )
        case Denial.PERSON:
            return say(
                "You are not among the people who may cancel batches here, so nothing was done. Ask"
                " the app's administrator to add you."
            )
        case unknown:
            assert_never(unknown)


def looking_up(batch_id: str) -> Message:
    """Return what somebody reads while Respan is slow."""
    return say(f"Looking up {code(batch_id)}. Respan is slow at the moment; nothing is done yet.")


def not_recorded() -> Message:
    """Return what somebody reads whose command could not be stored."""
    return say(
        "The app could not write your command to its database, so nothing was cancelled. Type it"
        " again in a minute."
    )


def click_not_recorded() -> Message:
    """Return what somebody reads whose click could not be stored; the buttons stay.

    Where the connection broke in the commit, the click may be stored all the same.
    """
    return say(
        "The app could not write your click to its database, so the click may not count. Click"
        " again in a minute: nothing is done twice."
    )


def unknown_action() -> Message:
    """Return the answer to a click on something that the app does not handle."""
    return say(
        f"That button does nothing any more, and nothing was done. Type `{COMMAND}` and a batch id"
        " to begin again."
    )


def unknown_command() -> Message:
    """Return the answer to a command that leads to this app, and that it does not have."""
    return say(f"The app does not know this command, so nothing was done. {_USAGE}")


def unknown_shortcut() -> Message:
    """Return the answer to a shortcut that leads to this app, which has none."""
    return say(f"The app does not know this shortcut, so nothing was done. {_USAGE}")


def from_elsewhere(why: Foreign) -> Message:
    """Return the answer to a request that is none of this installation's."""
    whose = {
        Foreign.WORKSPACE: "This app serves another workspace",
        Foreign.APP: "This came from another Slack app",
        Foreign.ORGANIZATION: "This app is installed for one workspace, not for the organization",
    }[why]
    return say(
        f"{whose}, so nothing was done. Ask the app's administrator to install it here, with a"
        " process and a database of its own."
    )


def refused(row: Cancellation) -> Message:
    """Return why nothing is cancelled for this row."""
    return say(refusal_words(row))


def of_another_version(batch_id: str) -> Message:
    """Return the answer to a command about a batch that another version of the app deals with."""
    return say(
        f"A cancellation of {code(batch_id)} was begun by another version of the app, and this one"
        " can't read how it stands, so nothing was done. Ask the app's administrator, whose log"
        " says more."
    )


def question_of_another_version() -> Message:
    """Return the answer to a click on a question that this version can't read."""
    return say(
        "The app was changed since it asked this, and can't read the question any more, so your"
        f" click did nothing. Type `{COMMAND}` and the batch id to ask again."
    )


def kept_running(row: Cancellation) -> Message:
    """Return the answer to Keep running."""
    return say(f"{code(row.batch_id)} keeps running. Nothing was cancelled.")


def asking_respan(row: Cancellation) -> Message:
    """Return what stands in place of the buttons right after the click."""
    return say(
        f"Confirmed. Respan is being asked to cancel {code(row.batch_id)}; you read here where to"
        " follow it."
    )


def too_late_to_ask(row: Cancellation) -> Message:
    """Return what somebody reads whose question would be over when it reaches them."""
    return say(
        f"Slack took the question about {code(row.batch_id)} too late, so nothing was cancelled."
        f" Type {command(row)} to ask again."
    )


def being_looked_up(batch_id: str) -> Message:
    """Return the answer to a command that repeats one which is being looked up."""
    return say(
        f"You asked about {code(batch_id)} a moment ago: it is being looked up, and the question"
        " comes here."
    )


def too_many_questions(until: float) -> Message:
    """Return the answer to somebody who has as many open questions as one person may have."""
    return say(
        f"You have {MOST_OPEN_QUESTIONS} open questions, so nothing was looked up. Answer one of"
        f" them, or type the command again after {moment(until)}."
    )


def where_to_follow(row: Cancellation, link: str | None) -> Message:
    """Return where to follow a cancellation that Respan accepted."""
    accepted = f"Respan accepted: {code(row.batch_id)} is being cancelled."
    if row.announcement.ts is None:
        return say(
            f"{accepted} The app could not post about it, in the channel or to you. Ask the app's"
            " administrator to look at its log."
        )
    if row.announcement.direct:
        where = f"<{link}|your direct messages with the app>" if link else "a direct message"
        return say(f"{accepted} The app can't post in this channel: follow it in {where}.")
    where = f"<{link}|in the channel>" if link else "in this channel"
    return say(f"{accepted} Follow it {where}; the result comes in that thread.")


def question_expired(row: Cancellation) -> Message:
    """Return the answer to a click that came too late."""
    return say(
        f"This question was valid for {minutes(CONFIRMATION_VALID)} and is over, so nothing was"
        f" cancelled. Type {command(row)} to see how the batch stands now."
    )


def wrong_person(row: Cancellation) -> Message:
    """Return the answer to a click on somebody else's question."""
    return say(
        f"Only {mention(row.user_id)}, who asked, can answer this, so your click did nothing. Type"
        f" {command(row)} to ask for yourself."
    )


def wrong_place(row: Cancellation) -> Message:
    """Return the answer to a click that came from another channel."""
    return say(
        "This question belongs to another channel, so your click did nothing. Type"
        f" {command(row)} here to ask again."
    )


def unknown_question() -> Message:
    """Return the answer to a click whose question is not in the database."""
    return say(
        f"The app does not know this question, so nothing was done. Type `{COMMAND}` and the batch"
        " id to ask again."
    )


def current_status(row: Cancellation, viewer: str, link: str | None) -> Message:
    """Return what already happened to a cancellation, for somebody who comes after that."""
    what = code(row.batch_id)
    who = "You" if viewer == row.user_id else mention(row.user_id)
    see = f" Follow it <{link}|here>." if link else ""
    match row.state:
        case State.DECLINED:
            text = f"{who} chose to keep {what} running. Nothing was cancelled by this question."
        case State.EXPIRED:
            return question_expired(row)
        case State.REFUSED:
            return refused(row)
        case State.ASKED:
            text = f"{who} asked about {what}. Nothing was cancelled yet."
        case State.WITHDRAWN:
            text = f"{who} withdrew the cancellation of {what} before it was sent: it goes on."
        case State.CONFIRMED:
            text = (
                f"{who} confirmed already: Respan is being asked to cancel {what}. One is enough."
            )
        case State.CANCELLING:
            text = (
                f"{who} confirmed already: {what} is being cancelled, {progress(row.batch)}.{see}"
            )
        case State.ABANDONED:
            limit = hours(GIVE_UP_AFTER)
            text = f"{who} asked to cancel {what}; its end was not seen within {limit}.{see}"
        case State.ENDED | State.TOLD:
            text = f"{who} confirmed already, and it is over: {what} {ending(row.batch)}.{see}"
        case unknown:
            assert_never(unknown)
    return say(text)
