"""Post a message once: the intent is saved before the call, the outcome after it.

Slack has no idempotency key. A post whose outcome is unknown is looked for by its metadata where
the installation has a history scope; without one it is repeated at most once in a place, and not
before Slack answers again.
"""

from dataclasses import dataclass, replace

from bot.domain.message import MessageState
from bot.domain.request import Request
from bot.domain.schedule import retry_gap
from bot.errors import (
    CannotLook,
    SlackError,
    SlackOutcomeUnknown,
    SlackTimedOut,
)
from bot.ports import Marker, MessageRef
from bot.steps.decision import Tools, log, log_failure
from bot.steps.kinds import (
    Destination,
    Kind,
    destination_of,
    message_of,
    models_of,
    state_of,
    with_state,
)

_SETTLE = 2.0
"""Seconds that a post with an unknown outcome gets to appear before it is looked for."""

_STILL_COMES = 60.0
"""Seconds in which a call that had no answer in time may still be carried out."""

_MOST_TRIES = 2


@dataclass(frozen=True, slots=True)
class PostResult:
    """What came of a try: the post as it is now, and when to try again if it isn't settled.

    `why` is Slack's word for why it can't be in its channel. `leaves_thread` tells that the
    announcement can't be in the thread of the message in which it was asked for.
    """

    post: MessageState
    delay: float = 0.0
    why: str | None = None
    leaves_thread: bool = False


async def post_once(tools: Tools, request: Request, kind: Kind) -> PostResult:
    """Try once to get a message of the request into Slack.

    Errors of Slack are never raised: what they mean is in the result. Raises LeaseLost.
    """
    post = state_of(request, kind)
    if post.since is not None:
        if request.now - post.since < _SETTLE:
            return PostResult(post, _SETTLE - (request.now - post.since))
        found = await _find_existing(tools, request, post, kind)
        if found is not None:
            return found
    prices = await tools.prices.of(models_of(request, kind))
    tried = replace(post, since=request.now, tries=post.tries + 1, late=False)
    await tools.records.save_intent(request, with_state(request, kind, tried))
    channel, thread_ts = _target(post, destination_of(request, kind))
    whole = await _complete(tools, with_state(request, kind, post), kind)
    message = message_of(whole, kind, tools.policy, prices)
    try:
        posted = await tools.slack.post(channel, message, Marker(request.id, kind), thread_ts)
    except SlackError as error:
        log_failure("a message could not be posted", error, kind=kind, id=request.id)
        return _after_error(tools, request, kind, tried, error)
    log.info("a message was posted", kind=kind, id=request.id)
    return PostResult(_settled(post, posted))


async def _complete(tools: Tools, request: Request, kind: Kind) -> Request:
    """Return the request with those that its reply mentions: nobody joins them after its intent."""
    if kind is not Kind.REPLY:
        return request
    return replace(request, followers=await tools.records.followers(request.id))


async def look_for(tools: Tools, request: Request, kind: Kind) -> PostResult:
    """Look for a message whose outcome is unknown, which is not to be sent again.

    One that is not there, or that nobody can look for, is given up.
    """
    post = state_of(request, kind)
    gone = PostResult(replace(post, since=None, given_up=True))
    if post.since is None:
        return gone
    if request.now - post.since < _SETTLE:
        return PostResult(post, _SETTLE - (request.now - post.since))
    channel, thread_ts = _target(post, destination_of(request, kind))
    try:
        posted = await tools.slack.find(channel, Marker(request.id, kind), post.since, thread_ts)
    except CannotLook:
        return gone
    except SlackError as error:
        log_failure("a message could not be looked for", error, kind=kind, id=request.id)
        return PostResult(post, _gap(tools, request, error))
    if posted is not None:
        return PostResult(_settled(post, posted))
    left = may_still_come(post, request.now)
    return PostResult(post, max(_SETTLE, left)) if left else gone


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
    tools: Tools, request: Request, post: MessageState, kind: Kind
) -> PostResult | None:
    """Return the post as found, what to wait for, or None when it may be sent (again)."""
    channel, thread_ts = _target(post, destination_of(request, kind))
    mark, since = Marker(request.id, kind), post.since or request.now
    try:
        posted = await tools.slack.find(channel, mark, since, thread_ts)
    except CannotLook:
        return await _retry_without_history(tools, request, post, kind)
    except SlackError as error:
        log_failure("a message could not be looked for", error, kind=kind, id=request.id)
        return PostResult(post, _gap(tools, request, error))
    if posted is not None:
        log.info("a message was found again", kind=kind, id=request.id)
        return PostResult(_settled(post, posted))
    left = may_still_come(post, request.now)
    if not left:
        return None
    return PostResult(post, min(left, retry_gap(request.attempts + 1, tools.jitter())))


async def _retry_without_history(
    tools: Tools, request: Request, post: MessageState, kind: Kind
) -> PostResult | None:
    """Return what to wait for, or None when the post may be repeated: once, while Slack works.

    During an outage the one repetition would be used up by a call that can't arrive.
    """
    try:
        await tools.slack.ping()
    except SlackError as error:
        log_failure("a message waits until Slack works", error, kind=kind, id=request.id)
        return PostResult(post, _gap(tools, request, error))
    return None if post.tries < _MOST_TRIES else _in_next_place(request, kind)


def _after_error(
    tools: Tools, request: Request, kind: Kind, tried: MessageState, error: SlackError
) -> PostResult:
    """Return what an error means for the post."""
    if isinstance(error, SlackOutcomeUnknown):
        unknown = replace(tried, late=isinstance(error, SlackTimedOut))
        return PostResult(unknown, max(_SETTLE, _gap(tools, request, error)))
    if not error.is_definite:
        untried = replace(state_of(request, kind), since=None)
        return PostResult(untried, _gap(tools, request, error))
    return _in_next_place(request, kind, error.code)


def _in_next_place(request: Request, kind: Kind, why: str | None = None) -> PostResult:
    """Return the post on its way from a thread to the channel, then to the person, or given up."""
    post = state_of(request, kind)
    if post.direct:
        return PostResult(replace(post, since=None, given_up=True), why=why)
    afresh = replace(post, since=None, tries=0)
    if kind is Kind.ANNOUNCEMENT and request.thread_ts is not None:
        return PostResult(afresh, leaves_thread=True)
    return PostResult(replace(afresh, direct=True), why=why)


def _gap(tools: Tools, request: Request, error: SlackError) -> float:
    return retry_gap(request.attempts + 1, tools.jitter(), error.retry_after)
