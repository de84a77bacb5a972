"""Tell the thread, once each, that the batch takes its time, or can't be read."""

from dataclasses import replace
from typing import Literal, assert_never

from bot.domain.cancellation import Cancellation, MessageState
from bot.domain.message import Message
from bot.domain.schedule import poll_gap
from bot.ports import Marker
from bot.steps.decision import Decision, Tools
from bot.steps.posting import Destination, post_once
from bot.views.channel import blind_note, slow_note

NoteKind = Literal["blind_note", "slow_note"]

_MOST_ATTEMPTS = 5
"""A note is no news that a watch should wait for: it goes on without it."""


async def note(tools: Tools, row: Cancellation) -> Decision:
    """Return the row with its next note posted, or given up: first why nothing can be seen."""
    if row.blind_note is not None and not row.blind_note.settled:
        return await _post(tools, row, "blind_note", row.blind_note, blind_note(row))
    return await _post(tools, row, "slow_note", row.slow_note or MessageState(), slow_note(row))


async def _post(
    tools: Tools, row: Cancellation, kind: NoteKind, post: MessageState, words: Message
) -> Decision:
    thread = row.announcement

    def message(_direct: bool) -> Message:  # noqa: FBT001 - one argument, named by its only caller
        return words

    def with_note(tried: MessageState) -> Cancellation:
        match kind:
            case "blind_note":
                return replace(row, blind_note=tried)
            case "slow_note":
                return replace(row, slow_note=tried)
            case _:
                assert_never(kind)

    async def save_intent(tried: MessageState) -> None:
        await tools.records.save_intent(row, with_note(tried))

    place = Destination(thread.channel or row.user_id, row.user_id, thread.ts)
    done = await post_once(tools, row, post, place, Marker(row.id, kind), message, save_intent)
    left_out = kind == "slow_note" and done.post.direct
    if done.post.settled or row.attempts >= _MOST_ATTEMPTS or left_out:
        settled = replace(done.post, given_up=done.post.ts is None)
        after = replace(with_note(settled), attempts=0)
        return Decision(after, poll_gap(row.polls, tools.jitter()))
    return Decision(replace(with_note(done.post), attempts=row.attempts + 1), done.delay)
