"""All that stands in one database, as one process uses it."""

import os
import socket
from dataclasses import dataclass
from uuid import uuid4

from bot.store.answers import Answers
from bot.store.aside import Aside
from bot.store.audit import Audit
from bot.store.backlog import Counting
from bot.store.budget import Budget
from bot.store.cancellation_queue import CancellationQueue
from bot.store.database import Database
from bot.store.facts import Facts
from bot.store.follows import Follows
from bot.store.history import History
from bot.store.request_queue import RequestQueue
from bot.store.requests import Requests


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one database; `owner` is the name under which this process leases rows."""

    database: Database
    requests: Requests
    history: History
    follows: Follows
    audit: Audit
    answers: Answers
    budget: Budget
    request_queue: RequestQueue
    cancellation_queue: CancellationQueue
    aside: Aside
    facts: Facts
    backlog: Counting
    owner: str


def stores_on(database: Database, calls_per_minute: int) -> Stores:
    """Return the stores of a database, for an owner that nobody else is."""
    owner = f"{socket.gethostname()[:30]}-{os.getpid()}-{uuid4().hex[:8]}"
    budget = Budget(database, calls_per_minute)
    aside = Aside(database)
    request_queue = RequestQueue(database, owner, aside)
    cancellation_queue = CancellationQueue(database, budget, owner, aside)
    return Stores(
        database=database,
        requests=Requests(database),
        history=History(database),
        follows=Follows(database),
        audit=Audit(database),
        answers=Answers(database, aside),
        budget=budget,
        request_queue=request_queue,
        cancellation_queue=cancellation_queue,
        aside=aside,
        facts=Facts(database),
        backlog=Counting(database, budget, request_queue, cancellation_queue, aside),
        owner=owner,
    )
