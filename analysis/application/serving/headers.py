"""The response headers that keep the browser, too, from sending anything anywhere else.

Streamlit sends none of them. With them a page can load and call this server alone: an address
hidden in a label of somebody's data fetches nothing, and no other site can frame the dashboard.
"""

import re

POLICY = (
    "default-src 'self'; "
    # Streamlit's start page has inline scripts, and Vega compiles its expressions.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; connect-src 'self'{socket} data: blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
PLAIN_HOST = re.compile(rb"[A-Za-z0-9.\-\[\]:]{1,255}")


class Headers:
    """ASGI middleware: adds the headers to every answer of `app`."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        added = _headers(dict(scope["headers"]).get(b"host", b""))

        async def send_with(message):
            if message["type"] == "http.response.start":
                names = {name for name, _ in added}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in names]
                message = message | {"headers": kept + added}
            await send(message)

        await self.app(scope, receive, send_with)


def _headers(host: bytes) -> list[tuple[bytes, bytes]]:
    # Not every browser counts a web socket to the same host as 'self': it is named.
    socket = f" ws://{host.decode()} wss://{host.decode()}" if PLAIN_HOST.fullmatch(host) else ""
    return [
        (b"content-security-policy", POLICY.format(socket=socket).encode()),
        (b"x-frame-options", b"DENY"),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]
