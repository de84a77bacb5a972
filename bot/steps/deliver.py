"""Deliver one private answer by its response URL, or as a direct message where that is gone."""

from dataclasses import dataclass, replace

from bot.domain.answer import Answer, WaitingAnswer
from bot.domain.schedule import CONFIRMATION_VALID, retry_gap
from bot.errors import (
    ResponseUrlGone,
    SlackError,
    SlackOutcomeUnknown,
    SlackRateLimited,
    SlackRefused,
    SlackUnreachable,
)
from bot.ports import Marker, Slack
from bot.steps.decision import log, log_failure

_URL_LIVES = 29 * 60.0
"""Seconds: Slack documents 30 minutes; the answer may be a little younger than its URL."""


_MOST_DIRECT_TRIES = 2


@dataclass(frozen=True, slots=True)
class Later:
    """It did not arrive, or nobody knows; try again in `delay` seconds.

    `direct` tells that it was sent as a direct message which may have arrived.
    """

    delay: float
    direct: bool = False


async def deliver(slack: Slack, waiting: WaitingAnswer, jitter: float) -> Later | None:
    """Return None when nothing is left to do for the answer.

    An answer whose outcome is unknown is sent again: it is private, it repeats itself at worst,
    and nobody may be left without one.
    """
    if waiting.answer.late is not None and waiting.age > CONFIRMATION_VALID:
        waiting = replace(waiting, answer=_in_time(waiting.answer))
    answer = waiting.answer
    if waiting.age > _URL_LIVES or not answer.url:
        return await _fall_back(slack, waiting, jitter)
    try:
        await slack.answer(answer.url, answer.message, replace=answer.replace)
    except ResponseUrlGone as error:
        log.info("a response URL can't be used any more", code=error.code)
        return await _fall_back(slack, waiting, jitter)
    except SlackRefused as error:
        event = "an answer was refused and goes directly; does a proxy let hooks.slack.com through?"
        log.warning(event, error=str(error))
        return await _fall_back(slack, waiting, jitter)
    except SlackError as error:
        return _later(waiting, error, jitter)
    log.info("an answer was delivered", directly=False)
    return None


def _in_time(answer: Answer) -> Answer:
    """Return the answer with what is still true of a question that is over by now."""
    late = answer.late or answer.message
    return replace(answer, message=late, fallback=late, late=None)


async def _fall_back(slack: Slack, waiting: WaitingAnswer, jitter: float) -> Later | None:
    """Send the answer as a direct message; one that may have arrived is repeated at most once."""
    message, mark = waiting.answer.fallback, Marker(waiting.id, "answer")
    if message is None:
        return None
    try:
        if waiting.direct_tries:
            await slack.ping()  # an outage must not use up the one repetition
    except SlackError as error:
        return _later(waiting, error, jitter)
    try:
        await slack.post(waiting.answer.user_id, message, mark)
    except (SlackRateLimited, SlackUnreachable) as error:
        return _later(waiting, error, jitter)
    except SlackError as error:
        is_unknown = isinstance(error, SlackOutcomeUnknown)
        if is_unknown and waiting.direct_tries + 1 < _MOST_DIRECT_TRIES:
            return replace(_later(waiting, error, jitter), direct=True)
        log.error("an answer reached nobody", user_id=waiting.answer.user_id, error=str(error))
    else:
        log.info("an answer was delivered", directly=True)
    return None


def _later(waiting: WaitingAnswer, error: SlackError, jitter: float) -> Later:
    log_failure("an answer waits for Slack", error, attempts=waiting.attempts)
    return Later(retry_gap(waiting.attempts + 1, jitter, error.retry_after))
