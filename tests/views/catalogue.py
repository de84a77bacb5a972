"""Every message that a person can get, by name: what the golden files hold."""

from dataclasses import replace
from typing import Any

from bot.domain.batch import Batch, Counts
from bot.domain.cancellation import State
from bot.domain.installation import Foreign
from bot.domain.message import Message, MessageState
from bot.domain.picker import Choice, Listed, choice_of
from bot.domain.refusal import DENIALS, OF_APPROVER, Refusal
from bot.domain.request import Request, RequestState
from bot.steps.refusals import REFUSALS
from bot.views import channel, confirmation, picker, private, receipt, status, unsent
from tests.rows import (
    ASKED_AT,
    BATCH,
    PRICES,
    SPENT,
    STAGES,
    ended_as,
    request_in,
    row_in,
    several_in,
)
from tests.views.approving import approving
from tests.views.looking import looking
from tests.views.owning import owning
from tests.views.several import several
from tests.views.undoing import undoing

LINK = "https://example.slack.com/archives/C0BATCHES/p1711475161000100"
THREAD_LINK = f"{LINK}?thread_ts=1711475000.000200&cid=C0BATCHES"
DIRECT = MessageState(channel="D0ANA", ts="1711475161.000100", direct=True)
ERROR = "Line 3 is no valid JSON: `{`"
BARE = Batch("batch_abc123", "in_progress")
NOW = ASKED_AT + 1


WAITS_FOR = (
    *(Refusal.UNAVAILABLE, Refusal.RATE_LIMITED, Refusal.UNREADABLE),
    *(Refusal.PERSON_UNKNOWN, Refusal.GROUPS_UNKNOWN),
)
"""What a confirmed cancellation waits for, of Respan and of Slack."""


def catalogue() -> dict[str, Message]:
    """Return all messages, in all the forms in which they differ."""
    one = _answers() | _confirmations() | _refusals() | _standings() | _channel() | _replies()
    more = looking() | undoing() | owning() | approving()
    return one | several() | _lists() | more


def _lists() -> dict[str, Message]:
    asked = replace(request_in("picking"), targets=())
    labelled = (("name", "nightly <eval>"), ("owner", "ana@example.com"))
    long = replace(BATCH, id="batch_" + "0" * 120 + "e1f", model="a-model-of-" + "x" * 60)
    listed = Listed((BARE, replace(BATCH, metadata=labelled), long, ended_as("completed")))
    many = tuple(replace(BARE, id=f"batch_{n:03}") for n in range(230))
    cut = Listed(many, is_whole=False, is_cut_short=True)
    five = replace(cut, is_cut_short=False)
    words = replace(asked, words="gpt-4o nightly")

    def menu(request: Request, of: Listed, choice: Choice | None = None) -> Message:
        return picker.picker(request, of, choice or choice_of(of, ()), NOW)

    why = [*REFUSALS.values(), Refusal.NOT_ALLOWED, Refusal.GROUPS_UNKNOWN]
    return {
        "picker": menu(asked, listed),
        "picker_of_one": menu(replace(asked, expires_at=None), Listed((BARE,))),
        "picker_of_one_that_matches": menu(words, Listed((BATCH,))),
        "picker_filtered": menu(words, listed),
        "picker_of_the_newest": menu(asked, Listed(many)),
        "picker_not_whole": menu(asked, five),
        "picker_cut_short": menu(asked, cut, Choice(many[:3], 3, 3)),
        "reviewing": picker.reviewing(request_in("asked")),
        "several_reviewing": picker.reviewing(several_in("asked")),
        "nothing_chosen": picker.nothing_chosen(),
        "too_many_chosen": picker.too_many_chosen(21),
        "being_listed": picker.being_listed(),
        "list_is_on_its_way": picker.list_is_on_its_way(),
        "nothing_to_cancel": picker.nothing_to_cancel(listed),
        "nothing_to_cancel_at_all": picker.nothing_to_cancel(Listed()),
        "nothing_to_cancel_not_whole": picker.nothing_to_cancel(five),
        "nothing_matches": picker.nothing_matches("gpt-4o `x`", 12, listed),
        "nothing_matches_the_one": picker.nothing_matches("nightly", 1, five),
        **{f"list_unreadable_{refusal}": picker.list_unreadable(refusal) for refusal in why},
        "too_late_to_ask_for_a_list": private.too_late_to_ask(asked),
        "question_expired_of_a_list": status.question_expired(asked),
        "refused_list": status.refused(replace(asked, refusal=Refusal.NOT_ALLOWED)),
    }


def _answers() -> dict[str, Message]:
    asked, confirmed, cancelling = map(request_in, ("asked", "confirmed", "cancelling"))
    in_thread = request_in("cancelling", thread_ts="1711475000.000200")
    still = unsent.still_trying
    sent = request_in("confirmed", requesting_since=ASKED_AT + 61)
    return {
        "being_looked_up": private.being_looked_up(asked),
        "too_many_questions": private.too_many_questions(ASKED_AT + 601),
        "too_late_to_ask": private.too_late_to_ask(asked),
        "still_trying_unknown": still(sent),
        "withdrawn": unsent.withdrawn(confirmed),
        "withdrawn_not_taken": unsent.withdrawn(sent),
        "sent_already": unsent.sent_already(sent),
        "not_confirmed_again": unsent.not_confirmed_again(asked),
        "usage": private.usage(),
        "not_a_batch_id": private.not_a_batch_id(),
        "too_many_batches": private.too_many_batches(23),
        "no_id_in_message": private.no_id_in_message(),
        "too_many_in_message": private.too_many_in_message(50),
        "message_too_long": private.message_too_long(),
        **{f"denied_{why}": private.denied(why) for why in sorted(DENIALS - OF_APPROVER)},
        "looking_up": private.looking_up(asked),
        "not_recorded": private.not_recorded(),
        "shortcut_not_recorded": private.shortcut_not_recorded(),
        "click_not_recorded": private.click_not_recorded(),
        "of_another_version": private.of_another_version(BATCH.id),
        "question_of_another_version": private.question_of_another_version(),
        **{f"from_elsewhere_{why}": private.from_elsewhere(why) for why in Foreign},
        "unknown_action": private.unknown_action(),
        "unknown_command": private.unknown_command(),
        "unknown_shortcut": private.unknown_shortcut(),
        "unknown_question": private.unknown_question(),
        "kept_running": unsent.kept_running(asked),
        "question_expired": status.question_expired(asked),
        "wrong_person": private.wrong_person(asked),
        "wrong_place": private.wrong_place(asked),
        "asking_respan": private.asking_respan(confirmed),
        **{
            f"still_trying_{why}": still(request_in("confirmed", waits_for=why))
            for why in WAITS_FOR
        },
        "where_to_follow": status.where_to_follow(cancelling, LINK),
        "where_to_follow_without_link": status.where_to_follow(cancelling, None),
        "where_to_follow_in_a_thread": status.where_to_follow(in_thread, THREAD_LINK),
        "where_to_follow_in_a_thread_without_link": status.where_to_follow(in_thread, None),
        "where_to_follow_direct": status.where_to_follow(
            replace(cancelling, announcement=DIRECT), LINK
        ),
        "where_to_follow_direct_without_link": status.where_to_follow(
            replace(cancelling, announcement=DIRECT), None
        ),
        "where_to_follow_nothing": status.where_to_follow(
            replace(cancelling, announcement=MessageState(given_up=True)), None
        ),
    }


def _confirmations() -> dict[str, Message]:
    ask = confirmation.confirmation
    asked = request_in("asked")
    unread = request_in("asked", batch=None)
    return {
        "confirmation": ask(asked, NOW),
        "confirmation_with_cost": ask(request_in("asked", batch=SPENT), NOW, PRICES),
        "confirmation_with_cost_at_the_end": ask(
            request_in("asked", batch=_all_ran()), NOW, PRICES
        ),
        "direct_confirmation_with_cost": confirmation.direct_confirmation(
            request_in("asked", batch=SPENT), NOW, PRICES
        ),
        "asked_again_with_cost": confirmation.asked_again(
            request_in("asked", batch=SPENT), NOW, PRICES
        ),
        "confirmation_sparse": ask(request_in("asked", batch=BARE), NOW),
        "direct_confirmation": confirmation.direct_confirmation(asked, NOW),
        "direct_confirmation_from_a_message": confirmation.direct_confirmation(
            replace(asked, thread_ts="1711475000.000200"), NOW
        ),
        "direct_confirmation_from_a_direct_message": confirmation.direct_confirmation(
            replace(asked, channel_id="D0BEN"), NOW
        ),
        "asked_again": confirmation.asked_again(asked, NOW),
        "asked_again_without_batch": confirmation.asked_again(
            replace(unread, channel_kind="mpdm-ana--ben-1"), NOW
        ),
        "asked_after_change": confirmation.asked_after_change(asked, NOW),
        "several_asked_after_change": confirmation.asked_after_change(several_in("asked"), NOW),
        "confirmation_without_batch": ask(replace(unread, expires_at=None), NOW),
    }


def _all_ran() -> Batch:
    return replace(SPENT, **_ran())


def _ran() -> dict[str, Any]:
    return {"counts": Counts(total=24, completed=23, failed=1), "usage": SPENT.usage}


def _refusals() -> dict[str, Message]:
    def refused(refusal: Refusal | None, **changes: Any) -> Message:
        return status.refused(request_in("refused", refusal=refusal, **changes))

    found = {f"refused_{refusal}": refused(refusal, batch=None) for refusal in Refusal}
    final, by_now = Refusal.FINAL, {"confirmed_at": ASKED_AT + 60}
    failed = ended_as("failed", error=ERROR, counts=None)
    return found | {
        "refused_final": refused(final, batch=ended_as("completed")),
        "refused_final_by_now": refused(final, batch=ended_as("completed"), **by_now),
        "refused_final_with_error": refused(final, batch=failed),
        "refused_final_unread": refused(final, batch=None),
        "refused_without_reason": refused(None, batch=None),
    }


def _standings() -> dict[str, Message]:
    found = {}
    for stage in STAGES:
        own = {"refusal": Refusal.ALREADY_CANCELLING} if stage == "refused" else {}
        request = request_in(stage, **own)
        found[f"current_status_{stage}_other"] = status.current_status(request, "U0BEN", LINK)
        found[f"current_status_{stage}_own"] = status.current_status(request, "U0ANA", None)
    link = status.being_cancelled([(row_in(State.CANCELLING), LINK)], "U0BEN", "c" * 32)
    found["being_cancelled"] = link
    found["being_cancelled_by_oneself"] = status.being_cancelled(
        [(row_in(State.CANCELLING), LINK)], "U0ANA", "c" * 32
    )
    for state in (State.REFUSED, State.WITHDRAWN, State.EXPIRED, State.CHANGED):
        row = row_in(state, refusal=Refusal.NOT_FOUND if state is State.REFUSED else None)
        found[f"status_of_batch_{state}"] = status.status_of_batch(row, "U0BEN", LINK)
    return found


def _channel() -> dict[str, Message]:
    announce = channel.announcement
    cancelling, ended = request_in("cancelling"), request_in("reported")
    direct = replace(cancelling, announcement=DIRECT)
    return {
        "channel_cancelling": announce(cancelling),
        "channel_abandoned": announce(request_in("abandoned")),
        **{
            f"channel_ended_{ending}": announce(request_in("ended", batch=ended_as(ending)))
            for ending in ("cancelled", "completed", "failed", "expired")
        },
        "channel_was_cancelling": announce(request_in("cancelling", was_cancelling=True)),
        "channel_direct": announce(direct),
        "channel_unread": announce(
            replace(request_in("cancelling", batch=None), confirmed_at=None)
        ),
        "channel_reported": announce(ended),
        "channel_ended_but_unreported": announce(replace(ended, state=RequestState.ABANDONED)),
        "channel_ended_unread": announce(request_in("ended", batch=None)),
        "channel_direct_archived": announce(replace(direct, cannot_post="is_archived")),
        "channel_direct_from_a_group": announce(replace(direct, channel_kind="mpdm-ana--ben-1")),
        "channel_direct_from_a_direct_message": announce(replace(direct, channel_id="D0BEN")),
        **{
            f"blind_note_{why or 'unknown'}": channel.blind_note(
                request_in("cancelling", is_blind=True, unread_since=ASKED_AT + 90, unread_why=why)
            )
            for why in (*REFUSALS.values(), None)
        },
        "slow_note": channel.slow_note(request_in("cancelling", is_slow=True)),
    }


def _replies() -> dict[str, Message]:
    def reply(batch: Batch | None) -> Message:
        return receipt.reply(request_in("ended", batch=batch))

    found = {
        f"reply_{ending}": reply(ended_as(ending))
        for ending in ("cancelled", "completed", "failed", "expired")
    }
    nothing = ended_as("cancelled", counts=None, output_file_id=None, error_file_id=None)
    none_done = ended_as("cancelled", output_file_id=None)
    assert none_done.counts is not None
    none_done = replace(none_done, counts=replace(none_done.counts, completed=0))
    large = ended_as("cancelled")
    assert large.counts is not None
    large = replace(large, counts=replace(large.counts, total=50_000, completed=12_345))
    spent = ended_as("cancelled", usage=SPENT.usage)
    return found | {
        "reply_with_cost": receipt.reply(request_in("ended", batch=spent), PRICES),
        "reply_with_cost_completed": receipt.reply(
            request_in("ended", batch=ended_as("completed", **_ran())), PRICES
        ),
        "reply_given_up_with_cost": receipt.reply(request_in("abandoned", batch=SPENT), PRICES),
        "reply_without_counts": reply(nothing),
        "reply_failed_validation": reply(replace(nothing, status="failed", error=ERROR)),
        "reply_without_output_file": reply(ended_as("cancelled", output_file_id=None)),
        "reply_without_results": reply(none_done),
        "reply_large": reply(large),
        "reply_without_batch": reply(None),
        "reply_given_up": receipt.reply(request_in("abandoned")),
        "reply_given_up_unread": receipt.reply(request_in("abandoned", batch=None)),
        "reply_never_asked": receipt.reply(request_in("abandoned", accepted_at=None)),
    }
