"""Private answers to one person: to what they typed, and to what they clicked."""

from bot.domain.installation import Foreign
from bot.domain.message import Message
from bot.domain.refusal import Refusal
from bot.domain.request import MOST_BATCHES, Request, RequestState
from bot.domain.schedule import MOST_OPEN_QUESTIONS
from bot.views.refusals import denial_words
from bot.views.words import (
    COMMAND,
    batches,
    code,
    command,
    mention,
    moment,
    say,
    subject,
    verb,
)

_HOW_TO = (
    f"Type `{COMMAND}` to choose from the list of batches, or `{COMMAND} batch_abc123` with the id"
    f" of yours; `{COMMAND} help` shows all."
)
_USAGE = "\n".join(
    (
        f"`{COMMAND}` lets you choose from the batches that can be cancelled.",
        f"`{COMMAND} gpt-4o nightly` lists only those that have these words.",
        f"`{COMMAND} batch_abc123 …` asks about up to {MOST_BATCHES} batches by their ids.",
        f"`{COMMAND} status` shows what is being cancelled; with ids, how these batches stand.",
        f"`{COMMAND} history` shows the latest cancellations; after it a person or ids.",
        "Cancel batch… in a message's menu asks about the batches that the message names.",
        "You see what a batch is doing and what stopping it means before anything happens.",
    )
)


def usage() -> Message:
    """Return every form of the command, a line each."""
    return say(_USAGE)


def not_a_batch_id() -> Message:
    """Return what to type instead; what was typed is not repeated."""
    return say(
        "That is no batch id, so nothing was done. A batch id is `batch_` and up to 128 letters,"
        f" digits, `_` or `-`. {_HOW_TO}"
    )


def too_many_batches(count: int) -> Message:
    """Return the answer to more batch ids than one question may be about."""
    return say(
        f"You named {count} batches. At most {MOST_BATCHES} are asked about at a time, so nothing"
        " was done. Type the command again with fewer ids."
    )


def no_id_in_message() -> Message:
    """Return the answer to the shortcut on a message that names no batch."""
    return say(
        f"That message holds no batch id, so nothing was done. Type `{COMMAND}` to choose from the"
        f" list of batches, or `{COMMAND} batch_abc123` with the id of yours."
    )


def too_many_in_message(count: int) -> Message:
    """Return the answer to the shortcut on a message with more ids than one question is about."""
    return say(
        f"That message names {count} batches. At most {MOST_BATCHES} are asked about at a time, so"
        f" nothing was done. Type `{COMMAND}` to choose from the list of batches, or `{COMMAND}`"
        f" and up to {MOST_BATCHES} of the ids."
    )


def message_too_long() -> Message:
    """Return the answer to the shortcut on a message that is not read to its end."""
    return say(
        "That message is too long to be read for batch ids, so nothing was done. Type"
        f" `{COMMAND}` to choose from the list of batches, or `{COMMAND} batch_abc123` with the id"
        " of yours."
    )


def denied(why: Refusal) -> Message:
    """Return why the policy lets this person do nothing, or not there, and whom to ask."""
    return say(f"Nothing was done. {denial_words(why)}")


def looking_up(request: Request) -> Message:
    """Return what somebody reads while Respan is slow."""
    return say(f"Looking up {subject(request)}. Respan is slow at the moment; nothing is done yet.")


def not_recorded() -> Message:
    """Return what somebody reads whose command could not be stored."""
    return say(
        "The app could not write your command to its database, so nothing was cancelled. Type it"
        " again in a minute."
    )


def shortcut_not_recorded() -> Message:
    """Return what somebody reads whose use of the shortcut could not be stored."""
    return say(
        "The app could not write your request to its database, so nothing was cancelled. Choose"
        " Cancel batch… from the message's menu again in a minute."
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
    return say(f"The app does not know this command, so nothing was done. {_HOW_TO}")


def unknown_shortcut() -> Message:
    """Return the answer to a shortcut that leads to this app, and that it does not have."""
    return say(f"The app does not know this shortcut, so nothing was done. {_HOW_TO}")


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


def asking_respan(request: Request) -> Message:
    """Return what stands in place of the buttons right after the click."""
    own = request.own
    what = code(own[0].batch_id) if len(own) == 1 else batches(len(own))
    it = verb(request, "it", "them")
    return say(
        f"Confirmed. Respan is being asked to cancel {what}; you read here where to follow {it}."
    )


def too_late_to_ask(request: Request) -> Message:
    """Return what somebody reads whose question would be over when it reaches them."""
    return say(
        f"Slack took the question about {subject(request)} too late, so nothing was cancelled."
        f" Type {command(request)} to ask again."
    )


def being_looked_up(request: Request) -> Message:
    """Return the answer to a command that repeats one which is being looked up."""
    if request.state is RequestState.LOOKING:
        is_of_some = request.targets and request.words is None
        what = f" about {subject(request)}" if is_of_some else ""
        return say(f"You asked{what} a moment ago, and the answer comes here.")
    is_being = verb(request, "it is being", "they are being")
    return say(
        f"You asked about {subject(request)} a moment ago: {is_being} looked up, and the question"
        " comes here."
    )


def too_many_questions(until: float) -> Message:
    """Return the answer to somebody who has as many open questions as one person may have."""
    return say(
        f"You have {MOST_OPEN_QUESTIONS} open questions, so nothing was looked up. Answer one of"
        " them, or withdraw one that waits for approval; else type the command again after"
        f" {moment(until)}."
    )


def wrong_person(request: Request) -> Message:
    """Return the answer to a click on somebody else's question."""
    return say(
        f"Only {mention(request.user_id)}, who asked, can answer this, so your click did nothing."
        f" Type {command(request)} to ask for yourself."
    )


def wrong_place(request: Request) -> Message:
    """Return the answer to a click that came from another channel."""
    return say(
        "This question belongs to another channel, so your click did nothing. Type"
        f" {command(request)} here to ask again."
    )


def unknown_question() -> Message:
    """Return the answer to a click whose question is not in the database."""
    return say(
        f"The app does not know this question, so nothing was done. Type `{COMMAND}` and the batch"
        " id to ask again."
    )
