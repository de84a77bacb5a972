"""Bring the announcement up to date, where it would say something new."""

from dataclasses import replace
from hashlib import sha256
from json import dumps

from bot.domain.message import Message
from bot.domain.request import Request
from bot.domain.schedule import LONGEST_RETRY
from bot.errors import SlackError, SlackTimedOut
from bot.ports import Marker, MessageRef
from bot.steps.decision import Decision, Tools, log_failure
from bot.steps.kinds import Kind, message_of


async def refresh(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its message as it is now; if that fails, a minute later.

    What Slack refuses for good (the message was deleted, editing is over) is tried no more.
    """
    post, message = request.announcement, message_of(request, Kind.ANNOUNCEMENT)
    print_now = fingerprint(message)
    is_new = print_now != request.refreshed and not request.uneditable
    if post.channel is None or post.ts is None or not is_new:
        return Decision(request, None)
    try:
        mark = Marker(request.id, Kind.ANNOUNCEMENT)
        await tools.slack.update(MessageRef(post.channel, post.ts), message, mark)
    except SlackError as error:
        log_failure("a message could not be refreshed", error, id=request.id)
        if error.is_definite:
            return Decision(replace(request, uneditable=True), None)
        if isinstance(error, SlackTimedOut):
            post = replace(post, since=request.now, late=True)
        later = max(LONGEST_RETRY, error.retry_after or 0.0)
        return Decision(replace(request, announcement=post), later)
    return Decision(replace(request, refreshed=print_now), None)


def fingerprint(message: Message) -> str:
    """Return a short word that differs where the message differs."""
    return sha256(dumps([message.text, message.blocks]).encode()).hexdigest()
