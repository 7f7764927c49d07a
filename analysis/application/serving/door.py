"""Who comes in: requests of this dashboard's own page, by a browser that was shown the address.

Listening on 127.0.0.1 keeps other computers out, and nobody else: every program of this computer
and every web page in its browser can call a local port. So the address that the window shows holds
a random token, which the first visit turns into a cookie (as Jupyter does); no other site's page
can send it (HttpOnly, SameSite=Strict), and no other account of this computer knows it.

A foreign origin is refused here, before Streamlit sees it: Streamlit would ask an address service
on the internet what this computer is called, for each foreign web socket.
"""

import hmac
import re
import secrets
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

# Says whether the server is up, and nothing else: who waits for it has no cookie yet.
OPEN_TO_ALL = ("/_stcore/health",)
OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")
SHUT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Rapport</title>
<meta name="viewport" content="width=device-width"><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:12vh auto;padding:0 1.5em}
@media(prefers-color-scheme:dark){body{background:#14181d;color:#e9ebee}a{color:#bcbef5}}
</style></head><body><h1>Rapport opens from its own address</h1>
<p>Patients' data lie behind this page, so it opens only in a browser that was given the full
address, with its token: the line “Rapport is at …” in the window where Rapport was started.</p>
<p>If you came by a link from another program, <a href="">try it from here</a>. If Rapport was
started anew, use the address that it shows now.</p></body></html>
"""


def chosen_token(setting: str) -> str:
    """The token of one start: 256 random bits unless `setting` (RAPPORT_TOKEN) gives one.

    setting: letters, digits, '-' and '_', at least 16 of them; 'none' for no token, where
    whoever serves the dashboard guards it in another way; '' for a random one.
    """
    if setting == "none":
        return ""
    if re.fullmatch(r"[\w\-]{16,}", setting, re.ASCII):
        return setting
    return secrets.token_urlsafe(32)


class Door:
    """ASGI middleware: lets the own page in, everybody else gets a sentence (403).

    token: what the address must hold once. port: the port that is listened on, asked at each
    request because the server learns it late. token '' leaves only the checks of host and origin.
    """

    def __init__(self, app, token: str, port: Callable[[], int]):
        self.app, self.token, self.port = app, token, port

    async def __call__(self, scope, receive, send):
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not self._own(scope["type"], headers):
            await _refuse(scope["type"], send)
        elif self._may_enter(scope, headers):
            await self.app(scope, receive, send)
        elif self._brings_token(scope):
            await self._give_cookie(scope, send)
        else:
            await _refuse(scope["type"], send)

    def _own(self, kind: str, headers: dict[bytes, bytes]) -> bool:
        """Whether host and, where there is one, origin are this server's, port included."""
        host = headers.get(b"host", b"").decode("latin-1").lower()
        own = [f"{name}:{self.port()}" for name in OWN_HOSTS]
        own += [name for name in OWN_HOSTS if self.port() == 80]
        if host not in own:
            return False
        origin = headers.get(b"origin")
        if origin is None:
            # A browser names the origin of each web socket; a program needs the cookie anyway.
            return kind == "http" or bool(self.token)
        return origin.decode("latin-1").lower() == f"http://{host}"

    def _may_enter(self, scope, headers: dict[bytes, bytes]) -> bool:
        if not self.token or scope["path"] in OPEN_TO_ALL:
            return True
        sent = headers.get(b"cookie", b"").decode("latin-1")
        found = re.search(rf"(?:^|;\s*){self._cookie}=([\w\-]+)", sent)
        return bool(found) and hmac.compare_digest(found[1], self.token)

    def _brings_token(self, scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token", "")
        return hmac.compare_digest(given.encode(), self.token.encode())

    async def _give_cookie(self, scope, send) -> None:
        """The same address without the token, so that it stays in no history and no link."""
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        rest = urlencode([(name, value) for name, value in asked if name != "token"])
        # One slash: '//name' would lead to another host.
        path = "/" + scope.get("raw_path", scope["path"].encode()).decode("latin-1").lstrip("/\\")
        cookie = f"{self._cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        headers = [
            (b"location", (path + ("?" + rest if rest else "")).encode("latin-1")),
            (b"set-cookie", cookie.encode()),
            (b"cache-control", b"no-store"),
            (b"content-length", b"0"),
        ]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    @property
    def _cookie(self) -> str:
        # Cookies know no ports: two dashboards on one computer would take each other's.
        return f"rapport-{self.port()}"


async def _refuse(kind: str, send) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # before it opened: a plain 403
        return
    body = SHUT.encode("utf-8")
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
