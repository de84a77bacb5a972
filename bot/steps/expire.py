"""Close a question that nobody answered in time."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.request import Request, RequestState
from bot.steps.decision import Decision, Tools
from bot.views.unsent import not_confirmed_again


async def expire(_tools: Tools, request: Request) -> Decision[Request]:
    """Return the request as expired. Whoever clicks later reads that it is too late.

    Who had confirmed before, and did not confirm again, is told: they may think that it goes on.
    """
    if request.expires_at is not None and request.now < request.expires_at:
        return Decision(request, request.expires_at - request.now)
    expired = replace(request, state=RequestState.EXPIRED)
    if not request.asked_again and not request.after_change:
        return Decision(expired)
    message = not_confirmed_again(expired)
    # A question that Slack has not taken yet is not asked any more: this is told in its place.
    name = request.command_url or request.token
    answer = Answer("", request.user_id, message, fallback=message, name=name)
    return Decision(expired, answers=(answer,))
