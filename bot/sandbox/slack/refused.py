"""How a method of Slack's Web API says no."""

from typing import Any


class Refused(Exception):
    """Slack's `ok: false`, with its word for why."""

    def __init__(self, code: str, **more: Any) -> None:
        """Keep the word and what stands beside it."""
        super().__init__(code)
        self.answer: dict[str, Any] = {"ok": False, "error": code, **more}
