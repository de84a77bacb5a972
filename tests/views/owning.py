"""What people read about whose batches they are, where the setting names the key."""

from dataclasses import replace

from bot.domain.cancellation import State
from bot.domain.message import Message, MessageState
from bot.domain.person import Person
from bot.domain.picker import Listed, choice_of
from bot.domain.policy import Policy
from bot.domain.refusal import Refusal
from bot.domain.request import Request, RequestState, Target
from bot.views import confirmation, look, picker, receipt
from bot.views.owners import Owners
from tests.rows import ASKED_AT, BATCH, ended_as, request_in, row_in, several_in

NOW = ASKED_AT + 1
KEYED = Policy(owner_key="slack_user")
LONG = "a team with a name of more than sixty letters, as nobody has one in life"


def owning() -> dict[str, Message]:
    """Return them all, in all the forms in which they differ."""
    return _questions() | _looks() | _replies()


def owned(owner: str | None = None, owner_id: str | None = None, **changes: object) -> Target:
    """Return the example batch of somebody."""
    target = Target(BATCH.id, BATCH, owner=owner, owner_id=owner_id)
    return replace(target, **changes)  # type: ignore[arg-type]


def of_many() -> tuple[Target, ...]:
    """Return batches of many people: each kind of owner, and more than a sentence names."""
    ids = ["U0ANA", "U0BEN", "U0BEN", "U0CLEO", *(f"U0MANY{n}" for n in range(5))]
    named = [owned(f"{i}@example.com", i, batch_id=f"batch_{n}") for n, i in enumerate(ids)]
    more = [owned(LONG, batch_id="batch_x"), owned(batch_id="batch_y"), Target("batch_z")]
    final = owned("U0BEN", "U0BEN", batch_id="batch_over", refusal=Refusal.FINAL)
    return (*named, *more, final)


def _questions() -> dict[str, Message]:
    def ask(*targets: Target) -> Message:
        return confirmation.confirmation(asked(*targets), NOW, policy=KEYED)

    two = [owned("U0ANA", "U0ANA", batch_id="batch_aaa"), owned("U0BEN", "U0BEN")]
    return {
        "confirmation_of_own": ask(owned("U0ANA", "U0ANA")),
        "confirmation_of_others": ask(owned("ben@example.com", "U0BEN")),
        "confirmation_of_words": ask(owned(LONG)),
        "confirmation_of_nobody": ask(owned()),
        "confirmation_of_unread": ask(Target(BATCH.id)),
        "several_confirmation_of_own": ask(two[0], replace(two[0], batch_id="batch_bbb")),
        "several_confirmation_of_two": ask(*two),
        "several_confirmation_of_others": ask(*of_many()),
        "several_confirmation_of_words": ask(
            owned("Ana", batch_id="batch_a"), owned("Ana", batch_id="batch_b")
        ),
        "several_confirmation_of_one_left": ask(two[1], replace(two[0], refusal=Refusal.FINAL)),
    }


def asked(*targets: Target) -> Request:
    """Return a question about these."""
    return replace(request_in("asked"), targets=targets)


def _looks() -> dict[str, Message]:
    def card(*targets: Target) -> Message:
        looking = replace(asked(*targets), state=RequestState.LOOKING)
        return look.card(looking, look.UnderWay({}), NOW, KEYED)

    over = ended_as("completed")
    listed = Listed((replace(BATCH, metadata=(("slack_user", "U0ANA"), ("name", "nightly"))),))
    picking = replace(request_in("picking"), targets=())
    owners = Owners(KEYED, Person("U0ANA"))
    return {
        "card_of_others": card(owned("U0BEN", "U0BEN")),
        "card_of_own_over": card(owned("U0ANA", "U0ANA", batch=over, refusal=Refusal.FINAL)),
        "card_of_several_owners": card(*of_many()),
        "picker_of_own": picker.picker(picking, listed, choice_of(listed, ()), NOW, owners),
    }


def told(*owners: str, **changes: object) -> Request:
    """Return a request whose batches, of these owners, have ended."""
    named = [owned(i, i, batch_id=f"batch_{n}") for n, i in enumerate(owners)]
    rows = [row_in(State.ENDED, id=t.batch_id, batch_id=t.batch_id) for t in named]
    request = several_in("reported", *rows)
    return replace(request, targets=tuple(named), **changes)  # type: ignore[arg-type]


def _replies() -> dict[str, Message]:
    direct = MessageState(channel="D0ANA", ts="1711475161.000100", direct=True)
    many = (*(f"U0MANY{n:02}" for n in range(12)), "U0BEN", "U0BEN", "U0ANA")
    return {
        "reply_of_others": receipt.reply(told("U0BEN")),
        "reply_of_own": receipt.reply(told("U0ANA")),
        "reply_of_others_directly": receipt.reply(told("U0BEN", announcement=direct)),
        "reply_of_others_who_follow": receipt.reply(told("U0BEN", followers=("U0BEN", "U0CLEO"))),
        "several_reply_of_others": receipt.reply(told("U0BEN", "U0ANA", "U0BEN", "U0CLEO")),
        "several_reply_of_many": receipt.reply(told(*many)),
    }
