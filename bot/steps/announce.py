"""Put the one message about a request in its thread or channel, or else in a direct message."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.request import Request
from bot.domain.schedule import GIVE_UP_AFTER
from bot.steps.decision import Decision, Tools, go_on, link_to_announcement, log
from bot.steps.kinds import Kind
from bot.steps.posting import post_once
from bot.views.status import where_to_follow


async def announce(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its message's channel and ts, and tell the person where to follow."""
    over_at = request.over_at if request.is_over else None
    if over_at is not None and request.now - over_at > GIVE_UP_AFTER:
        log.error("an announcement could not be posted for 48 hours", id=request.id)
        given_up = replace(request.announcement, given_up=True)
        return Decision(replace(request, announcement=given_up, attempts=0))
    done = await post_once(tools, request, Kind.ANNOUNCEMENT)
    after = replace(
        request,
        announcement=done.post,
        cannot_post=done.why or request.cannot_post,
        thread_ts=None if done.leaves_thread else request.thread_ts,
    )
    if not done.post.settled:
        return Decision(replace(after, attempts=request.attempts + 1), done.delay)
    return go_on(replace(after, attempts=0), _tell(tools, after))


def _tell(tools: Tools, request: Request) -> tuple[Answer, ...]:
    if not request.click_url:
        return ()
    message = where_to_follow(request, link_to_announcement(tools.slack, request))
    fallback = None if request.announcement.ts else message
    url, user = request.click_url, request.user_id
    return (Answer(url, user, message, replace=True, fallback=fallback),)
