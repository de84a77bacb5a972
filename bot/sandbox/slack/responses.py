"""Response URLs: five uses, thirty minutes, private unless said otherwise."""

import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.slack.blocks import problem_of
from bot.sandbox.slack.workspace import BOT_USER, TEAM, Ephemeral, SandboxMessage, Workspace

_USES, _LIVES = 5, 30 * 60


@dataclass(slots=True)
class ResponseUrl:
    """One URL. `source` is the message that was clicked, None for a command's URL."""

    user: str
    channel: str
    made_at: float
    source: Ephemeral | SandboxMessage | None = None
    uses: int = 0


class ResponseUrls:
    """All URLs that were given out, by their secret last part."""

    def __init__(self, workspace: Workspace) -> None:
        """Begin with none."""
        self._workspace = workspace
        self._urls: dict[str, ResponseUrl] = {}

    def new(self, user: str, channel: str, source: Ephemeral | SandboxMessage | None = None) -> str:
        """Return the path of a new URL."""
        secret = secrets.token_urlsafe(18)
        now = self._workspace.bus.clock.time()
        self._urls[secret] = ResponseUrl(user, channel, now, source)
        return f"/response/{TEAM}/{secret}"

    def answer(self, path: str, body: dict[str, Any]) -> web.Response:
        """Do what was posted to a URL."""
        url = self._urls.get(path.rsplit("/", 1)[-1])
        if url is None:
            return web.json_response({"ok": False, "error": "invalid_url"}, status=404)
        if self._workspace.bus.clock.time() - url.made_at > _LIVES:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if url.uses >= _USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        if not (body.get("text") or body.get("blocks") or body.get("delete_original")):
            return web.json_response({"ok": False, "error": "no_text"}, status=400)
        if problem_of(body.get("blocks")) is not None:
            return web.json_response({"ok": False, "error": "invalid_blocks"}, status=400)
        url.uses += 1
        self._apply(url, body)
        return web.Response(text="ok")

    def _apply(self, url: ResponseUrl, body: dict[str, Any]) -> None:
        text, blocks = body.get("text") or "", body.get("blocks") or []
        if body.get("replace_original") and isinstance(url.source, SandboxMessage):
            self._workspace.edit(url.source, text, blocks)
        elif body.get("delete_original") and isinstance(url.source, Ephemeral):
            url.source.deleted = True
            self._workspace.bus.publish("replaced", ephemeral=url.source)
        elif body.get("replace_original") and isinstance(url.source, Ephemeral):
            url.source.history.append(url.source.text)
            url.source.text, url.source.blocks = text, blocks
            self._workspace.bus.publish("replaced", ephemeral=url.source)
        elif body.get("response_type") == "in_channel":
            ts = self._workspace.new_ts()
            self._workspace.add(SandboxMessage(url.channel, ts, text, blocks, user=BOT_USER))
        else:
            ts = self._workspace.new_ts()
            self._workspace.show(Ephemeral(url.user, url.channel, ts, text, blocks))
