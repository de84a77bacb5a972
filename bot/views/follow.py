"""Tell me too: for people who want to be told of an end that somebody else began."""

from collections.abc import Callable, Sequence
from typing import assert_never

from bot.domain.cancellation import Cancellation, State
from bot.domain.follow import Followed, Following, Wish, is_told_privately
from bot.domain.message import Block, Message
from bot.domain.request import Request
from bot.views.lines import fitting, in_blocks
from bot.views.standing import brief_standing, standing
from bot.views.words import (
    COMMAND,
    button,
    code,
    command,
    follow_link,
    mention,
    say,
    section,
    subject,
)

TELL_ACTION = "tell_me_too"

CHOOSE_TELL = "Choose Tell me too to be mentioned when what others cancel is over."


def is_offered(request: Request) -> bool:
    """Return whether somebody else is cancelling one of the request's batches."""
    return any(target.by not in {None, request.user_id} for target in request.targets)


def tell_button(request_id: str) -> Block:
    """Return the button for the request of whoever is asked; its value is that request's id."""
    return button("Tell me too", TELL_ACTION, request_id)


def tell_offer(request_id: str) -> list[Block]:
    """Return the button with what it does, for a message that has no other one."""
    return [
        section(CHOOSE_TELL),
        {"type": "actions", "elements": [tell_button(request_id)]},
    ]


def following(clicked: Followed, links: Sequence[str | None]) -> Message:
    """Return the answer to Tell me too: of what they will be told, and how the rest stands.

    `links` are the addresses of the announcements, one for each wish.
    """
    if not clicked.wishes:
        return say(
            f"Nobody is cancelling {subject(clicked.request)} any more, and the app does not know"
            f" how it ended. Type {command(clicked.request)} to see how it stands."
        )
    pairs = list(zip(clicked.wishes, links, strict=True))
    if len(pairs) == 1:
        return say(_sentence(*pairs[0]))
    lines = fitting(
        [_sentence(wish, link) for wish, link in pairs],
        [_sentence(wish, None) for wish, _ in pairs],
        [_short(wish) for wish in clicked.wishes],
    )
    return Message(" ".join(lines), in_blocks(lines))


def _sentence(wish: Wish, link: str | None) -> str:
    row, see = wish.live.cancellation, follow_link(link)
    what, who = code(row.batch_id), mention(row.user_id)
    match wish.following:
        case Following.FOLLOWED if is_told_privately(wish.live.request):
            return f"You get a direct message when {what}, which {who} is cancelling, is over."
        case Following.FOLLOWED:
            return (
                f"You will be mentioned in the thread when {what}, which {who} is cancelling, is"
                f" over.{see}"
            )
        case Following.OWN:
            return f"You are cancelling {what} yourself: its result mentions you anyway.{see}"
        case Following.OVER:
            return f"{what} {standing(row)}. {who} asked for it.{see}"
        case unknown:
            assert_never(unknown)


def _short(wish: Wish) -> str:
    row = wish.live.cancellation
    is_told = wish.following is Following.FOLLOWED
    return f"{code(row.batch_id)}: {'you will be told' if is_told else brief_standing(row)}."


def ended_without_reply(request: Request) -> Message:
    """Return what followers read of a request of which nothing is cancelled."""
    who = mention(request.user_id)
    lines = fitting(
        [f"{code(row.batch_id)} {_no_end(row, standing)}." for row in request.own],
        [f"{code(row.batch_id)} {_no_end(row, brief_standing)}." for row in request.own],
    )
    lead = f"You wanted to be told how the cancellation by {who} ends. It was not carried out:"
    rest = f"To cancel it yourself, type `{COMMAND}` and the id."
    blocks = [section(lead), *in_blocks(lines), section(rest)]
    return Message(" ".join([lead, *lines, rest]), blocks)


def _no_end(row: Cancellation, words: Callable[[Cancellation], str]) -> str:
    """Return why a cancellation has no end; the one who is asked once more is somebody else."""
    if row.state is State.CHANGED:
        return "was not sent: much of it had run since it was shown"
    return words(row)
