"""What OpenAI's webhooks send, signed as they sign it."""

import base64
import json
import time
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
from standardwebhooks import Webhook

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two characters").decode()


def event_of(batch_id: str, kind: str = "batch.cancelled") -> bytes:
    """Return the body of an event about a batch."""
    event = {"id": f"evt_{uuid4().hex}", "object": "event", "type": kind, "data": {"id": batch_id}}
    return json.dumps(event | {"created_at": int(time.time())}).encode()


def signed(
    body: bytes, *, age: float = 0.0, secret: str = SECRET, event_id: str = ""
) -> dict[str, str]:
    """Return the headers of a webhook that was signed so many seconds ago."""
    at, name = datetime.fromtimestamp(time.time() - age, UTC), event_id or f"wh_{uuid4().hex}"
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, body.decode()),
        "content-type": "application/json",
    }


async def deliver(base_url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a webhook once; return the status of the answer, 0 where there was none."""
    try:
        async with aiohttp.ClientSession() as http:
            sent = await http.post(f"{base_url}/openai/webhook", data=body, headers=headers)
            return sent.status
    except aiohttp.ClientError:
        return 0
