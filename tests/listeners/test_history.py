"""`/cancel-batch history`: the latest cancellations, privately, of all, of a person, of a batch."""

import pytest
from sqlalchemy import text

from tests.simulation import BATCH, Simulation
from tests.steps.test_several import FIVE


@pytest.fixture
async def done(sim: Simulation) -> Simulation:
    """Give a simulation in which Ana cancelled three batches, and Ben two, one after the other."""
    for number, batch_id in enumerate(FIVE):
        sim.respan.add_batch(batch_id, cancel_seconds=500.0 if number == 4 else 1.0)
        await sim.confirm(batch_id, ("U0ANA", "U0BEN")[number % 2])
        await sim.pass_time(30)
    return sim


async def read(sim: Simulation, what: str = "", user: str = "U0BEN") -> str:
    """Return what somebody reads."""
    shown = await sim.ask(f"history {what}".strip(), user)
    assert shown.buttons == []
    return shown.text


async def test_all(done: Simulation) -> None:
    """The newest first, with who, what, how it ended, and where; Respan is not asked."""
    calls = len(done.respan.exchanges)
    said = await read(done)
    assert said.startswith("The latest 5 cancellations, newest first: <!date^")
    places = [said.index(batch_id) for batch_id in FIVE]
    assert places == sorted(places, reverse=True)
    assert f"<@U0BEN> `{FIVE[3]}` was cancelled: 23 of 100 requests done" in said
    assert f"<@U0ANA> `{FIVE[4]}` is being cancelled" in said
    assert said.count("/archives/C0BATCHES/p") == 5
    assert len(done.respan.exchanges) == calls


@pytest.mark.parametrize(
    ("what", "lead", "found"),
    [
        ("me", "of yours", [3, 1]),
        ("@ben", "by `ben`", [3, 1]),
        ("BEN", "by `ben`", [3, 1]),
        ("<@U0ANA|ana>", "by <@U0ANA>", [4, 2, 0]),
        ("U0ANA", "by <@U0ANA>", [4, 2, 0]),
        (FIVE[1], f"of `{FIVE[1]}`", [1]),
        (f"{FIVE[2]} {FIVE[1]}", "of the 2 batches", [2, 1]),
        ("nobody", "by `nobody`", []),
        ("<!channel> `x`", "by `channel x`", []),
        ("batch_unknown", "of `batch_unknown`", []),
    ],
)
async def test_filters(done: Simulation, what: str, lead: str, found: list[int]) -> None:
    """A person by mention, id or name, in any case; oneself; batches. Nothing found is said."""
    said = await read(done, what)
    assert lead in said
    assert [n for n, batch_id in enumerate(FIVE) if f"> `{batch_id}` " in said] == sorted(found)
    assert said.startswith("The latest" if found else "No cancellation")


async def test_rows_of_another_version(done: Simulation) -> None:
    """They are left out and counted; the rest is shown."""
    async with done.crew[0].stores.database.writing() as connection:
        new = f"UPDATE cancellations SET state = 'undone' WHERE batch_id = '{FIVE[1]}'"
        await connection.execute(text(new))
    said = await read(done)
    assert "The latest 4 cancellations" in said
    assert "1 can't be read by this version of the app" in said


async def test_more_than_ten(done: Simulation) -> None:
    """The ten newest are shown."""
    for number in range(7):
        done.respan.add_batch(f"batch_more{number}", cancel_seconds=1.0)
        await done.confirm(f"batch_more{number}")
        await done.pass_time(20)
    said = await read(done)
    assert "The latest 10 cancellations" in said
    assert FIVE[1] not in said
    assert FIVE[2] in said


@pytest.mark.parametrize("groups", ["read", "not read"])
async def test_who_is_in_no_allowed_group(database_url: str, groups: str) -> None:
    """They read nothing, nor does anybody while Slack does not tell who is in the groups."""
    scopes = ("usergroups:read",) if groups == "read" else ()
    async with Simulation(database_url, scopes=scopes, allowed_usergroups="S0ML") as sim:
        sim.slack.workspace.usergroups["S0ML"] = ["U0ANA"]
        sim.respan.add_batch(BATCH)
        await sim.confirm()
        await sim.pass_time(30)
        said = await read(sim)
        # Who the members are is known by then: no step has to ask.
        assert said.startswith(
            "Nothing was done. " if groups == "read" else "Nothing was looked up"
        )
        assert BATCH not in said
        own = await read(sim, user="U0ANA")
        assert ("The latest cancellation" in own) == (groups == "read")


async def test_a_crash_loses_no_answer(done: Simulation) -> None:
    """The command is stored before it is acknowledged: another process answers it."""
    await done.slack.command("history me", "U0BEN")
    done.crew.clear()
    await done.take_over()
    await done.pass_time()
    assert "The latest 2 cancellations of yours" in done.private("U0BEN")[-1]
