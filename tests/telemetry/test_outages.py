"""An outage is two lines in the log, however long it lasts and however much it meets."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_mock import MockerFixture

from bot import errors
from bot.errors import BotError
from bot.sandbox.event_bus import SandboxClock
from bot.sandbox.slack.workspace import Ephemeral
from bot.steps import decision
from bot.telemetry.outages import Outages
from tests.simulation import BATCH, CONFIRM, Simulation


@pytest.fixture
def lines(mocker: MockerFixture) -> list[tuple[str, dict[str, Any]]]:
    """Give what is logged about outages."""
    said: list[tuple[str, dict[str, Any]]] = []
    for level in ("error", "warning"):
        mocker.patch(
            f"bot.telemetry.outages.log.{level}", lambda event, **more: said.append((event, more))
        )
    return said


def test_two_lines(lines: list[tuple[str, dict[str, Any]]]) -> None:
    """One at the third failure in a row, one at the first success after it."""
    clock = SandboxClock()
    outages = Outages(clock)
    for _ in range(1000):
        outages.record("Respan", "RespanUnavailable")
        clock.advance(21.6)
    outages.record("Respan", None)
    outages.record("Respan", None)
    (began, began_with), (ended, ended_with) = lines
    assert began == "a service fails; everything waits for it"
    assert began_with == {"service": "Respan", "trouble": "RespanUnavailable"}
    assert ended == "a service works again"
    assert ended_with["after_seconds"] == pytest.approx(21_600, abs=30)


def test_everyday_failures_are_no_outage(lines: list[tuple[str, dict[str, Any]]]) -> None:
    """Two in a row, again and again, are not worth a line; services don't mix."""
    outages = Outages(SandboxClock())
    for _ in range(50):
        for service in ("Respan", "Slack"):
            outages.record(service, "trouble")
            outages.record(service, "trouble")
        for service in ("Respan", "Slack"):
            outages.record(service, None)
    assert lines == []


def _kinds(base: type[BotError]) -> Iterator[type[BotError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


@pytest.mark.parametrize("kind", [*_kinds(BotError)], ids=lambda kind: kind.__name__)
def test_what_an_error_means_fits_together(kind: type[BotError]) -> None:
    """A definite no had no effect and is no outage; an outage is nothing to be mended here."""
    assert not kind.is_definite or kind.had_no_effect
    assert not (kind.is_definite and kind.is_outage)
    assert not (kind.is_outage and kind.for_administrator)
    if issubclass(kind, errors.RespanError | errors.SlackError):
        leaf = not kind.__subclasses__()
        assert not leaf or kind.is_outage or kind.is_definite or kind.for_administrator


async def _watches_and_questions(sim: Simulation, batches: list[str]) -> list[Ephemeral]:
    """Begin to watch half of the batches, and ask about the rest; return the open questions."""
    half = len(batches) // 2
    for batch_id in batches:
        sim.respan.add_batch(batch_id, cancel_seconds=30)
    for batch_id in batches[:half]:
        await sim.confirm(batch_id)
    await sim.pass_time(1)
    return [await sim.ask(batch_id) for batch_id in batches[half:]]


EVERYDAY = {
    "a message was posted",
    "a cancel call is about to be made",
    "an answer was delivered",
    "a watched batch was looked at",
    "the end of a batch was seen",
}
"""What is said of each cancellation once, outage or not."""


@pytest.mark.uncounted
@pytest.mark.seconds(10)
async def test_six_hours_without_respan(database_url: str, mocker: MockerFixture) -> None:
    """Watches and confirmed cancellations over six hours: two lines, and all of them end well."""
    async with Simulation(database_url) as sim:
        batches = [f"batch_{number}" for number in range(6)]
        questions = await _watches_and_questions(sim, batches)
        sim.respan.faults.add("*", "status", times=None, code=503)
        said: list[str] = []
        for level in ("info", "warning", "error", "exception"):
            for module in ("bot.telemetry.outages", "bot.steps.decision"):
                mocker.patch(f"{module}.log.{level}", lambda event, **_: said.append(event))
        for shown in questions:
            await sim.press(shown)
        await sim.pass_time(300)
        sim.clock.advance(5.9 * 3600)
        await sim.pass_time(60)
        assert [event for event in said if event not in EVERYDAY] == [
            "a service fails; everything waits for it"
        ]
        # However often it is tried meanwhile, each has one line, and whoever waits one answer.
        assert said.count("a cancel call is about to be made") <= len(batches)
        assert len(said) <= 4 * len(batches)
        sim.respan.faults.clear()
        await sim.pass_time(60)
        asked = [m for m in sim.slack.workspace.messages if m.channel == "D0ANA" and m.buttons]
        assert len(asked) == len(questions)
        for question in asked:
            await sim.slack.click(question, CONFIRM)
        await sim.pass_time(300)
        news = {
            "Respan accepted a cancellation",
            "a confirmation could not be sent for long and is asked again",
            "a response URL can't be used any more",
        }
        rest = [event for event in said if event not in news | EVERYDAY]
        assert rest == ["a service fails; everything waits for it", "a service works again"]
        assert len(sim.respan.cancels) == len(batches)
        assert {row.state for row in await sim.requests()} == {"reported"}


@pytest.mark.uncounted
@pytest.mark.seconds(10)
@pytest.mark.parametrize("scopes", [(), ("channels:history", "im:history")])
@pytest.mark.parametrize("kind", ["status", "drop_before"])
async def test_six_hours_without_slack(
    database_url: str, scopes: tuple[str, ...], kind: str, lines: list[tuple[str, dict[str, Any]]]
) -> None:
    """Commands, clicks and ends that meet the outage are all told after it, each once."""
    async with Simulation(database_url, scopes=scopes) as sim:
        batches = [f"batch_{number}" for number in range(4)]
        questions = await _watches_and_questions(sim, batches)
        sim.slack.faults.add("*", kind, times=None, code=503)
        for shown in questions:
            await sim.press(shown)
        await sim.slack.command("help", user="U0BEN")
        await sim.pass_time(300)
        sim.clock.advance(5.9 * 3600)
        await sim.pass_time(60)
        assert lines == [lines[0]]
        sim.slack.faults.clear()
        await sim.pass_time(300)
        assert [event for event, _ in lines] == [
            "a service fails; everything waits for it",
            "a service works again",
        ]
        assert {row.state for row in await sim.requests()} == {"reported"}
        assert len(sim.respan.cancels) == len(batches)
        in_channel = [m for m in sim.slack.workspace.messages if m.channel == "C0BATCHES"]
        assert len([m for m in in_channel if m.thread_ts is None]) == len(batches)
        assert len([m for m in in_channel if m.thread_ts is not None]) == len(batches)
        assert "D0BEN" in {m.channel for m in sim.slack.workspace.messages}


@pytest.mark.uncounted
@pytest.mark.parametrize("service", ["respan", "slack"])
async def test_six_hours_with_five_batches(database_url: str, service: str) -> None:
    """One request about five: nothing is lost, nothing comes twice, and its reply is one."""
    async with Simulation(database_url, scopes=("channels:history", "im:history")) as sim:
        batches = [f"batch_{number}" for number in range(5)]
        for batch_id in batches:
            sim.respan.add_batch(batch_id, cancel_seconds=30.0)
        shown = await sim.ask(" ".join(batches))
        getattr(sim, service).faults.add("*", "status", times=None, code=503)
        await sim.press(shown)
        await sim.pass_time(300)
        sim.clock.advance(5.9 * 3600)
        await sim.pass_time(60)
        getattr(sim, service).faults.clear()
        await sim.pass_time(120)
        for question in [m for m in sim.slack.workspace.messages if m.buttons]:
            await sim.slack.click(question, CONFIRM)
        await sim.pass_time(300)
        assert await sim.stage() == "reported"
        assert sorted(c.batch_id for c in sim.respan.cancels) == batches
        in_channel = [m for m in sim.slack.workspace.messages if m.channel == "C0BATCHES"]
        assert [m.thread_ts is None for m in in_channel] == [True, False]


def test_a_definite_no_is_a_warning(mocker: MockerFixture) -> None:
    """What concerns one request, or the administrator, is logged each time."""
    debug = mocker.patch.object(decision.log, "debug", create=True)
    warning = mocker.patch.object(decision.log, "warning", create=True)
    decision.log_failure("x", errors.RespanUnavailable("down"), id=BATCH)
    decision.log_failure("y", errors.RespanKeyRefused("no"))
    assert debug.call_args.args == ("x",)
    assert warning.call_args.args == ("y",)
