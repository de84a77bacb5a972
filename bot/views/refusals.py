"""Why nothing was cancelled, in words: one sentence for each reason."""

from bot.domain.cancellation import Cancellation, Refusal
from bot.views.words import COMMAND, code, progress, sentence

_ASK = "Ask the app's administrator"
_AGAIN = "Try again in a minute."


def refusal_words(row: Cancellation) -> str:
    """Return the reason, what it means, and what to do."""
    what = code(row.batch_id)
    if row.refusal is Refusal.FINAL:
        return _final(row, what)
    sentences = {
        Refusal.ALREADY_CANCELLING: (
            f"{what} is being cancelled already, so there is nothing to confirm. Its status is"
            " final when OpenAI is done with it."
        ),
        Refusal.NOT_FOUND: (
            f"Respan knows no batch {what} behind this app's API key, so nothing was cancelled."
            " Check the id."
        ),
        Refusal.KEY_REFUSED: (
            f"Respan refused this app's API key, so {what} was not cancelled. {_ASK} to set a valid"
            " key; then type the command again."
        ),
        Refusal.NO_PERMISSION: (
            f"This app's API key may not do this, so {what} was not cancelled. {_ASK} to give it"
            " the permission in Respan; then type the command again."
        ),
        Refusal.BLOCKED: (
            "Something between this app and Respan, such as a firewall, refused the request, so"
            f" {what} was not cancelled. {_ASK} to let the app through, whose log says more; then"
            " type the command again."
        ),
        Refusal.NO_PROVIDER_ID: (
            f"Respan does not know which provider {what} belongs to, so it was not cancelled."
            f" {_ASK} to set {code('RESPAN_PROVIDER_ID')}; then type the command again."
        ),
        Refusal.NO_OPENAI_KEY: (
            f"Respan holds no OpenAI key that works, so {what} was not cancelled. {_ASK} to set it"
            " in Respan under Settings → Providers; then type the command again."
        ),
        Refusal.REFUSED: (
            f"Respan refused the request, so nothing was cancelled. {_ASK} why: the app's log says"
            f" what Respan answered. To see how {what} stands, type the command again."
        ),
        Refusal.UNAVAILABLE: (
            f"Respan does not answer, so {what} could not be looked up and nothing was cancelled."
            f" {_AGAIN}"
        ),
        Refusal.RATE_LIMITED: (
            f"Respan asks for fewer requests, so {what} could not be looked up and nothing was"
            f" cancelled. {_AGAIN}"
        ),
        Refusal.UNREADABLE: (
            f"Respan's answer about {what} could not be read, so nothing was cancelled. {_AGAIN}"
            f" If it stays so, tell the app's administrator."
        ),
        Refusal.NOT_ALLOWED: (
            f"You are not among the people who may cancel batches here, so {what} was not"
            " cancelled. Ask the app's administrator to add you."
        ),
        Refusal.GROUPS_UNKNOWN: (
            f"Slack did not say who is in the allowed user groups, so {what} was not cancelled."
            f" {_AGAIN}"
        ),
        Refusal.NOT_STORED: (
            f"What was read about {what} can't be stored here, so nothing was asked and nothing was"
            f" cancelled. {_ASK} to look at its log."
        ),
        Refusal.INTERRUPTED: (
            f"The app was interrupted and your question about {what} is too old now. Nothing was"
            f" cancelled. Type `{COMMAND}` and the id again."
        ),
    }
    return sentences[row.refusal or Refusal.REFUSED]


def unread_words(why: Refusal | None) -> str:
    """Return why a batch can't be read, and whom that concerns, as the end of "since …"."""
    words = {
        Refusal.KEY_REFUSED: f"Respan refuses this app's API key. {_ASK} to set a valid one.",
        Refusal.NO_PERMISSION: f"this app's API key may not. {_ASK} to give it the permission.",
        Refusal.BLOCKED: (
            "something between this app and Respan, such as a firewall, refuses the request."
            f" {_ASK} to let the app through."
        ),
        Refusal.NO_PROVIDER_ID: (
            "Respan does not know which provider it belongs to."
            f" {_ASK} to set {code('RESPAN_PROVIDER_ID')}."
        ),
        Refusal.NO_OPENAI_KEY: (
            f"Respan holds no OpenAI key that works. {_ASK} to set it in Respan."
        ),
        Refusal.NOT_FOUND: (
            "Respan knows no such batch behind this app's API key."
            f" {_ASK} whether the key was changed."
        ),
        Refusal.RATE_LIMITED: "Respan asks for fewer requests. You need not do anything.",
        Refusal.UNREADABLE: f"Respan's answer can't be read. {_ASK}, whose log says more.",
        Refusal.UNAVAILABLE: "Respan does not answer. You need not do anything.",
        Refusal.REFUSED: f"Respan refuses to show it. {_ASK}, whose log says more.",
    }
    return words[why or Refusal.UNAVAILABLE]


def _final(row: Cancellation, what: str) -> str:
    status = "unknown" if row.batch is None else row.batch.status
    error = None if row.batch is None else row.batch.error
    why = f" Its error: {code(error)}." if error else ""
    meanwhile = "" if row.confirmed_at is None else " by now"
    return (
        f"{what} is {code(status)}{meanwhile}, so there is nothing left to cancel and nothing was"
        f" done. {sentence(progress(row.batch))}{why}"
    )
