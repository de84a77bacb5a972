"""Respan: the key, the list of batches, and the header that tells it who cancelled."""

from bot.checks.outcome import Doubt
from bot.checks.way_out import proxies
from bot.clients.respan import RespanClient
from bot.clock import SteadyClock
from bot.domain.batch import Page
from bot.domain.sweep import PAGE
from bot.errors import (
    BatchNotFound,
    BotError,
    OpenAIKeyMissing,
    PermissionMissing,
    ProviderIdNeeded,
    RespanError,
    RespanRateLimited,
    RespanRefused,
    RespanUnavailable,
    RespanUnreachable,
    RespanUnreadable,
)
from bot.settings import Settings

_NO_BATCH = "batch_does_not_exist"


async def respan(settings: Settings) -> str:
    """Ask for a batch that can't exist: the words that it is unknown mean that the key is good."""
    async with _client(settings, settings.respan_provider_id) as client:
        try:
            await client.retrieve(_NO_BATCH)
        except BatchNotFound as error:
            if not error.names_batch:
                await _find_list(client, error)
            return "the API key is accepted"
        except RespanError as error:
            raise _failure(error) from None
        return "it answers"


def _client(settings: Settings, provider_id: str | None) -> RespanClient:
    return RespanClient(
        settings.respan_base_url,
        settings.respan_api_key.get_secret_value(),
        SteadyClock(),
        encoding=settings.respan_params_encoding,
        provider_id=provider_id,
        proxy=proxies().for_url(settings.respan_base_url),
    )


async def _find_list(client: RespanClient, unknown: BatchNotFound) -> None:
    """Raise unless there is a list of batches: what knows none is no Respan, or another path."""
    try:
        await client.page(None, 1)
    except BatchNotFound:
        raise BotError(f"{unknown}, nor any list of batches{_WRONG_URL}") from None
    except RespanError as error:
        raise _failure(error) from None


def _failure(error: RespanError) -> BotError:
    """Return the error with what to do about it, where its own sentence doesn't say that."""
    return BotError(f"{error}{_ADVICE.get(type(error), '')}")


_WRONG_URL = ". RESPAN_BASE_URL may be wrong"
_ADVICE: dict[type[RespanError], str] = {
    RespanUnreachable: ". Look at RESPAN_BASE_URL, the network and the proxy's settings",
    RespanUnreadable: _WRONG_URL,
    RespanUnavailable: ". Try again in a minute",
    RespanRateLimited: ". Try again in a minute",
}
"""What to do about the errors that say nothing of it, as they belong to an outage mostly."""

_FOR_THE_ADMINISTRATOR = (OpenAIKeyMissing, PermissionMissing, ProviderIdNeeded)
_ONE_BY_ONE = (
    ". The bot works without a list, and reads each watched batch by itself: with many at once"
    " the replies come later. See that RESPAN_BASE_URL is Respan's own address"
)


async def batch_list(settings: Settings) -> str | Doubt:
    """Ask for one page, as the watch does, and say how much stands in it."""
    async with _client(settings, settings.respan_provider_id) as client:
        try:
            page = await client.page(None, PAGE)
        except _FOR_THE_ADMINISTRATOR as error:
            raise _failure(error) from None
        except (BatchNotFound, RespanRefused, RespanUnreadable) as error:
            return Doubt(f"{error}{_ONE_BY_ONE}")
        except RespanError as error:
            raise _failure(error) from None
    return _about(page)


def _about(page: Page) -> str | Doubt:
    """Return how full a page is: items may hold an id and a status, and nothing else."""
    count = len(page.batches)
    if not count:
        if page.has_more:
            return Doubt(
                f"the page holds no batch that can be read, though more follow{_ONE_BY_ONE}"
            )
        return "it answers; there is no batch yet, so that how full it is can't be seen"
    many = f"{count} {'batch' if count == 1 else 'batches'} on the first page"
    more = "more follow" if page.has_more else "no more follow"
    full = sum(batch.created_at is not None for batch in page.batches)
    if full == count:
        return f"{many}, each in full; {more}"
    return (
        f"{many}, {count - full} of them sparse (no more than an id and a status is sure); {more}."
        " That is enough: a batch that has ended is read once more by itself"
    )


async def header(settings: Settings) -> str | Doubt:
    """Tell by `provider_id` which of Respan's documents holds here, and so the header's form.

    The older ones know no `provider_id` and write JSON, the newer ones insist on it and write
    base64. That is a sign and no proof: nothing but a cancellation makes Respan read the header.
    """
    encoding = settings.respan_params_encoding
    try:
        insists = await _insists_on_provider_id(settings)
    except RespanError as error:
        return Doubt(f"which form Respan reads can't be told ({error}). Try again in a minute")
    signs, wanted = _SIGNS[insists]
    if wanted == encoding:
        return f"{signs}, and so does RESPAN_PARAMS_ENCODING={encoding}"
    return Doubt(
        f"{signs}, but RESPAN_PARAMS_ENCODING is {encoding}. Unless people who cancelled stand"
        f" among Respan's customers already, set RESPAN_PARAMS_ENCODING={wanted}"
    )


_SIGNS = {
    True: (
        "Respan insists on provider_id, as its newer documents do, which write base64",
        "base64",
    ),
    False: ("Respan needs no provider_id, as in its older documents, which write JSON", "json"),
}
"""What a request without provider_id that is refused, or is not, is a sign of."""


async def _insists_on_provider_id(settings: Settings) -> bool:
    async with _client(settings, None) as client:
        try:
            await client.retrieve(_NO_BATCH)
        except ProviderIdNeeded:
            return True
        except BatchNotFound:
            return False
    return False


def about_the_header(settings: Settings) -> str:
    """Return what no call can find out: whether Respan reads who cancelled."""
    is_json = settings.respan_params_encoding == "json"
    form, other = ("JSON", "base64") if is_json else ("base64 of JSON", "json")
    provider = settings.respan_provider_id
    about_provider = (
        "where Respan asks for provider_id, set RESPAN_PROVIDER_ID=openai"
        if provider is None
        else f"provider_id={provider} is sent too (RESPAN_PROVIDER_ID)"
    )
    return (
        f"Respan: note: who cancelled travels in the header X-Data-Respan-Params, as {form}"
        f" (RESPAN_PARAMS_ENCODING={settings.respan_params_encoding}). A header in the wrong form"
        " is ignored in silence. After the first cancellation look among Respan's customers: if"
        f" the person isn't there, set RESPAN_PARAMS_ENCODING={other}; {about_provider}."
    )
