"""Where a request comes from: only those of the bot's own installation are carried out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.answer import Answer
from bot.domain.audit import At, Event, Record
from bot.domain.audit_facts import denial
from bot.domain.installation import Foreign, Installation, Origin, foreign
from bot.errors import StoreError
from bot.listeners.handler import Ack, Handler, Payload, inner, key_of, log, slack_id, url_of
from bot.views.private import from_elsewhere, not_recorded

Listener = Callable[..., Awaitable[None]]
_KEEP_WITHIN = 0.5
"""Seconds that an acknowledgement waits for the database here; Slack waits for three."""

KeepApp = Callable[[str], Awaitable[str]]
"""Keeps the id of the app that a request names, unless one is kept; returns the one that is."""


class Gate:
    """Knows the bot's own installation, and lets its requests through."""

    def __init__(self, own: Installation, keep_app: KeepApp) -> None:
        """Begin with what the start learned; the app's id may come with the first request."""
        self._own, self._keep_app = own, keep_app

    async def why_not(self, origin: Origin) -> Foreign | None:
        """Return why a request must not be carried out, None for one of our own."""
        if not self._own.app_id and origin.app_id:
            try:
                async with asyncio.timeout(_KEEP_WITHIN):
                    self._own = replace(self._own, app_id=await self._keep_app(origin.app_id))
            except (StoreError, TimeoutError) as error:
                why = str(error) or type(error).__name__
                log.warning("the app's id could not be kept; the next request tells", error=why)
        return foreign(self._own, origin)

    def guarded(self, handler: Handler, listener: Listener) -> Listener:
        """Return the listener for requests of our own; others are told why nothing is done."""

        async def at_the_gate(ack: Ack, body: Payload, request: AsyncBoltRequest) -> None:
            origin = origin_of(body)
            why = await self.why_not(origin)
            if why is None:
                await listener(ack=ack, body=body, request=request)
                return
            log.warning("a request from elsewhere was refused", why=why, **_named(origin))
            work = _refuse(handler, body, why, key_of(request))
            await handler.handle(ack, work, "elsewhere", url_of(body), not_recorded())

        return at_the_gate


def origin_of(body: Payload) -> Origin:
    """Return where a command (flat) or an interaction (nested) says that it comes from."""
    team = body.get("team_id") or inner(body, "team", "id")
    enterprise = body.get("enterprise_id") or inner(body, "enterprise", "id")
    return Origin(
        team_id=slack_id(team) or "",
        app_id=slack_id(body.get("api_app_id")) or "",
        enterprise_id=slack_id(enterprise) or "",
        is_org_wide=str(body.get("is_enterprise_install")).lower() == "true",
    )


def _named(origin: Origin) -> dict[str, str]:
    return {"team_id": origin.team_id, "app_id": origin.app_id, "enterprise": origin.enterprise_id}


async def _refuse(handler: Handler, body: Payload, why: Foreign, key: str) -> str:
    user = slack_id(body.get("user_id")) or slack_id(inner(body, "user", "id"))
    channel = slack_id(body.get("channel_id")) or slack_id(inner(body, "channel", "id"))
    details = denial("elsewhere", At.GATE) | {"other": str(why)}
    team = origin_of(body).team_id or None
    record = Record(Event.DENIED, user, team, channel, key=key, details=details)
    # No message goes to them directly: an id of elsewhere may be somebody else's here.
    await handler.outbox.put_once(
        Answer(url_of(body), user or "", from_elsewhere(why)), key, record
    )
    return str(why)
