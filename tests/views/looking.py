"""What people read who only look, and who join what others cancel."""

from dataclasses import replace

from bot.domain.cancellation import Cancellation, State
from bot.domain.clicked import Live
from bot.domain.command import ShowHistory
from bot.domain.follow import Followed, Following, Wish
from bot.domain.history import MOST_LATEST, MOST_UNDER_WAY, Entries, Entry
from bot.domain.message import Message, MessageState
from bot.domain.refusal import Refusal
from bot.domain.request import MOST_BATCHES, Request, RequestState, Target
from bot.views import confirmation, follow, history, look, private, receipt, status
from tests.rows import ASKED_AT, BATCH, ended_as, request_in, row_in, several_in

LINK = "https://example.slack.com/archives/C0BATCHES/p1711475161000100"
NOW = ASKED_AT + 1
LONG = "batch_" + "x" * 128
MANY = tuple(f"U0MANY{n:05}" for n in range(200))


def looking() -> dict[str, Message]:
    """Return them all, in all the forms in which they differ."""
    return _cards() | _under_way() | _history() | _joining() | _follows() | _replies()


def _look(*targets: Target) -> Request:
    return replace(request_in("asked"), state=RequestState.LOOKING, targets=targets)


def _taken(target: Target, **changes: object) -> Target:
    by = {"refusal": Refusal.ALREADY_CANCELLING, "by": "U0BEN", "since": ASKED_AT - 60}
    return replace(target, **(by | {"link": LINK} | changes))  # type: ignore[arg-type]


def _cards() -> dict[str, Message]:
    def card(target: Target, row: Cancellation | None = None, *, strange: bool = False) -> Message:
        rows = {} if row is None else {target.batch_id: (row, LINK)}
        return look.card(_look(target), look.UnderWay(rows, {BATCH.id} if strange else ()), NOW)

    running, unread = Target(BATCH.id, BATCH), Target(BATCH.id)
    cancelling = Target(BATCH.id, replace(BATCH, status="cancelling"), Refusal.ALREADY_CANCELLING)
    failed = ended_as("failed", error="Line 3: `{`", counts=None, output_file_id=None)
    return {
        "card": card(running),
        "card_unread": card(unread),
        "card_unread_but_watched": card(unread, row_in(State.CANCELLING)),
        "card_unknown": card(replace(unread, refusal=Refusal.NOT_FOUND)),
        "card_cancelling": card(cancelling),
        "card_of_another_version": card(cancelling, strange=True),
        "card_confirmed": card(running, row_in(State.CONFIRMED)),
        "card_cancelled_by_other": card(cancelling, row_in(State.CANCELLING, user_id="U0BEN")),
        "card_cancelled_by_oneself": card(cancelling, row_in(State.CANCELLING)),
        "card_ended_here": card(
            Target(BATCH.id, ended_as("cancelled"), Refusal.FINAL), row_in(State.ENDED)
        ),
        **{
            f"card_{ended.status}": card(Target(BATCH.id, ended, Refusal.FINAL))
            for ended in (ended_as("completed"), ended_as("cancelled", ended_at=None), failed)
        },
        "card_of_several": _several_cards("batch_abc12"),
        "card_longest": _several_cards(LONG[:-2]),
        "not_looked_at_denied": look.not_looked_at(Refusal.NOT_ALLOWED),
        "not_looked_at_groups": look.not_looked_at(Refusal.GROUPS_UNKNOWN),
        "not_looked_at_interrupted": look.not_looked_at(Refusal.INTERRUPTED),
        "being_looked_up_status": private.being_looked_up(_look(running)),
        "being_looked_up_all": private.being_looked_up(_look()),
    }


def _several_cards(prefix: str) -> Message:
    stands = [
        Target("", BATCH),
        Target("", ended_as("completed"), Refusal.FINAL),
        Target(""),
        Target("", None, Refusal.NOT_FOUND),
        Target("", replace(BATCH, status="cancelling", counts=None), Refusal.ALREADY_CANCELLING),
    ]
    count = MOST_BATCHES if prefix.startswith(LONG[:50]) else len(stands)
    targets = [replace(stands[n % len(stands)], batch_id=f"{prefix}{n:02}") for n in range(count)]
    row = row_in(State.CANCELLING, user_id="U0BEN")
    rows = {target.batch_id: (row, LINK) for target in targets[4::5]}
    return look.card(_look(*targets), look.UnderWay(rows), NOW)


def _entries(count: int, prefix: str = "batch_abc1", **more: int) -> tuple[Entries, list[str]]:
    """Return cancellations that stand differently, each with an address."""
    states = [State.CANCELLING, State.ENDED, State.REFUSED, State.EXPIRED, State.ABANDONED]
    rows = [
        row_in(
            states[n % 5],
            batch_id=f"{prefix}{n:02}",
            user_id=("U0ANA", "U0BEN")[n % 2],
            confirmed_at=ASKED_AT - n,
            refusal=Refusal.NOT_FOUND if n % 5 == 2 else None,
        )
        for n in range(count)
    ]
    shown = tuple(Entry(row, MessageState()) for row in rows)
    return Entries(shown, **more), [LINK] * count


def _under_way() -> dict[str, Message]:
    one = Entries((Entry(row_in(State.CANCELLING), MessageState()),))
    return {
        "under_way_nothing": history.under_way(Entries(), [], "U0ANA"),
        "under_way": history.under_way(one, [None], "U0ANA"),
        "under_way_some_unread": history.under_way(*_entries(2, more=1, unreadable=3), "U0ANA"),
        "under_way_longest": history.under_way(
            *_entries(MOST_UNDER_WAY, LONG[:-2], more=9_980), "U0ANA"
        ),
    }


def _history() -> dict[str, Message]:
    filters = {
        "all": ShowHistory(),
        "batch": ShowHistory((BATCH.id,)),
        "batches": ShowHistory((BATCH.id, "batch_x")),
        "person": ShowHistory(user_id="U0BEN"),
        "name": ShowHistory(user_name="ben & <@U0X>"),
        "own": ShowHistory(own=True),
    }
    return {
        **{f"history_none_{n}": history.history(w, Entries(), []) for n, w in filters.items()},
        **{f"history_{n}": history.history(w, *_entries(1)) for n, w in filters.items()},
        "history_many": history.history(ShowHistory(), *_entries(5, unreadable=1)),
        "history_longest": history.history(ShowHistory(), *_entries(MOST_LATEST, LONG[:-2])),
        "history_unreadable": history.history(ShowHistory(), Entries(unreadable=2), []),
    }


def _joining() -> dict[str, Message]:
    """Return the messages that have the button."""
    asked = several_in("asked")
    left_out = (*asked.targets, _taken(Target("batch_eee")), _taken(Target("batch_f"), link=None))
    own = replace(asked, targets=(*asked.targets, _taken(Target("batch_eee"), by="U0ANA")))
    refused = replace(several_in("refused"), targets=tuple(map(_taken, left_out)))
    return {
        "confirmation_and_tell_me_too": confirmation.confirmation(
            replace(asked, targets=left_out), NOW
        ),
        "confirmation_beside_own": confirmation.confirmation(own, NOW),
        "refused_tell_me_too": status.refused(refused),
    }


def _wish(how: Following, row: Cancellation, **changes: object) -> Wish:
    request = replace(request_in("cancelling"), **changes)  # type: ignore[arg-type]
    return Wish(Live(row, request), how)


def _follows() -> dict[str, Message]:
    going = row_in(State.CANCELLING)
    direct = MessageState(channel="D0ANA", ts="1.1", direct=True)
    wishes = {
        "thread": _wish(Following.FOLLOWED, going),
        "directly": _wish(Following.FOLLOWED, going, announcement=direct),
        "own": _wish(Following.OWN, going),
        "over": _wish(Following.OVER, row_in(State.ENDED)),
        "withdrawn": _wish(Following.OVER, row_in(State.WITHDRAWN)),
    }
    asker = request_in("refused", user_id="U0BEN")
    names = [f"{LONG[:-2]}{n:02}" for n in range(MOST_BATCHES)]
    many = tuple(
        _wish(
            (Following.FOLLOWED, Following.OVER)[n % 2],
            row_in((State.CANCELLING, State.ABANDONED)[n % 2], batch_id=name),
        )
        for n, name in enumerate(names)
    )
    found = {
        f"following_{n}": follow.following(Followed(asker, (w,)), [LINK]) for n, w in wishes.items()
    }
    every = tuple(wishes.values())
    without = follow.ended_without_reply
    states = (State.REFUSED, State.WITHDRAWN, State.EXPIRED, State.CHANGED)
    rows = [row_in(state, batch_id=f"batch_{n}", id=str(n)) for n, state in enumerate(states)]
    return found | {
        "following_nothing": follow.following(Followed(asker, ()), []),
        "following_several": follow.following(Followed(asker, every), [LINK] * len(every)),
        "following_longest": follow.following(Followed(asker, many), [LINK] * len(many)),
        **{
            f"ended_without_reply_{row.state}": without(
                replace(request_in("confirmed"), cancellations=(row,))
            )
            for row in rows
        },
        "ended_without_reply_several": without(several_in("confirmed", *rows)),
    }


def _replies() -> dict[str, Message]:
    def followed(request: Request, people: tuple[str, ...]) -> Message:
        return receipt.reply(replace(request, followers=people))

    ended, several = request_in("ended"), several_in("ended")
    direct = replace(ended, announcement=MessageState(channel="D0ANA", ts="1.1", direct=True))
    return {
        "reply_with_a_follower": followed(ended, ("U0BEN",)),
        "reply_with_followers": followed(ended, ("U0BEN", "U0CY")),
        "reply_with_200_followers": followed(ended, MANY),
        "reply_given_up_with_followers": followed(request_in("abandoned"), ("U0BEN", "U0CY")),
        "reply_in_direct_messages": followed(direct, ("U0BEN",)),
        "several_reply_with_followers": followed(several, ("U0BEN", "U0CY")),
        "several_reply_with_200_followers": followed(several, MANY),
        "told_directly": receipt.told_directly(replace(direct, followers=("U0BEN",))),
        "several_told_directly": receipt.told_directly(several),
    }
