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
        case (
            Refusal.WRONG_CHANNEL
            | Refusal.NOT_ALLOWED
            | Refusal.GUEST
            | Refusal.STRANGER
            | Refusal.BOT
            | Refusal.DEACTIVATED
            | Refusal.PERSON_UNKNOWN
            | Refusal.GROUPS_UNKNOWN
            | Refusal.OWN_REQUEST
            | Refusal.NOT_APPROVER
        ):
            return f"{what} was not cancelled. {denial_words(refusal)}"
        case Refusal.NOT_INVITED:
            return (
                f"{what} was not cancelled: a second person must approve that in the channel, where"
                " the app can't post. Type `/invite` and the app's name there, then the command"
                " again."
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


def denial_words(why: Refusal) -> str:  # noqa: C901, PLR0911 - one line for each
    """Return why the policy says no, and whom to ask, in the words of every place."""
    match why:
        case Refusal.WRONG_CHANNEL:
            return (
                "Batches can't be cancelled from this channel: use one that the app's administrator"
                " allows."
            )
        case Refusal.NOT_ALLOWED:
            return f"You are not among the people who may cancel batches here. {_ASK} to add you."
        case Refusal.GUEST:
            return (
                "Guests of this workspace may not cancel batches. Ask a full member to do it, or"
                " the app's administrator to list you by name."
            )
        case Refusal.STRANGER:
            return (
                "People of other workspaces may not cancel batches here. Ask somebody of this one"
                " to do it, or the app's administrator to list you by name."
            )
        case Refusal.BOT:
            return f"Bots may not cancel batches. {_ASK} to list this one by name."
        case Refusal.DEACTIVATED:
            return f"Slack says that your account is deactivated, so it may cancel nothing. {_ASK}."
        case Refusal.PERSON_UNKNOWN:
            return (
                "Slack did not say whether you are a full member of this workspace, which the app"
                f" has to know. {_AGAIN}"
            )
        case Refusal.GROUPS_UNKNOWN:
            return f"Slack did not say who is in the allowed user groups. {_AGAIN}"
        case Refusal.OWN_REQUEST | Refusal.NOT_APPROVER:
            # Who asked reads it of who approved; what the other one reads is `may_not_approve`.
            return (
                "The person who approved it may not approve it any more. Type the command again:"
                " somebody else must approve it."
            )
        case (
            Refusal.NOT_INVITED
            | Refusal.FINAL
            | Refusal.ALREADY_CANCELLING
            | Refusal.NOT_FOUND
            | Refusal.KEY_REFUSED
            | Refusal.NO_PERMISSION
            | Refusal.BLOCKED
            | Refusal.NO_PROVIDER_ID
            | Refusal.NO_OPENAI_KEY
            | Refusal.REFUSED
            | Refusal.UNAVAILABLE
            | Refusal.RATE_LIMITED
            | Refusal.UNREADABLE
            | Refusal.INTERRUPTED
            | Refusal.NOT_STORED
            | Refusal.CHANGED
        ):
            raise ValueError(f"the policy never says {why}")
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
            | Refusal.WRONG_CHANNEL
            | Refusal.NOT_ALLOWED
            | Refusal.GUEST
            | Refusal.STRANGER
            | Refusal.BOT
            | Refusal.DEACTIVATED
            | Refusal.PERSON_UNKNOWN
            | Refusal.GROUPS_UNKNOWN
            | Refusal.OWN_REQUEST
            | Refusal.NOT_APPROVER
            | Refusal.NOT_INVITED
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
