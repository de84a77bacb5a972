"""Post a message once: the intent is saved before the call, the outcome after it.

Slack has no idempotency key. A post whose outcome is unknown is looked for by its metadata where
the installation has a history scope; without one it is repeated at most once in a place, and not
before Slack answers again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.domain.cancellation import Cancellation, MessageState
from bot.domain.message import Message
from bot.domain.schedule import retry_gap
from bot.errors import (
    CannotLook,
    SlackError,
    SlackOutcomeUnknown,
    SlackTimedOut,
)
from bot.ports import Marker, MessageRef
from bot.steps.decision import Tools, log, log_failure

_SETTLE = 2.0
"""Seconds that a post with an unknown outcome gets to appear before it is looked for."""

_STILL_COMES = 60.0
"""Seconds in which a call that had no answer in time may still be carried out."""

_MOST_TRIES = 2


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a post goes: a channel and perhaps a thread, else the person's direct messages."""

    channel: str
    user_id: str
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class PostResult:
    """What came of a try: the post as it is now, and when to try again if it isn't settled.

    `why` is Slack's word for why it can't be in its place.
    """

    post: MessageState
    delay: float = 0.0
    why: str | None = None


SaveIntent = Callable[[MessageState], Awaitable[None]]


async def post_once(
    tools: Tools,
    row: Cancellation,
    post: MessageState,
    place: Destination,
    mark: Marker,
    message: Callable[[bool], Message],
    save_intent: SaveIntent,
) -> PostResult:
    """Try once to get the message into Slack. `message` takes whether it goes directly.

    `save_intent` saves the intent. Errors are never raised: what they mean is in the result.
    """
    if post.since is not None:
        if row.now - post.since < _SETTLE:
            return PostResult(post, _SETTLE - (row.now - post.since))
        found = await _find_existing(tools, row, post, place, mark)
        if found is not None:
            return found
    tried = replace(post, since=row.now, tries=post.tries + 1, late=False)
    await save_intent(tried)
    channel, thread_ts = _target(post, place)
    try:
        posted = await tools.slack.post(channel, message(post.direct), mark, thread_ts)
    except SlackError as error:
        log_failure("a message could not be posted", error, kind=mark.kind, id=row.id)
        return _after_error(tools, row, post, tried, error)
    return PostResult(_settled(post, posted))


def _target(post: MessageState, place: Destination) -> tuple[str, str | None]:
    return (place.user_id, None) if post.direct else (place.channel, place.thread_ts)


def _settled(post: MessageState, posted: MessageRef) -> MessageState:
    return replace(post, since=None, late=False, channel=posted.channel, ts=posted.ts)


def may_still_come(post: MessageState, now: float) -> float:
    """Return the seconds in which the post's last call may still be carried out, or 0."""
    if not post.late or post.since is None:
        return 0.0
    return max(0.0, _STILL_COMES - (now - post.since))


async def _find_existing(
    tools: Tools, row: Cancellation, post: MessageState, place: Destination, mark: Marker
) -> PostResult | None:
    """Return the post as found, what to wait for, or None when it may be sent (again)."""
    channel, thread_ts = _target(post, place)
    try:
        posted = await tools.slack.find(channel, mark, post.since or row.now, thread_ts)
    except CannotLook:
        return await _retry_without_history(tools, row, post, mark)
    except SlackError as error:
        log_failure("a message could not be looked for", error, kind=mark.kind, id=row.id)
        return PostResult(post, _gap(tools, row, error))
    if posted is not None:
        log.info("a message was found again", kind=mark.kind, id=row.id)
        return PostResult(_settled(post, posted))
    left = may_still_come(post, row.now)
    return (
        PostResult(post, min(left, retry_gap(row.attempts + 1, tools.jitter()))) if left else None
    )


async def _retry_without_history(
    tools: Tools, row: Cancellation, post: MessageState, mark: Marker
) -> PostResult | None:
    """Return what to wait for, or None when the post may be repeated: once, while Slack works.

    During an outage the one repetition would be used up by a call that can't arrive.
    """
    try:
        await tools.slack.ping()
    except SlackError as error:
        log_failure("a message waits until Slack works", error, kind=mark.kind, id=row.id)
        return PostResult(post, _gap(tools, row, error))
    return None if post.tries < _MOST_TRIES else PostResult(_next_place(post))


def _after_error(
    tools: Tools, row: Cancellation, post: MessageState, tried: MessageState, error: SlackError
) -> PostResult:
    """Return what an error means for the post."""
    untried = replace(post, since=None)
    if isinstance(error, SlackOutcomeUnknown):
        unknown = replace(tried, late=isinstance(error, SlackTimedOut))
        return PostResult(unknown, max(_SETTLE, _gap(tools, row, error)))
    if not error.is_definite:
        return PostResult(untried, _gap(tools, row, error))
    return PostResult(_next_place(post), why=error.code)


def _next_place(post: MessageState) -> MessageState:
    """Return the post on its way to the person's direct messages, or given up there."""
    if post.direct:
        return replace(post, since=None, given_up=True)
    return replace(post, since=None, tries=0, direct=True)


def _gap(tools: Tools, row: Cancellation, error: SlackError) -> float:
    return retry_gap(row.attempts + 1, tools.jitter(), error.retry_after)
