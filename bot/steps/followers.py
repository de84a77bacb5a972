"""Those who want to be told of an end that somebody else began, where no thread can tell them."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.message import Message
from bot.domain.request import Request
from bot.steps.decision import Tools
from bot.views.receipt import mentioned, told_directly


async def tell_the_rest(tools: Tools, request: Request) -> tuple[Answer, ...]:
    """Return the receipt for each follower whom the reply, just posted, does not mention.

    Its intent is stored until the answers are: nobody follows between.
    """
    followers = await tools.records.followers(request.id)
    if not followers:
        return ()
    whole = replace(request, followers=followers)
    is_there = mentioned(whole) if request.reply.ts is not None else ()
    message = told_directly(whole)
    return _directly([who for who in followers if who not in is_there], message)


async def tell_all(tools: Tools, request: Request, message: Message) -> tuple[Answer, ...]:
    """Return the message for each follower of a request that gets no reply. Raises LeaseLost.

    The intent of a reply is stored first, so that whoever wants to follow later is told at once.
    """
    tried = replace(request, reply=replace(request.reply, since=request.now))
    await tools.records.save_intent(request, tried)
    return _directly(await tools.records.followers(request.id), message)


def _directly(people: tuple[str, ...] | list[str], message: Message) -> tuple[Answer, ...]:
    return tuple(Answer("", who, message, fallback=message) for who in people)
