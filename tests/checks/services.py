"""What the tests of `check` share."""

from collections.abc import Awaitable, Callable

from bot.sandbox.world import SandboxWorld

Run = Callable[..., Awaitable[tuple[int, dict[str, str]]]]
"""Checks with channels, and returns the exit code and the lines by their names."""


def unseen(world: SandboxWorld) -> bool:
    """Return whether nobody saw anything, nothing waits to be seen, and nothing was cancelled."""
    slack = world.slack
    public = slack.calls("chat.postMessage") + slack.calls("chat.update")
    assert world.respan.cancels == []
    assert world.respan.calls("cancel") == []
    return not (public or slack.workspace.messages or slack.api.scheduled.waiting)
