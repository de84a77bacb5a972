"""What people do in the black-box tests, and the private messages that they then read."""

from bot.sandbox.slack.choices import menus_of
from bot.sandbox.slack.workspace import Ephemeral
from bot.sandbox.world import SandboxWorld

REVIEW = "Review"


async def told(world: SandboxWorld, expected: str, user: str = "U0ANA") -> Ephemeral:
    """Return the newest private message that says what is expected, once there is one."""

    def found() -> list[Ephemeral]:
        return [e for e in world.slack.workspace.private(user) if expected in e.text]

    await world.bus.wait_for(found, 15, f"an answer to {user} with {expected}")
    return found()[-1]


async def typed(world: SandboxWorld, text: str, expected: str, user: str = "U0ANA") -> Ephemeral:
    """Type the command, and return the new answer to it, which says what is expected."""
    before = len(world.slack.workspace.private(user))

    def found() -> list[Ephemeral]:
        return [e for e in world.slack.workspace.private(user)[before:] if expected in e.text]

    assert (await world.slack.command(text, user)).acked
    await world.bus.wait_for(found, 15, f"an answer to {text} with {expected}")
    return found()[0]


async def pick(world: SandboxWorld, shown: Ephemeral, *batch_ids: str) -> None:
    """Choose these batches in a list, and press Review."""
    assert await world.choose(shown, *batch_ids) is None
    assert (await world.press(shown, REVIEW)).acked


def options(shown: Ephemeral) -> list[str]:
    """Return the ids in a list's menu, in its order."""
    return [
        option["value"] for menu in menus_of(shown.blocks) for option in menu.element["options"]
    ]


def chosen(shown: Ephemeral, *batch_ids: str) -> dict[str, object]:
    """Return a click's state in which these are chosen, whatever the menu allows."""
    (menu,) = menus_of(shown.blocks)
    selected = [{"value": batch_id} for batch_id in batch_ids]
    of_menu = {"type": "multi_static_select", "selected_options": selected}
    return {"values": {menu.block_id: {menu.action_id: of_menu}}}
