"""Tell the thread how it ended, once, and give the channel message its final form."""

from dataclasses import replace

from bot.domain.cancellation import State
from bot.domain.request import Request, RequestState
from bot.domain.schedule import GIVE_UP_AFTER
from bot.errors import SlackError
from bot.ports import Marker, MessageRef
from bot.steps.decision import Decision, Tools, again, log, log_failure
from bot.steps.followers import tell_all, tell_the_rest
from bot.steps.kinds import Kind, message_of
from bot.steps.posting import may_still_come, post_once
from bot.views.receipt import told_directly


async def report(tools: Tools, request: Request) -> Decision[Request]:
    """Post the reply first, then the message's final form; then the request is over."""
    if request.reply.settled:
        return await _finalize(tools, request)
    if request.now - _since(request) > GIVE_UP_AFTER:
        log.error("a reply could not be posted for 48 hours", id=request.id)
        told = await tell_all(tools, request, told_directly(request))
        given_up = replace(request.reply, given_up=True)
        return Decision(replace(request, reply=given_up), answers=told)
    done = await post_once(tools, request, Kind.REPLY)
    after = replace(request, reply=done.post)
    if not done.post.settled:
        return Decision(replace(after, attempts=request.attempts + 1), done.delay)
    return Decision(replace(after, attempts=0), answers=await tell_the_rest(tools, after))


def _since(request: Request) -> float:
    """Return since when there is something to report: the last end, or when it was given up."""
    if request.over_at is not None:
        return request.over_at
    confirmed_at = request.confirmed_at if request.confirmed_at is not None else request.now
    return confirmed_at + GIVE_UP_AFTER


async def _finalize(tools: Tools, request: Request) -> Decision[Request]:
    """Update the message; what Slack refuses for good is left as it is."""
    post = request.announcement
    try:
        if post.channel is not None and post.ts is not None:
            mark = Marker(request.id, Kind.ANNOUNCEMENT)
            message = message_of(request, Kind.ANNOUNCEMENT, tools.policy)
            await tools.slack.update(MessageRef(post.channel, post.ts), message, mark)
    except SlackError as error:
        waits = error.is_outage and request.now - _since(request) <= 2 * GIVE_UP_AFTER
        event = f"a message {'waits for' if waits else 'has not'} its final form"
        log_failure(event, error, id=request.id)
        if waits:
            return again(tools, request, error.retry_after)
    left = may_still_come(post, request.now)
    if left:
        # An older form that had no answer in time may still come, and must not be the last.
        return Decision(request, left)
    seen = request.reply.ts and all(row.state is not State.ABANDONED for row in request.own)
    state = RequestState.REPORTED if seen else RequestState.ABANDONED
    return Decision(replace(request, state=state, reported_at=request.now))
