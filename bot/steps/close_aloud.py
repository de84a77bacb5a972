"""Close a request of which the channel knows, and of which nothing came: its thread hears why."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.approval import is_over_at
from bot.domain.request import Request, RequestState
from bot.domain.schedule import GIVE_UP_AFTER, retry_gap
from bot.steps.decision import Decision, Tools, log
from bot.steps.kinds import Kind
from bot.steps.posting import look_for, may_still_come, post_once
from bot.steps.updating import update_once
from bot.views.approval import closed_privately
from bot.views.follow import ended_without_reply


async def close_aloud(tools: Tools, request: Request) -> Decision[Request]:
    """Take the buttons off, post the reply once, tell who else waits; then the request is over."""
    if request.announcement.ts is None and not request.announcement.given_up:
        found = await look_for(tools, request, Kind.ANNOUNCEMENT)
        seen = replace(request, announcement=found.post)
        if not found.post.settled and not _is_too_late(request):
            return Decision(replace(seen, attempts=request.attempts + 1), found.delay)
        request = replace(seen, attempts=0)
    if request.announcement.ts is None:
        told = _tell(request, fallback=True)
        return _end(request, (*told, *await _to_followers(tools, request)))
    # Whoever looks must not press a button that counts no more: they go first.
    updated = await update_once(tools, request)
    if updated.request.reply.settled:
        return _finish(tools, updated.request, has_failed=updated.error is not None)
    return await _reply(tools, updated.request)


async def _reply(tools: Tools, request: Request) -> Decision[Request]:
    """Post the reply; who asked reads in place of their last answer why nothing came of it."""
    told = _tell(request)
    bare = replace(request, click_url=None) if told else request
    if _is_too_late(request):
        log.error("a reply could not be posted for 48 hours", id=request.id)
        given_up = replace(request.reply, since=None, given_up=True)
        others = await _to_followers(tools, request)
        return Decision(replace(bare, reply=given_up, attempts=0), answers=(*told, *others))
    done = await post_once(tools, request, Kind.REPLY)
    after = replace(bare, reply=done.post)
    if not done.post.settled:
        return Decision(replace(after, attempts=request.attempts + 1), done.delay, told)
    others = await _to_followers(tools, request)
    return Decision(replace(after, attempts=0), answers=(*told, *others))


def _finish(tools: Tools, request: Request, *, has_failed: bool) -> Decision[Request]:
    """Return the request as over, once its message has its last form, or never will have it."""
    if has_failed and not _is_too_late(request, 2):
        tried = replace(request, attempts=request.attempts + 1)
        return Decision(tried, retry_gap(tried.attempts, tools.jitter()))
    left = may_still_come(request.announcement, request.now)
    if left:
        # An older form that had no answer in time may still come, and must not be the last.
        return Decision(replace(request, refreshed=None), left)
    return _end(request)


def _is_too_late(request: Request, times: int = 1) -> bool:
    return request.now - is_over_at(request) > times * GIVE_UP_AFTER


def _end(request: Request, answers: tuple[Answer, ...] = ()) -> Decision[Request]:
    state = request.ends_as or RequestState.REFUSED
    over = replace(request, state=state, reported_at=request.now, attempts=0)
    return Decision(over, answers=answers)


def _tell(request: Request, *, fallback: bool = False) -> tuple[Answer, ...]:
    """Return what who asked reads, once; directly only where no thread tells them.

    Whoever withdrew it where they were asked has read so there.
    """
    is_told = request.click_url is None
    if is_told and (not fallback or request.ends_as is RequestState.WITHDRAWN):
        return ()
    message = closed_privately(request)
    url, directly = request.click_url or "", message if fallback else None
    return (Answer(url, request.user_id, message, replace=True, fallback=directly),)


async def _to_followers(tools: Tools, request: Request) -> tuple[Answer, ...]:
    """Return what those read who wanted to be told of its end: nobody joins them any more."""
    if not request.own:
        return ()
    message = ended_without_reply(request)
    people = await tools.records.followers(request.id)
    return tuple(Answer("", who, message, fallback=message) for who in people)
