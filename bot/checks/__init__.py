"""`python -m bot check`: whether everything that the settings name is there and lets the bot in."""

import os
from collections.abc import Iterable, Sequence
from functools import partial

from bot.checks.channel import channel
from bot.checks.database import database, room, schema
from bot.checks.outcome import Check, outcome_of
from bot.checks.respan import about_the_header, batch_list, header, respan
from bot.checks.slack import clock, slack, socket
from bot.proxies import Proxies, usable_proxies
from bot.settings import Settings
from bot.telemetry.masking import Masker, printable
from bot.views.who_may import who_agrees, who_may

__all__ = ["check"]


async def check(settings: Settings, channels: Sequence[str] = ()) -> int:
    """Print a line for each thing outside; return 0 when none of them is broken, 1 otherwise.

    `channels` are ids of channels in which the bot is to post: nobody there sees the trial.
    Raises SettingsError for a proxy of the environment that can't be used.
    """
    usable_proxies(os.environ, settings.respan_base_url, settings.slack_api_url)
    masker = Masker(settings.secrets | Proxies.from_environment(os.environ).secrets)
    failed: set[str] = set()
    for one in _checks(settings, channels):
        outcome = await outcome_of(one, settings, failed)
        print(f"{one.name}: {printable(masker.mask(outcome))}")  # noqa: T201 - the command's answer
    print(f"Who may cancel: {who_may(settings.policy)}")  # noqa: T201 - the same
    print(f"Who must agree: {who_agrees(settings.policy)}")  # noqa: T201 - the same
    print(about_the_header(settings))  # noqa: T201 - the same
    return 1 if failed else 0


def _checks(settings: Settings, channels: Iterable[str]) -> list[Check]:
    """Return what is to be checked, in order; no channel is tried twice."""
    sockets = [Check("Socket Mode", socket)] if settings.socket_mode else []
    places = [
        Check(f"Channel {place}", partial(channel, place), after="Slack")
        for place in dict.fromkeys(channels)
    ]
    return [
        Check("Database", database),
        Check("Schema", schema, after="Database"),
        Check("Disk", room),  # a full one may be why the database fails
        Check("Slack", slack),
        Check("Clock", clock, after="Slack"),
        *sockets,
        *places,
        Check("Respan", respan),
        Check("Respan's list", batch_list, after="Respan"),
        Check("Respan's header", header, after="Respan"),
    ]
