"""The demo in the terminal: one cancellation, from the command to the reply in its thread."""

import asyncio
import os
import re
import sys
import tempfile
import unicodedata
from asyncio import Queue
from pathlib import Path

from bot.sandbox.event_bus import Event
from bot.sandbox.slack.workspace import Ephemeral, SandboxMessage
from bot.sandbox.world import SandboxWorld

_BATCH = "batch_abc123"
_DEADLINE = 60.0
_REAL = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "RESPAN_API_KEY")

_PLAINER = {"█": "#", "▓": "#", "░": ".", "→": "->", "←": "<-", "•": "*", "●": "*", "·": "-"}
_PLAINER_KINDS = {"Pd": "-", "Pi": '"', "Pf": '"', "Zs": " ", "So": "*"}
"""What stands for a letter, or for one of its Unicode category, where a terminal hasn't got it."""


def say_what_is_ignored() -> None:
    """Name the real tokens in the environment: no demo uses them."""
    ignored = [name for name in _REAL if os.environ.get(name)]
    if ignored:
        _say(f"{', '.join(ignored)} in the environment: ignored, the demo talks to itself only.\n")


async def run_demo() -> int:
    """Play one cancellation and print what people see; 0 only if the reply came."""
    say_what_is_ignored()
    with tempfile.TemporaryDirectory(prefix="batch-bot-demo-") as folder:
        _say("Starting a local Slack, a local Respan, and the bot between them …\n")
        async with SandboxWorld(Path(folder)) as world:
            return await _play(world)


async def _play(world: SandboxWorld) -> int:
    world.respan.add_batch(
        _BATCH, total=2000, completed=460, failed=3, rate=4.0, grows=35, cancel_seconds=4.0
    )
    with world.bus.subscribe() as events:
        printing = asyncio.create_task(_print_all(events, world))
        try:
            async with asyncio.timeout(_DEADLINE):
                await _cancel(world)
        except (TimeoutError, ConnectionError) as error:
            _say(f"\nThe reply did not come ({error or 'time-out'}). The end of the bot's log:")
            _say(world.bot.log_text()[-3000:])
            return 1
        finally:
            await asyncio.sleep(0.2)  # what has happened already is still being printed
            printing.cancel()
    _say("\nThat was the whole way, with real signed requests, a real database and a real process.")
    return 0


async def _cancel(world: SandboxWorld) -> None:
    await world.cancel(_BATCH)
    reply = await world.reply(_BATCH, _DEADLINE)
    parent = reply.thread_ts or ""

    def in_final_form() -> bool:
        message = world.slack.workspace.find(reply.channel, parent)
        return message is not None and "is cancelling" not in message.text

    await world.bus.wait_for(in_final_form, _DEADLINE, "the message's final form")


async def _print_all(events: "Queue[Event]", world: SandboxWorld) -> None:
    while True:
        line = _line(await events.get(), world)
        if line:
            _say(line)


def _line(event: Event, world: SandboxWorld) -> str | None:  # noqa: PLR0911 - one for each kind
    """Return what a person would see, None for what nobody sees."""
    data = event.data
    match event.kind:
        case "typed":
            return _spoken(world, data["channel"], data["user"], data["text"])
        case "pressed":
            return _spoken(world, data["channel"], data["user"], f"presses [{data['label']}]")
        case "ephemeral":
            return _private(world, data["ephemeral"], "only visible to")
        case "replaced":
            return _private(world, data["ephemeral"], "replaced, only visible to")
        case "message":
            return _public(world, data["message"], "")
        case "edit":
            return _public(world, data["message"], " (edited)")
        case _:
            return None


def _spoken(world: SandboxWorld, channel: str, user: str, words: str) -> str:
    return f"{_place(world, channel)} {_name(world, user)}: {words}"


def _private(world: SandboxWorld, shown: Ephemeral, how: str) -> str:
    buttons = "  ".join(f"[{b['text']['text']}]" for b in shown.buttons)
    lead = f"{_place(world, shown.channel)} batch-bot ({how} {_name(world, shown.user)}): "
    return lead + _plain(world, shown.text) + (f"\n      {buttons}" if buttons else "")


def _public(world: SandboxWorld, message: SandboxMessage, edited: str) -> str:
    indent = "      in the thread: " if message.thread_ts else f"{_place(world, message.channel)} "
    return f"{indent}batch-bot{edited}: {_plain(world, message.text)}"


def _place(world: SandboxWorld, channel: str) -> str:
    found = world.slack.workspace.channels.get(channel)
    return f"#{found.name if found else channel}"


def _name(world: SandboxWorld, user: str) -> str:
    person = world.slack.workspace.people.get(user)
    return person.name if person else user


def _plain(world: SandboxWorld, text: str) -> str:
    """Return mrkdwn as a terminal shows it."""
    text = re.sub(r"<@(\w+)>", lambda m: f"@{_name(world, m[1])}", text)
    text = re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<([^|>]+)\|([^>]+)>", r"\2 (\1)", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _say(text: str) -> None:
    sys.stdout.write(plain(text, sys.stdout.encoding) + "\n")
    sys.stdout.flush()


def plain(text: str, encoding: str) -> str:
    """Return the text with something plainer for each letter that the encoding lacks."""
    return "".join(letter if _has(encoding, letter) else _plainer(letter) for letter in text)


def _has(encoding: str, letter: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _plainer(letter: str) -> str:
    """Return ASCII that looks or reads like a letter, "?" where nothing does."""
    if letter in _PLAINER:
        return _PLAINER[letter]
    if "SINGLE QUOTATION MARK" in unicodedata.name(letter, ""):
        return "'"
    bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return bare or _PLAINER_KINDS.get(unicodedata.category(letter), "?")
