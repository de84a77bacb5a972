"""What a step is given, and what it returns."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import structlog

from bot.clock import Clock
from bot.domain.answer import Answer
from bot.domain.approval import may_have_buttons
from bot.domain.cancellation import Cancellation
from bot.domain.policy import Case, Denied, Moment, Policy, Role, may
from bot.domain.refusal import UNCHECKED, Refusal
from bot.domain.request import Request
from bot.domain.request_steps import RequestStep, next_request_step
from bot.domain.schedule import retry_gap
from bot.errors import BotError, SlackError
from bot.links import link_to
from bot.people import as_known, read_person
from bot.ports import Prices, Respan, Slack
from bot.steps.shared_list import SharedList
from bot.store_ports import Records, Row

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

_LONGEST_IDENTIFIER = 254
"""Characters of a `customer_identifier`: where Respan cuts it."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[Row]):
    """What came of a step: the row as it is to be, and when somebody looks at it again.

    `delay` is in seconds; None waits until something wakes the row. `pause` keeps everyone from
    polling for so many seconds. `asks` is a new request that begins with it: a question that is
    shown by one of the answers.
    """

    row: Row
    delay: float | None = 0.0
    answers: tuple[Answer, ...] = ()
    pause: float | None = None
    asks: Request | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """All that the steps work with. `gap` says in how many seconds a watch is looked at again.

    `list` is the list of all batches, as it is read for people.
    """

    respan: Respan
    slack: Slack
    prices: Prices
    records: Records
    list: SharedList
    clock: Clock
    policy: Policy
    jitter: Callable[[], float]
    gap: Callable[[Cancellation], float]
    new_token: Callable[[], str]
    new_id: Callable[[], str]
    names_by_email: bool = False
    patience: float = 2.0


def log_failure(event: str, error: BotError, **more: object) -> None:
    """Log what went wrong: as a warning, unless it belongs to an outage, which is logged once."""
    (log.debug if error.is_outage else log.warning)(event, error=str(error), **more)


RequestRun = Callable[[Tools, Request], Awaitable[Decision[Request]]]
Run = Callable[[Tools, Cancellation], Awaitable[Decision[Cancellation]]]


def again(tools: Tools, row: Row, at_least: float | None = None) -> Decision[Row]:
    """Return the decision to try the same once more, later each time."""
    attempts = row.attempts + 1
    delay = retry_gap(attempts, tools.jitter(), at_least)
    return Decision(replace(row, attempts=attempts), delay)


def go_on(request: Request, answers: tuple[Answer, ...] = ()) -> Decision[Request]:
    """Return the decision to do what is next at once, or to wait where that is up to others.

    An announcement is refreshed when something has moved, which wakes the request; the buttons of
    what is approved are taken off at once.
    """
    step = next_request_step(request)
    waits = step is None or (step is RequestStep.REFRESH and not may_have_buttons(request))
    return Decision(request, None if waits else 0.0, answers)


def link_to_announcement(slack: Slack, request: Request) -> str | None:
    """Return the address of its announcement, None where it has none."""
    return link_to(slack, request.announcement, request.thread_ts)


def known_denial(tools: Tools, request: Request) -> Refusal | None:
    """Return why the person may do nothing there, as far as it is known without asking anybody.

    Who is known to be one who may not costs Respan no call.
    """
    person = as_known(tools.slack, tools.policy, request.user_id)
    return denial_of(tools, Moment.COMMAND, Case(person, request.channel_id))


async def denial_by_slack(tools: Tools, request: Request) -> Refusal | None:
    """Return why the person may do nothing there: Slack is asked, who can't be checked may not."""
    person = await read_person(tools.slack, tools.policy, request.user_id)
    return denial_of(tools, Moment.COMMAND, Case(person, request.channel_id))


async def unless_denied(
    tools: Tools, request: Request, work: Coroutine[Any, Any, Result]
) -> Result | Refusal:
    """Return what the work brings, or raise its error; or return why the person may do nothing.

    Slack is asked meanwhile: whoever may waits for nothing more.
    """
    working = asyncio.ensure_future(work)
    try:
        refusal = await denial_by_slack(tools, request)
        if refusal is None:
            return await working
        await asyncio.wait({working})
        working.exception()  # which is nobody's
        return refusal
    finally:
        working.cancel()


def denial_of(tools: Tools, moment: Moment, case: Case, *, waits: bool = False) -> Refusal | None:
    """Return why the policy denies a case, None where it does not; a no is logged.

    What Slack did not tell is no such no where the row `waits` for it: then it is asked again.
    """
    verdict = may(tools.policy, moment, case)
    if not isinstance(verdict, Denied):
        return None
    if not (waits and verdict.why in UNCHECKED):
        who = case.approver if verdict.role is Role.APPROVER and case.approver else case.person
        why = str(verdict.why)
        log.warning("a person was refused", user_id=who.id, channel_id=case.channel, why=why)
    return Refusal.NOT_APPROVER if _is_of_approver(verdict) else verdict.why


def _is_of_approver(verdict: Denied) -> bool:
    """Return whether it is who agreed that may not: the words are others than those to who asked.

    What Slack did not say reads the same about both.
    """
    return verdict.role is Role.APPROVER and verdict.why not in UNCHECKED


async def customer_identifier(tools: Tools, user_id: str) -> str:
    """Return the `customer_identifier` for a person: the user id, or the e-mail by setting."""
    if not tools.names_by_email:
        return user_id
    try:
        email = (await tools.slack.person(user_id)).email
    except SlackError as error:
        log_failure("no e-mail address could be read, the user id is used", error)
        return user_id
    identifier = "" if email is None else _storable(email)
    if not identifier:
        log.warning("the person has no e-mail address, the user id is used", user_id=user_id)
    return identifier or user_id


def _storable(email: str) -> str:
    """Return an address as every database and every header takes it."""
    return "".join(c for c in email if c.isprintable()).strip()[:_LONGEST_IDENTIFIER]
