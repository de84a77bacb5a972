"""Close a request that nobody has agreed to in time."""

from bot.domain.approval import closing
from bot.domain.request import Request, RequestState
from bot.steps.decision import Decision, Tools


async def expire_approval(_tools: Tools, request: Request) -> Decision[Request]:
    """Return the request on its way to its end, which the channel hears of."""
    if request.expires_at is not None and request.now < request.expires_at:
        return Decision(request, request.expires_at - request.now)
    return Decision(closing(request, RequestState.EXPIRED, request.now))
