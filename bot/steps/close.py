"""Close a request of which nothing was cancelled, and tell the person why."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.approval import closing
from bot.domain.cancellation import State
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.steps.decision import Decision, Tools
from bot.steps.followers import tell_all
from bot.views.follow import ended_without_reply
from bot.views.status import refused
from bot.views.unsent import withdrawn


async def close(tools: Tools, request: Request) -> Decision[Request]:
    """Return the request refused or withdrawn, with the answer in place of the last one.

    One that was approved is closed aloud: the channel knows of it.
    """
    if request.decided_by is not None:
        is_withdrawn = all(row.state is State.WITHDRAWN for row in request.own)
        ends_as = RequestState.WITHDRAWN if is_withdrawn else RequestState.REFUSED
        by = request.user_id if is_withdrawn else None
        return Decision(closing(request, ends_as, request.now, by))
    told = await tell_all(tools, request, ended_without_reply(request))
    if all(row.state is State.CHANGED for row in request.cancellations):
        closed = replace(request, state=RequestState.REFUSED, refusal=Refusal.CHANGED, attempts=0)
        return Decision(closed, answers=told)  # the question that asks once more has told it
    if all(row.state is State.WITHDRAWN for row in request.own):
        closed = replace(request, state=RequestState.WITHDRAWN, attempts=0)
        message = withdrawn(closed)
    else:
        only = request.own[0].refusal if len(request.targets) == 1 else None
        closed = replace(request, state=RequestState.REFUSED, refusal=only, attempts=0)
        message = refused(closed)
    url = request.click_url or ""
    answer = Answer(url, request.user_id, message, replace=True, fallback=message)
    return Decision(closed, answers=(answer, *told))
