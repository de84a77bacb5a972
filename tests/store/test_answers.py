"""The outbox: the newest answer for each response URL, until it has arrived."""

from dataclasses import replace

from bot.domain.answer import Answer
from bot.domain.message import Message
from bot.domain.request import RequestState
from bot.sandbox.event_bus import SandboxClock
from bot.store.stores import Stores
from tests.store.questions import press, shown

URL = "https://slack.test/response/1"


def answer(text: str, url: str = URL, fallback: Message | None = None) -> Answer:
    """Return an answer with that text."""
    return Answer(url, "U0ANA", Message(text, [{"type": "divider"}]), fallback=fallback)


async def test_an_answer_waits_until_it_is_delivered(stores: Stores) -> None:
    """It is claimed by one process, whole, and gone after delivery."""
    sent = answer("hello", fallback=Message("instead"))
    await stores.answers.put(sent)
    (waiting,) = await stores.answers.claim("me", 10, 28)
    assert waiting.answer == sent
    assert await stores.answers.claim("you", 10, 28) == []
    await stores.answers.delivered(waiting, "me")
    assert await stores.answers.wait_seconds() is None


async def test_a_newer_answer_takes_the_place_of_an_older(stores: Stores) -> None:
    """One response URL never gets them in the wrong order."""
    await stores.answers.put(answer("first"))
    await stores.answers.put(answer("second"))
    (waiting,) = await stores.answers.claim("me", 10, 28)
    assert waiting.answer.message.text == "second"


async def test_one_that_comes_during_delivery_is_delivered_after(stores: Stores) -> None:
    """Delivering the old one does not lose the new one, and nobody overtakes."""
    await stores.answers.put(answer("first"))
    (first,) = await stores.answers.claim("me", 10, 28)
    await stores.answers.put(answer("second"))
    assert await stores.answers.claim("you", 10, 28) == []
    await stores.answers.delivered(first, "me")
    (second,) = await stores.answers.claim("you", 10, 28)
    assert second.answer.message.text == "second"


async def test_a_failed_delivery_comes_later(stores: Stores, clock: SandboxClock) -> None:
    """It keeps its count of attempts, and its age."""
    await stores.answers.put(answer("hello"))
    (waiting,) = await stores.answers.claim("me", 10, 28)
    await stores.answers.later(waiting, "me", 5)
    assert await stores.answers.claim("me", 10, 28) == []
    clock.advance(6)
    (again,) = await stores.answers.claim("me", 10, 28)
    assert again.attempts == 1
    assert again.age >= 6


async def test_a_newer_answer_does_not_wait_for_the_failed_one(stores: Stores) -> None:
    """What came meanwhile is due at once."""
    await stores.answers.put(answer("first"))
    (waiting,) = await stores.answers.claim("me", 10, 28)
    await stores.answers.put(answer("second"))
    await stores.answers.later(waiting, "me", 500)
    (second,) = await stores.answers.claim("me", 10, 28)
    assert second.answer.message.text == "second"


async def test_a_dead_process_keeps_no_answer(stores: Stores, clock: SandboxClock) -> None:
    """Its lease runs out, or is released; what it still says then has no effect."""
    await stores.answers.put(answer("hello"))
    (old,) = await stores.answers.claim("dead", 10, 28)
    clock.advance(29)
    (waiting,) = await stores.answers.claim("me", 10, 28)
    await stores.answers.delivered(old, "dead")
    await stores.answers.later(old, "dead", 500)
    await stores.answers.release("me")
    (again,) = await stores.answers.claim("you", 10, 28)
    assert again.answer == waiting.answer
    await stores.answers.release()
    assert len(await stores.answers.claim("you", 10, 28)) == 1


async def test_answers_without_a_url_are_all_kept(stores: Stores) -> None:
    """Where there is no URL to be known by, none takes another's place."""
    for text in ("one", "two"):
        await stores.answers.put(answer(text, url=""))
    assert len(await stores.answers.claim("me", 10, 28)) == 2


async def test_an_answer_knows_its_request(stores: Stores) -> None:
    """One to a click, and one that comes of a step; what belongs to no request names none."""
    request = await shown(stores, "batch_a")
    await press(stores, request)
    (clicked,) = await stores.answers.claim("me", 10, 28)
    assert clicked.answer.request_id == request.id
    await stores.answers.delivered(clicked, "me")
    asked = await shown(stores, "batch_b", user="U0BEN")
    over = replace(asked, state=RequestState.EXPIRED)
    await stores.request_queue.save(asked, over, None, (answer("over"),))
    (stepped,) = await stores.answers.claim("me", 10, 28)
    assert stepped.answer.request_id == asked.id
    await stores.answers.delivered(stepped, "me")
    await stores.answers.put(answer("usage"))
    (other,) = await stores.answers.claim("me", 10, 28)
    assert other.answer.request_id is None
