"""What a click is worth: who may answer a question, where, and until when."""

from enum import StrEnum, auto

from bot.domain.cancellation import Cancellation, State


class Verdict(StrEnum):
    """What becomes of a click."""

    VALID = auto()
    UNKNOWN = auto()
    WRONG_PERSON = auto()
    WRONG_PLACE = auto()
    EXPIRED = auto()
    HANDLED = auto()
    SENT = auto()


def judge_click(row: Cancellation | None, user: str, channel: str, now: float) -> Verdict:
    """Return whether a click by `user` in `channel` at `now` is a valid answer to the question."""
    stranger = _judge_stranger(row, user, channel)
    if row is None or stranger is not None:
        return stranger or Verdict.UNKNOWN
    if row.state is State.EXPIRED:
        return Verdict.EXPIRED
    if row.state is not State.ASKED:
        return Verdict.HANDLED
    return Verdict.VALID if row.expires_at is not None and now < row.expires_at else Verdict.EXPIRED


def judge_withdrawal(row: Cancellation | None, user: str, channel: str) -> Verdict:
    """Return whether `user` in `channel` can still withdraw what they confirmed.

    A question that was asked again is answered by it too: nothing is cancelled.
    """
    stranger = _judge_stranger(row, user, channel)
    if row is None or stranger is not None:
        return stranger or Verdict.UNKNOWN
    if row.state is State.ASKED:
        return Verdict.VALID
    if row.state is not State.CONFIRMED:
        return Verdict.HANDLED
    return Verdict.VALID if row.is_unsent else Verdict.SENT


def _judge_stranger(row: Cancellation | None, user: str, channel: str) -> Verdict | None:
    """Return why nobody there can answer, None for the person who asked, where they asked.

    A question that could not be shown there went to the person directly: nobody else is there.
    """
    if row is None or (row.state is State.ASKED and row.shown_at is None):
        return Verdict.UNKNOWN
    if user != row.user_id:
        return Verdict.WRONG_PERSON
    if channel != row.channel_id and not is_direct(channel):
        return Verdict.WRONG_PLACE
    return None


def is_direct(channel: str) -> bool:
    """Return whether a channel's id is that of a direct conversation."""
    return channel.startswith("D")
