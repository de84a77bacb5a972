"""A private answer to one interaction, on its way by that interaction's response URL."""

from dataclasses import dataclass

from bot.domain.message import Message


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person is to read, and where.

    `replace` puts it in place of the message that was clicked. `fallback` is sent as a direct
    message where the response URL no longer works; None where nothing is lost without it. `late`
    takes the place of both once a question would be over when it arrives. An answer takes the place
    of one by the same URL that is still waiting, unless it is to be read `beside` it; one with a
    `name` takes that of one with the same name, or with that URL, wherever it goes itself.
    `request_id` is the request that it is about, None where it is about none: the log finds it by
    that.
    """

    url: str
    user_id: str
    message: Message
    replace: bool = False
    fallback: Message | None = None
    late: Message | None = None
    beside: bool = False
    name: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingAnswer:
    """An answer that a process has claimed for delivery.

    `id` names the response URL without telling it, `version` the content: a newer answer by the
    same URL takes the place of an older one. `age` is in seconds. `direct_tries` counts the direct
    messages that may have arrived.
    """

    id: str
    version: int
    answer: Answer
    attempts: int
    age: float
    direct_tries: int
