"""Questions, clicks and cancellations on a real store, for the tests of this folder."""

from dataclasses import replace
from itertools import count

from bot.domain.answer import Answer
from bot.domain.asking import Asked, Question
from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import Click, Clicked, Decide
from bot.domain.clicks import confirm
from bot.domain.message import Message
from bot.domain.person import Person
from bot.domain.policy import Policy
from bot.domain.request import Request, Target
from bot.store.requests import new_id
from bot.store.stores import Stores
from tests.rows import BATCH

ANSWER = Answer("https://slack.test/1", "U0ANA", Message("hello"))
keys = count()


async def ask(stores: Stores, *batch_ids: str, key: str = "", user: str = "") -> bool:
    """Store a question; return whether it was new."""
    ids = batch_ids or (BATCH.id,)
    who = user or f"U{ids[0][-2:]}"
    url = "https://slack.test/command"
    question = Question(ids, who, "C0BATCHES", url, key or ids[0], "T0")
    return isinstance(await stores.requests.ask(question), Asked)


async def claimed(stores: Stores) -> Request:
    """Claim the one due request."""
    (row,) = await stores.request_queue.claim(10, 28)
    return row


async def shown(stores: Stores, *batch_ids: str, user: str = "U0ANA") -> Request:
    """Ask, and return the question as it is when the person sees it."""
    assert await ask(stores, *batch_ids, user=user, key=f"{user}{next(keys)}")
    row = await claimed(stores)
    now = await stores.database.time()
    seen = replace(
        row,
        targets=tuple(Target(target.batch_id, BATCH) for target in row.targets),
        shown_at=now,
        expires_at=now + 600,
    )
    await stores.request_queue.save(row, seen, 600.0)
    return seen


async def press(stores: Stores, row: Request, decide: Decide | None = None) -> Clicked | None:
    """Press a button of a question, as its person does."""
    number = next(keys)
    url, key = f"https://x.test/{number}", f"click-{number}"
    click = Click(row.user_id, row.channel_id, row.token, url, key)
    deciding = decide or confirm(click, Policy(), Person(row.user_id), new_id)
    return await stores.requests.click_on_token(row.token, deciding, lambda _: ANSWER, click)


async def cancellation(stores: Stores) -> Cancellation:
    """Claim the one due cancellation."""
    (row,) = await stores.cancellation_queue.claim(10, 28)
    return row


async def accepted(stores: Stores, row: Cancellation) -> Cancellation:
    """Save that Respan has accepted it; return it as it is claimed for its first poll."""
    taken = replace(row, state=State.CANCELLING, accepted_at=1.0)
    await stores.cancellation_queue.save(row, taken, 0.0)
    return await watch(stores, row.batch_id)


async def watch(stores: Stores, batch_id: str = BATCH.id) -> Cancellation:
    """Claim the watch of a batch."""
    (row,) = await stores.cancellation_queue.claim_watches([batch_id], 28, early=True)
    return row
