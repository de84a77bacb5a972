"""Every message that a person can get, by name: what the golden files hold."""

from dataclasses import replace

from bot.domain.batch import Batch
from bot.domain.cancellation import Cancellation, MessageState, Refusal, State
from bot.domain.installation import Foreign
from bot.domain.message import Message
from bot.domain.permissions import Denial
from bot.steps.refusals import REFUSALS
from bot.views import channel, confirmation, private, receipt, unsent
from tests.rows import ASKED_AT, BATCH, ended_as, row_in

LINK = "https://example.slack.com/archives/C0BATCHES/p1711475161000100"
DIRECT = MessageState(channel="D0ANA", ts="1711475161.000100", direct=True)
ERROR = "Line 3 is no valid JSON: `{`"
BARE = Batch("batch_abc123", "in_progress")
NOW = ASKED_AT + 1


def catalogue() -> dict[str, Message]:
    """Return all messages, in all the forms in which they differ."""
    return _answers() | _confirmations() | _refusals() | _standings() | _channel() | _replies()


def _answers() -> dict[str, Message]:
    asked, confirmed, cancelling = (
        row_in(state) for state in (State.ASKED, State.CONFIRMED, State.CANCELLING)
    )
    still = unsent.still_trying
    sent = replace(confirmed, requesting_since=ASKED_AT + 61)
    return {
        "being_looked_up": private.being_looked_up(BATCH.id),
        "too_many_questions": private.too_many_questions(ASKED_AT + 601),
        "too_late_to_ask": private.too_late_to_ask(asked),
        "still_trying_unknown": still(sent, Refusal.UNAVAILABLE),
        "withdrawn": unsent.withdrawn(confirmed),
        "withdrawn_not_taken": unsent.withdrawn(sent),
        "sent_already": unsent.sent_already(sent),
        "not_confirmed_again": unsent.not_confirmed_again(asked),
        "usage": private.usage(),
        "not_a_batch_id": private.not_a_batch_id(),
        "several_batches": private.several_batches(["batch_abc123", "batch_def456"]),
        "many_batches": private.several_batches([f"batch_{n:03}" for n in range(40)]),
        "denied_person": private.denied(Denial.PERSON),
        "denied_channel": private.denied(Denial.CHANNEL),
        "looking_up": private.looking_up(BATCH.id),
        "not_recorded": private.not_recorded(),
        "click_not_recorded": private.click_not_recorded(),
        "of_another_version": private.of_another_version(BATCH.id),
        "question_of_another_version": private.question_of_another_version(),
        **{f"from_elsewhere_{why}": private.from_elsewhere(why) for why in Foreign},
        "unknown_action": private.unknown_action(),
        "unknown_command": private.unknown_command(),
        "unknown_shortcut": private.unknown_shortcut(),
        "unknown_question": private.unknown_question(),
        "kept_running": private.kept_running(asked),
        "question_expired": private.question_expired(asked),
        "wrong_person": private.wrong_person(asked),
        "wrong_place": private.wrong_place(asked),
        "asking_respan": private.asking_respan(confirmed),
        "still_trying_unavailable": still(confirmed, Refusal.UNAVAILABLE),
        "still_trying_rate_limited": still(confirmed, Refusal.RATE_LIMITED),
        "still_trying_unreadable": still(confirmed, Refusal.UNREADABLE),
        "where_to_follow": private.where_to_follow(cancelling, LINK),
        "where_to_follow_without_link": private.where_to_follow(cancelling, None),
        "where_to_follow_direct": private.where_to_follow(
            replace(cancelling, announcement=DIRECT), LINK
        ),
        "where_to_follow_direct_without_link": private.where_to_follow(
            replace(cancelling, announcement=DIRECT), None
        ),
        "where_to_follow_nothing": private.where_to_follow(
            replace(cancelling, announcement=MessageState(given_up=True)), None
        ),
    }


def _confirmations() -> dict[str, Message]:
    ask = confirmation.confirmation
    asked = row_in(State.ASKED)
    return {
        "confirmation": ask(asked, NOW),
        "confirmation_sparse": ask(replace(asked, batch=BARE), NOW),
        "direct_confirmation": confirmation.direct_confirmation(asked, NOW),
        "direct_confirmation_from_a_direct_message": confirmation.direct_confirmation(
            replace(asked, channel_id="D0BEN"), NOW
        ),
        "asked_again": confirmation.asked_again(asked, NOW),
        "asked_again_without_batch": confirmation.asked_again(
            replace(asked, batch=None, channel_kind="mpdm-ana--ben-1"), NOW
        ),
        "confirmation_without_batch": ask(replace(asked, batch=None, expires_at=None), NOW),
    }


def _refusals() -> dict[str, Message]:
    asked = row_in(State.REFUSED, confirmed_at=None, batch=None)
    found = {
        f"refused_{refusal}": private.refused(replace(asked, refusal=refusal))
        for refusal in Refusal
    }
    final = replace(asked, refusal=Refusal.FINAL, batch=ended_as("completed"))
    return found | {
        "refused_final": private.refused(final),
        "refused_final_by_now": private.refused(replace(final, confirmed_at=ASKED_AT + 60)),
        "refused_final_with_error": private.refused(
            replace(final, batch=ended_as("failed", error=ERROR, counts=None))
        ),
        "refused_final_unread": private.refused(replace(final, batch=None)),
        "refused_without_reason": private.refused(replace(asked, refusal=None)),
    }


def _standings() -> dict[str, Message]:
    found = {}
    for state in State:
        row = row_in(state, refusal=Refusal.ALREADY_CANCELLING if state == "refused" else None)
        found[f"current_status_{state}_other"] = private.current_status(row, "U0BEN", LINK)
        found[f"current_status_{state}_own"] = private.current_status(row, "U0ANA", None)
    return found


def _channel() -> dict[str, Message]:
    found = {
        f"channel_{state}": channel.announcement(row_in(state))
        for state in (State.CANCELLING, State.ABANDONED)
    }
    for status in ("cancelled", "completed", "failed", "expired"):
        ended = row_in(State.ENDED, batch=ended_as(status))
        found[f"channel_ended_{status}"] = channel.announcement(ended)
    cancelling = row_in(State.CANCELLING)
    ended = row_in(State.TOLD)
    return found | {
        "channel_was_cancelling": channel.announcement(replace(cancelling, was_cancelling=True)),
        "channel_direct": channel.announcement(replace(cancelling, announcement=DIRECT)),
        "channel_unread": channel.announcement(replace(cancelling, batch=None, confirmed_at=None)),
        "channel_told": channel.announcement(ended),
        "channel_ended_but_untold": channel.announcement(replace(ended, state=State.ABANDONED)),
        "channel_ended_unread": channel.announcement(replace(ended, batch=None)),
        "channel_direct_archived": channel.announcement(
            replace(cancelling, announcement=DIRECT, cannot_post="is_archived")
        ),
        "channel_direct_from_a_group": channel.announcement(
            replace(cancelling, announcement=DIRECT, channel_kind="mpdm-ana--ben-1")
        ),
        "channel_direct_from_a_direct_message": channel.announcement(
            replace(cancelling, announcement=DIRECT, channel_id="D0BEN")
        ),
        **{
            f"blind_note_{why or 'unknown'}": channel.blind_note(
                replace(cancelling, unread_since=ASKED_AT + 90, unread_why=why)
            )
            for why in (*REFUSALS.values(), None)
        },
        "slow_note": channel.slow_note(cancelling),
    }


def _replies() -> dict[str, Message]:
    found = {
        f"reply_{status}": receipt.reply(row_in(State.ENDED, batch=ended_as(status)))
        for status in ("cancelled", "completed", "failed", "expired")
    }
    nothing = ended_as(
        "cancelled",
        counts=replace(BATCH, counts=None).counts,
        output_file_id=None,
        error_file_id=None,
    )
    none_done = ended_as("cancelled", output_file_id=None)
    assert none_done.counts is not None
    none_done = replace(none_done, counts=replace(none_done.counts, completed=0))
    large = ended_as("cancelled")
    assert large.counts is not None
    large = replace(large, counts=replace(large.counts, total=50_000, completed=12_345))
    abandoned = row_in(State.ABANDONED)
    return found | {
        "reply_without_counts": receipt.reply(_ended(nothing)),
        "reply_failed_validation": receipt.reply(
            _ended(replace(nothing, status="failed", error=ERROR))
        ),
        "reply_without_output_file": receipt.reply(
            _ended(ended_as("cancelled", output_file_id=None))
        ),
        "reply_without_results": receipt.reply(_ended(none_done)),
        "reply_large": receipt.reply(_ended(large)),
        "reply_without_batch": receipt.reply(row_in(State.ENDED, batch=None)),
        "reply_given_up": receipt.reply(abandoned),
        "reply_given_up_unread": receipt.reply(replace(abandoned, batch=None)),
        "reply_never_asked": receipt.reply(replace(abandoned, accepted_at=None)),
    }


def _ended(batch: Batch) -> Cancellation:
    return row_in(State.ENDED, batch=batch)
