"""Bring the announcement up to date. An update may be repeated freely: the newest form counts."""

from dataclasses import dataclass, replace
from hashlib import sha256
from json import dumps

from bot.domain.message import Message
from bot.domain.money import NO_PRICES, PriceList
from bot.domain.request import Request
from bot.errors import SlackError, SlackTimedOut
from bot.ports import Marker, MessageRef
from bot.steps.decision import Tools, log_failure
from bot.steps.kinds import Kind, message_of


@dataclass(frozen=True, slots=True)
class Updated:
    """The request after a try to update its message; `error` is why that is to be tried again."""

    request: Request
    error: SlackError | None = None


async def update_once(tools: Tools, request: Request, prices: PriceList = NO_PRICES) -> Updated:
    """Update the message where it would say something new.

    What Slack refuses for good (the message was deleted, editing is over) is tried no more. Errors
    of Slack are never raised.
    """
    post = request.announcement
    message = message_of(request, Kind.ANNOUNCEMENT, tools.policy, prices)
    print_now = fingerprint(message)
    is_new = print_now != request.refreshed and not request.uneditable
    if post.channel is None or post.ts is None or not is_new:
        return Updated(request)
    try:
        mark = Marker(request.id, Kind.ANNOUNCEMENT)
        await tools.slack.update(MessageRef(post.channel, post.ts), message, mark)
    except SlackError as error:
        log_failure("a message could not be refreshed", error, id=request.id)
        if error.is_definite:
            return Updated(replace(request, uneditable=True))
        if isinstance(error, SlackTimedOut):
            post = replace(post, since=request.now, late=True)
        return Updated(replace(request, announcement=post), error)
    return Updated(replace(request, refreshed=print_now))


def fingerprint(message: Message) -> str:
    """Return a short word that differs where the message differs."""
    return sha256(dumps([message.text, message.blocks]).encode()).hexdigest()
