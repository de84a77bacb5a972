"""The messages about several batches at once."""

from dataclasses import replace

from bot.domain.cancellation import Cancellation, State
from bot.domain.message import Message, MessageState
from bot.domain.refusal import Refusal
from bot.domain.request import MOST_BATCHES, Request, RequestState, Target
from bot.views import channel, confirmation, private, receipt, status, unsent
from tests.rows import (
    ASKED_AT,
    BATCH,
    PRICES,
    REQUEST,
    SPENT,
    ended_as,
    row_in,
    several_in,
)

LINK = "https://example.slack.com/archives/C0BATCHES/p1711475161000100"
NOW = ASKED_AT + 1
POSTED = MessageState(channel="C0BATCHES", ts="1711475161.000100")


def several() -> dict[str, Message]:
    """Return them all, in all the forms in which they differ."""
    found = _private() | _questions() | _in_the_channel() | _longest()
    return {f"several_{name}": message for name, message in found.items()}


def mixed(stage: str) -> Request:
    """Return a request whose batches stand differently, one of them joined."""
    rows = [
        row_in(State.CANCELLING, batch_id="batch_aaa", id="1"),
        row_in(State.CONFIRMED, batch_id="batch_bbb", id="2", waits_for=Refusal.UNAVAILABLE),
        row_in(State.REFUSED, batch_id="batch_ccc", id="3", refusal=Refusal.NOT_FOUND),
        row_in(State.CANCELLING, batch_id="batch_eee", id="4", request_id="e", user_id="U0BEN"),
        row_in(State.CONFIRMED, batch_id="batch_fff", id="5", requesting_since=ASKED_AT + 61),
        row_in(State.CONFIRMED, batch_id="batch_ggg", id="6"),
    ]
    return several_in(stage, *rows)


def over(**changes: object) -> Request:
    """Return a request whose batches ended differently."""
    unknown = ended_as("cancelled", counts=None, output_file_id=None, error_file_id=None)
    rows = [
        row_in(State.ENDED, batch_id="batch_aaa", id="1"),
        row_in(State.ENDED, batch_id="batch_bbb", id="2", batch=ended_as("completed")),
        row_in(State.REFUSED, batch_id="batch_ccc", id="3", refusal=Refusal.FINAL),
        row_in(State.ENDED, batch_id="batch_eee", id="4", batch=unknown),
        row_in(State.WITHDRAWN, batch_id="batch_fff", id="5"),
        row_in(State.WITHDRAWN, batch_id="batch_ggg", id="6", requesting_since=ASKED_AT + 61),
        row_in(State.EXPIRED, batch_id="batch_hhh", id="7"),
        row_in(State.ABANDONED, batch_id="batch_iii", id="8"),
    ]
    return replace(several_in("ended", *rows), **changes)  # type: ignore[arg-type]  # for one field


def _private() -> dict[str, Message]:
    asked, confirmed = several_in("asked"), several_in("confirmed")
    waits = row_in(State.CONFIRMED, batch_id="batch_aaa", waits_for=Refusal.RATE_LIMITED)
    waiting = several_in("confirmed", waits, replace(waits, batch_id="batch_bbb", id="2"))
    some_sent = several_in("confirmed", replace(waits, requesting_since=NOW), waits)
    taken = [(row_in(State.CANCELLING, batch_id=f"batch_{n}"), LINK) for n in (1, 2)]
    refused = several_in("refused", targets=tuple(_left_out()))
    return {
        "being_looked_up": private.being_looked_up(asked),
        "looking_up": private.looking_up(asked),
        "too_late_to_ask": private.too_late_to_ask(asked),
        "kept_running": unsent.kept_running(asked),
        "wrong_person": private.wrong_person(asked),
        "question_expired": status.question_expired(asked),
        "not_confirmed_again": unsent.not_confirmed_again(asked),
        "asking_respan": private.asking_respan(confirmed),
        "asking_respan_one_joined": private.asking_respan(
            several_in("confirmed", waits, row_in(State.CANCELLING, request_id="e"))
        ),
        "still_trying": unsent.still_trying(waiting),
        "still_trying_some_sent": unsent.still_trying(some_sent),
        "still_trying_all_sent": unsent.still_trying(
            several_in(
                "confirmed", *(replace(waits, id=n, requesting_since=NOW) for n in ("1", "2"))
            )
        ),
        "withdrawal": unsent.withdrawal(replace(waiting, state=RequestState.WITHDRAWN)),
        "withdrawal_some_sent": unsent.withdrawal(replace(some_sent, state=RequestState.WITHDRAWN)),
        "withdrawal_with_a_refusal": unsent.withdrawal(
            several_in(
                "withdrawn",
                row_in(State.WITHDRAWN, batch_id="batch_aaa", id="1"),
                row_in(State.REFUSED, batch_id="batch_bbb", id="2", refusal=Refusal.NOT_FOUND),
            )
        ),
        "kept_running_one_left": unsent.kept_running(
            replace(asked, targets=(asked.targets[0], asked.targets[3]))
        ),
        "withdrawal_in_part": unsent.withdrawal(mixed("confirmed")),
        "withdrawal_of_a_question": unsent.withdrawal(several_in("declined")),
        "where_to_follow": status.where_to_follow(several_in("cancelling"), LINK),
        "where_to_follow_some": status.where_to_follow(mixed("cancelling"), LINK),
        "refused": status.refused(refused),
        "refused_as_a_whole": status.refused(several_in("refused", refusal=Refusal.NOT_ALLOWED)),
        "refused_after_all": status.refused(over()),
        "being_cancelled": status.being_cancelled(taken, "U0BEN", "c" * 32),
        "current_status": status.current_status(mixed("confirmed"), "U0BEN", LINK),
        "current_status_withdrawn": status.current_status(
            replace(waiting, state=RequestState.WITHDRAWN), "U0BEN", None
        ),
    }


def _left_out() -> list[Target]:
    return [
        Target(
            f"batch_{refusal}", None, refusal, "U0BEN" if refusal == "already_cancelling" else None
        )
        for refusal in Refusal
    ]


def _questions() -> dict[str, Message]:
    ask = confirmation.confirmation
    asked = several_in("asked")
    one_left = replace(asked, targets=(asked.targets[0], asked.targets[3]))
    all_read = replace(asked, targets=asked.targets[:2])
    none_read = replace(asked, targets=(Target("batch_aaa"), Target("batch_bbb")))
    return {
        "confirmation": ask(asked, NOW),
        "confirmation_one_left": ask(one_left, NOW),
        "confirmation_all_read": ask(all_read, NOW),
        "confirmation_none_read": ask(none_read, NOW),
        "confirmation_direct": confirmation.direct_confirmation(all_read, NOW),
        "asked_again": confirmation.asked_again(all_read, NOW),
        "confirmation_with_cost": ask(_with_cost(asked, 2), NOW, PRICES),
        "confirmation_with_cost_of_all": ask(_with_cost(all_read, 2), NOW, PRICES),
        "confirmation_with_cost_one_left": ask(_with_cost(one_left, 1), NOW, PRICES),
    }


def _with_cost(asked: Request, known: int) -> Request:
    """Return the question with tokens of the first batches."""
    targets = tuple(replace(target, batch=SPENT) for target in asked.targets[:known])
    return replace(asked, targets=targets + asked.targets[known:])


def _over_with_cost() -> Request:
    """Return the batches that ended differently, with tokens of each that ended or did not yet."""
    ended = over()
    rows = tuple(
        replace(row, batch=replace(row.batch, usage=SPENT.usage)) if row.batch else row
        for row in ended.cancellations
    )
    return replace(ended, cancellations=rows)


def _in_the_channel() -> dict[str, Message]:
    cancelling = several_in("cancelling")
    rows = cancelling.cancellations
    slow = replace(rows[0], is_slow=True)
    blind = [replace(row, is_blind=True, unread_since=NOW) for row in rows[:2]]
    return {
        "channel": channel.announcement(cancelling),
        "channel_mixed": channel.announcement(mixed("cancelling")),
        "channel_over": channel.announcement(over()),
        "channel_cancelled": channel.announcement(several_in("ended")),
        "slow_note_one": channel.slow_note(replace(cancelling, cancellations=(slow, *rows[1:]))),
        "slow_note": channel.slow_note(
            replace(cancelling, cancellations=tuple(replace(r, is_slow=True) for r in rows))
        ),
        "blind_note": channel.blind_note(replace(cancelling, cancellations=(*blind, rows[2]))),
        "reply": receipt.reply(several_in("ended")),
        "reply_mixed": receipt.reply(over()),
        "reply_with_cost": receipt.reply(_over_with_cost(), PRICES),
        "reply_none": receipt.reply(
            several_in("ended", *(c for c in over().cancellations if c.state is not State.ENDED))
        ),
        "reply_without_files": receipt.reply(_without_files()),
    }


def _without_files() -> Request:
    ended = several_in("ended")
    bare = ended_as("cancelled", output_file_id=None, error_file_id=None)
    rows = tuple(replace(row, batch=bare) for row in ended.cancellations)
    return replace(ended, cancellations=rows)


def _longest() -> dict[str, Message]:
    """Return what people read who name as many batches as they may, with the longest ids."""
    ids = [f"batch_{'x' * 125}_{n:02}" for n in range(MOST_BATCHES)]
    targets = tuple(Target(batch_id, BATCH) for batch_id in ids)
    asked = replace(REQUEST, targets=targets)

    def with_rows(state: State) -> tuple[Cancellation, ...]:
        flags = {"is_slow": True, "is_blind": True, "waits_for": Refusal.NO_PERMISSION}
        return tuple(row_in(state, batch_id=batch_id, id=batch_id, **flags) for batch_id in ids)

    cancelling = replace(
        asked,
        state=RequestState.CONFIRMED,
        announcement=POSTED,
        confirmed_at=NOW,
        cancellations=with_rows(State.CANCELLING),
    )
    left_out = tuple(replace(t, refusal=Refusal.NO_PERMISSION) for t in targets)
    half = targets[: MOST_BATCHES // 2] + left_out[MOST_BATCHES // 2 :]
    ended = replace(cancelling, cancellations=with_rows(State.ENDED))
    waiting = replace(cancelling, cancellations=with_rows(State.CONFIRMED))
    return {
        "longest_confirmation": confirmation.confirmation(asked, NOW),
        "longest_half": confirmation.direct_confirmation(replace(asked, targets=half), NOW),
        "longest_refused": status.refused(replace(asked, targets=left_out)),
        "longest_channel": channel.announcement(cancelling),
        "longest_reply": receipt.reply(ended),
        "longest_confirmation_with_cost": confirmation.direct_confirmation(
            _with_cost(asked, MOST_BATCHES - 1), NOW, PRICES
        ),
        "longest_reply_with_cost": receipt.reply(
            replace(
                ended,
                cancellations=tuple(
                    replace(row, batch=ended_as("cancelled", usage=SPENT.usage if n else None))
                    for n, row in enumerate(ended.cancellations)
                ),
            ),
            PRICES,
        ),
        "longest_blind_note": channel.blind_note(cancelling),
        "longest_slow_note": channel.slow_note(cancelling),
        "longest_still_trying": unsent.still_trying(waiting),
        "longest_status": status.current_status(cancelling, "U0BEN", LINK),
        "longest_being_cancelled": status.being_cancelled(
            [(row, LINK) for row in cancelling.cancellations], "U0BEN", "c" * 32
        ),
    }
