"""Tell the person, once, that something they confirmed is not accepted yet."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.request import Request
from bot.steps.decision import Decision, Tools, go_on
from bot.views.unsent import still_trying


async def say_waiting(_tools: Tools, request: Request) -> Decision[Request]:
    """Return the request with the answer in place of the last one, where that can be reached."""
    told = replace(request, wait_told=True)
    if not request.click_url:
        return go_on(told)
    answer = Answer(request.click_url, request.user_id, still_trying(request), replace=True)
    return go_on(told, (answer,))
