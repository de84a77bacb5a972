"""Who may ask the page's server for anything: this machine's browser, from this page only."""

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SAFE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal(request: web.Request, port: int) -> web.Response | None:
    """Return why a request is not served, None when it is."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    if request.headers.get("Host") not in hosts:
        return _refused(403, "This address is only for a browser on this machine.")
    origin = request.headers.get("Origin")
    if origin is not None and origin not in {f"http://{host}" for host in hosts}:
        return _refused(403, "Only the demo's own page may ask.")
    if request.method == "POST" and request.content_type != "application/json":
        return _refused(415, "Send JSON, with Content-Type: application/json.")
    return None


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve only requests of our own page, each with the headers that keep it ours."""
    transport = request.transport
    port = 0 if transport is None else transport.get_extra_info("sockname")[1]
    response = refusal(request, port)
    if response is not None:
        return response
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _refused(error.status, error.reason)


async def add_safe_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers to every answer, streams included."""
    response.headers.update(SAFE_HEADERS)


def _refused(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)
