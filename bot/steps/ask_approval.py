"""Ask the channel for a second person's word: one message, which later is the announcement."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.approval import closing
from bot.domain.clicked import is_direct
from bot.domain.message import Message, MessageState
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.domain.schedule import retry_gap
from bot.steps.decision import Decision, Tools, link_to_announcement, log
from bot.steps.kinds import Kind, models_of
from bot.steps.posting import PostResult, post_once
from bot.steps.updating import update_once
from bot.views.approval_answers import cannot_ask, not_seen_in_channel, waits_for_approval


async def ask_approval(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its message, or refused where nobody can be asked.

    A message that stands there already is given the new numbers and new buttons.
    """
    if request.expires_at is None or request.now >= request.expires_at:
        return Decision(closing(request, RequestState.EXPIRED, request.now))
    if request.announcement.ts is not None:
        return await _update(tools, request)
    if is_direct(request.channel_id):
        return _refuse(request)
    return _after_post(tools, request, await post_once(tools, request, Kind.ANNOUNCEMENT))


def _after_post(tools: Tools, request: Request, done: PostResult) -> Decision[Request]:
    """Return what a try to post it means: it never goes to the person directly."""
    if done.post.direct and done.why is not None:
        return _refuse(replace(request, announcement=MessageState(), cannot_post=done.why))
    if done.post.direct:
        return _unseen(tools, request)
    thread_ts = None if done.leaves_thread else request.thread_ts
    after = replace(request, announcement=done.post, thread_ts=thread_ts)
    if not done.post.settled:
        return _later(replace(after, attempts=request.attempts + 1), done.delay)
    return _waits(tools, replace(after, attempts=0, refreshed=_SHOWN))


_SHOWN = "shown"
"""Stands for the fingerprint of a message that was posted just now."""


def _later(request: Request, delay: float) -> Decision[Request]:
    """Return the decision to try again, but not after the time in which anybody could agree."""
    left = (request.expires_at or request.now) - request.now
    return Decision(request, min(delay, left))


def _waits(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request as it waits, with what who asked reads in place of the last answer."""
    message = waits_for_approval(request, tools.policy, link_to_announcement(tools.slack, request))
    return _until_over(request, _tell(request, message))


def _until_over(request: Request, answer: Answer) -> Decision[Request]:
    left = (request.expires_at or request.now) - request.now
    return Decision(request, left, (answer,))


async def _update(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its message as it is now; where it is gone, it is posted anew."""
    prices = await tools.prices.of(models_of(request, Kind.ANNOUNCEMENT))
    done = await update_once(tools, request, prices)
    if done.error is not None:
        tried = replace(done.request, attempts=request.attempts + 1)
        wait = retry_gap(tried.attempts, tools.jitter(), done.error.retry_after)
        return _later(tried, wait)
    if done.request.uneditable:
        log.info("a message can't be edited and is posted anew", id=request.id)
        return Decision(replace(request, announcement=MessageState(), uneditable=False, attempts=0))
    return _waits(tools, replace(done.request, attempts=0))


def _refuse(request: Request) -> Decision[Request]:
    """Return the request refused: nothing waits where nobody can be asked."""
    log.info("nobody can be asked for approval there", id=request.id, why=request.cannot_post)
    refused = replace(request, state=RequestState.REFUSED, refusal=Refusal.NOT_INVITED, attempts=0)
    message = cannot_ask(refused)
    return Decision(refused, answers=(replace(_tell(request, message), fallback=message),))


def _unseen(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request as it waits for a click on a message that may or may not be there."""
    given_up = replace(request.announcement, since=None, given_up=True)
    waits = replace(request, announcement=given_up, refreshed=_SHOWN, attempts=0)
    message = not_seen_in_channel(waits, tools.policy)
    return _until_over(waits, replace(_tell(request, message), fallback=message))


def _tell(request: Request, message: Message) -> Answer:
    return Answer(request.click_url or "", request.user_id, message, replace=True)
