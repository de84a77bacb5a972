"""Tell the thread, once each, that a batch takes its time, or can't be read."""

from dataclasses import replace

from bot.domain.request import Request
from bot.domain.request_steps import note_to_post
from bot.steps.decision import Decision, Tools, go_on
from bot.steps.kinds import Kind, with_state
from bot.steps.posting import post_once

_MOST_ATTEMPTS = 5
"""A note is no news that the reply should wait for: it goes on without it."""


async def note(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with its next note posted, or given up."""
    next_note = note_to_post(request)
    if next_note is None:
        return go_on(request)
    kind = Kind(next_note)
    done = await post_once(tools, request, kind)
    left_out = kind is Kind.SLOW_NOTE and done.post.direct
    if done.post.settled or request.attempts >= _MOST_ATTEMPTS or left_out:
        settled = replace(done.post, given_up=done.post.ts is None)
        return go_on(replace(with_state(request, kind, settled), attempts=0))
    tried = with_state(request, kind, done.post)
    return Decision(replace(tried, attempts=request.attempts + 1), done.delay)
