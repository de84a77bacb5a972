"""What a command and a shortcut have in common: a question is stored, and answered once."""

from dataclasses import replace
from typing import assert_never

from bot.domain.answer import Answer
from bot.domain.asking import Asked, AskedBefore, Question, Replayed, TooManyOpen
from bot.domain.audit import At, Event, Record
from bot.domain.audit_facts import denial
from bot.domain.message import Message
from bot.domain.money import PriceList, models_to_price
from bot.domain.policy import Case, Denied, Moment, may
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState
from bot.links import announcement_for
from bot.listeners.handler import Handler, log, log_denied
from bot.people import as_known
from bot.views.approval_answers import waits_for_approval
from bot.views.confirmation import question_again
from bot.views.picker import list_is_on_its_way
from bot.views.private import being_looked_up, denied, too_late_to_ask, too_many_questions

_TOO_MANY = "a person has as many open questions as one may have, and asked one more"


async def ask(handler: Handler, question: Question) -> str:
    """Store a question, and answer what no step will: the same one again, or one too many."""
    url, user, key = question.url, question.user_id, question.key
    match await handler.requests.ask(question):
        case Asked(request_id):
            log.info(
                "a question is stored",
                request_id=request_id,
                batch_ids=list(question.batch_ids),
                user_id=user,
                channel_id=question.channel_id,
            )
            return "asked"
        case Replayed():
            return "replayed"
        case AskedBefore(request):
            log.debug("the same question is open already", request_id=request.id, user_id=user)
            prices = await handler.prices.of(models_to_price(t.batch for t in request.open_targets))
            same = _same_question(handler, request, url, prices)
            return await put(handler, same, key, "asked_before")
        case TooManyOpen(until):
            handler.repeats.say(
                f"too many questions of {user}", log.warning, _TOO_MANY, user_id=user
            )
            message = too_many_questions(until)
            return await put(handler, Answer(url, user, message, fallback=message), key, "too_many")
        case unknown:
            assert_never(unknown)


def _same_question(handler: Handler, request: Request, url: str, prices: PriceList) -> Answer:
    """Return the open question once more, word for word; or that it is on its way."""
    return replace(_again(handler, request, url, prices), request_id=request.id)


def _again(handler: Handler, request: Request, url: str, prices: PriceList) -> Answer:
    if request.state is RequestState.NEEDS_APPROVAL:
        link = announcement_for(handler.slack, request, request.user_id)
        waiting = waits_for_approval(request, handler.policy, link)
        return Answer(url, request.user_id, waiting, fallback=waiting)
    if request.shown_at is None:
        is_list = request.state is RequestState.PICKING
        message = list_is_on_its_way() if is_list else being_looked_up(request)
        return Answer(url, request.user_id, message, fallback=message)
    question, direct = question_again(request, request.shown_at, prices, handler.policy)
    return Answer(url, request.user_id, question, fallback=direct, late=too_late_to_ask(request))


def denial_at_command(handler: Handler, user: str, channel: str) -> Refusal | None:
    """Return why somebody may ask for nothing there, as far as is known without asking Slack."""
    person = as_known(handler.slack, handler.policy, user)
    verdict = may(handler.policy, Moment.COMMAND, Case(person, channel))
    if not isinstance(verdict, Denied):
        return None
    log_denied(user, channel, str(verdict.why))
    return verdict.why


async def deny(handler: Handler, question: Question, why: Refusal) -> str:
    """Answer why they may ask for nothing there, which is recorded; return the outcome."""
    record = Record(
        Event.DENIED,
        question.user_id,
        question.team_id,
        question.channel_id,
        batch_ids=question.batch_ids,
        key=question.key,
        details=denial(why, At.COMMAND),
    )
    message = denied(why)
    answer = Answer(question.url, question.user_id, message, fallback=message)
    is_new = await handler.outbox.put_once(answer, question.key, record)
    return "denied" if is_new else "replayed"


async def answer_at_once(
    handler: Handler, question: Question, message: Message, outcome: str
) -> str:
    """Answer what needs no look at anything; return the outcome."""
    answer = Answer(question.url, question.user_id, message, fallback=message)
    return await put(handler, answer, question.key, outcome)


async def put(handler: Handler, answer: Answer, key: str, outcome: str) -> str:
    """Put an answer in the outbox, once for the request; return the outcome."""
    return outcome if await handler.outbox.put_once(answer, key) else "replayed"
