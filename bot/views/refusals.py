"""Why nothing was cancelled, in words: one sentence for each reason."""

from typing import assert_never

from bot.domain.batch import Batch
from bot.domain.refusal import Refusal
from bot.views.words import COMMAND, code, progress, sentence

_ASK = "Ask the app's administrator"
_AGAIN = "Try again in a minute."


def refusal_words(  # noqa: C901, PLR0911, PLR0912 - one line for each
    batch_id: str, refusal: Refusal | None, batch: Batch | None, *, by_now: bool
) -> str:
    """Return why a batch is not cancelled, what that means, and what to do.

    `by_now` tells that it was confirmed before.
    """
    what = code(batch_id)
    match refusal:
        case Refusal.FINAL:
            return _final(what, batch, " by now" if by_now else "")
        case Refusal.ALREADY_CANCELLING:
            return (
                f"{what} is being cancelled already, so there is nothing to confirm. Its status is"
                " final when OpenAI is done with it."
            )
        case Refusal.NOT_FOUND:
            return (
                f"Respan knows no batch {what} behind this app's API key, so nothing was cancelled."
                " Check the id."
            )
        case Refusal.KEY_REFUSED:
            return (
                f"Respan refused this app's API key, so {what} was not cancelled. {_ASK} to set a"
                " valid key; then type the command again."
            )
        case Refusal.NO_PERMISSION:
            return (
                f"This app's API key may not do this, so {what} was not cancelled. {_ASK} to give"
                " it the permission in Respan; then type the command again."
            )
        case Refusal.BLOCKED:
            return (
                "Something between this app and Respan, such as a firewall, refused the request, so"
                f" {what} was not cancelled. {_ASK} to let the app through, whose log says more;"
                " then type the command again."
            )
        case Refusal.NO_PROVIDER_ID:
            return (
                f"Respan does not know which provider {what} belongs to, so it was not cancelled."
                f" {_ASK} to set {code('RESPAN_PROVIDER_ID')}; then type the command again."
            )
        case Refusal.NO_OPENAI_KEY:
            return (
                f"Respan holds no OpenAI key that works, so {what} was not cancelled. {_ASK} to set"
                " it in Respan under Settings → Providers; then type the command again."
            )
        case Refusal.REFUSED | None:
            return (
                f"Respan refused the request, so nothing was cancelled. {_ASK} why: the app's log"
                f" says what Respan answered. To see how {what} stands, type the command again."
            )
        case Refusal.UNAVAILABLE:
            return (
                f"Respan does not answer, so {what} could not be looked up and nothing was"
                f" cancelled. {_AGAIN}"
            )
        case Refusal.RATE_LIMITED:
            return (
                f"Respan asks for fewer requests, so {what} could not be looked up and nothing was"
                f" cancelled. {_AGAIN}"
            )
        case Refusal.UNREADABLE:
            return (
                f"Respan's answer about {what} could not be read, so nothing was cancelled."
                f" {_AGAIN} If it stays so, tell the app's administrator."
            )
        case Refusal.NOT_ALLOWED:
            return (
                f"You are not among the people who may cancel batches here, so {what} was not"
                " cancelled. Ask the app's administrator to add you."
            )
        case Refusal.GROUPS_UNKNOWN:
            return (
                f"Slack did not say who is in the allowed user groups, so {what} was not cancelled."
                f" {_AGAIN}"
            )
        case Refusal.NOT_STORED:
            return (
                f"What was read about {what} can't be stored here, so nothing was asked and nothing"
                f" was cancelled. {_ASK} to look at its log."
            )
        case Refusal.CHANGED:
            return (
                f"Much of {what} ran since it was shown to you, so nothing was sent to Respan: you"
                " are asked about it once more."
            )
        case Refusal.INTERRUPTED:
            return (
                f"The app was interrupted and your question about {what} is too old now. Nothing"
                f" was cancelled. Type `{COMMAND}` and the id again."
            )
        case unknown:
            assert_never(unknown)


def unread_words(why: Refusal | None) -> str:  # noqa: C901, PLR0911 - one line for each
    """Return why a batch can't be read, and whom that concerns, as the end of "since …"."""
    match why:
        case Refusal.KEY_REFUSED:
            return f"Respan refuses this app's API key. {_ASK} to set a valid one."
        case Refusal.NO_PERMISSION:
            return f"this app's API key may not. {_ASK} to give it the permission."
        case Refusal.BLOCKED:
            return (
                "something between this app and Respan, such as a firewall, refuses the request."
                f" {_ASK} to let the app through."
            )
        case Refusal.NO_PROVIDER_ID:
            return (
                "Respan does not know which provider it belongs to."
                f" {_ASK} to set {code('RESPAN_PROVIDER_ID')}."
            )
        case Refusal.NO_OPENAI_KEY:
            return f"Respan holds no OpenAI key that works. {_ASK} to set it in Respan."
        case Refusal.NOT_FOUND:
            return (
                "Respan knows no such batch behind this app's API key."
                f" {_ASK} whether the key was changed."
            )
        case Refusal.RATE_LIMITED:
            return "Respan asks for fewer requests. You need not do anything."
        case Refusal.UNREADABLE:
            return f"Respan's answer can't be read. {_ASK}, whose log says more."
        case Refusal.UNAVAILABLE | None:
            return "Respan does not answer. You need not do anything."
        case Refusal.REFUSED:
            return f"Respan refuses to show it. {_ASK}, whose log says more."
        case (
            Refusal.FINAL
            | Refusal.ALREADY_CANCELLING
            | Refusal.NOT_ALLOWED
            | Refusal.GROUPS_UNKNOWN
            | Refusal.INTERRUPTED
            | Refusal.NOT_STORED
            | Refusal.CHANGED
        ):
            raise ValueError(f"no error of Respan's is {why}")
        case unknown:
            assert_never(unknown)


def _final(what: str, batch: Batch | None, meanwhile: str) -> str:
    status = "unknown" if batch is None else batch.status
    error = None if batch is None else batch.error
    why = f" Its error: {code(error)}." if error else ""
    return (
        f"{what} is {code(status)}{meanwhile}, so there is nothing left to cancel and nothing was"
        f" done. {sentence(progress(batch))}{why}"
    )
