"""The page's own look, in the page itself: there before the first line is drawn.

Streamlit's start page is empty until its script has run; a style that comes with the script moves
what is already on the screen. So the style is part of the start page.
"""

# After what Streamlit puts into the head: of two equal rules the later one counts.
BODY_ENDS = b"</body>"
# Of a request for a page: one kept from an earlier release has that one's style, and into a
# compressed one nothing can be put (it has a few thousand bytes, and comes from this computer).
LEFT_OUT = (b"if-none-match", b"if-modified-since", b"accept-encoding")


class FirstPaint:
    """ASGI middleware: `style` (CSS) stands in each HTML page that `app` answers."""

    def __init__(self, app, style: str):
        self.app = app
        self.added = b"<style>" + style.encode("utf-8") + b"</style>"

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        kept = [pair for pair in scope["headers"] if pair[0] not in LEFT_OUT]
        asked = scope | {"headers": kept} if _wants_a_page(scope) else scope
        started: dict | None = None
        body = b""

        async def send_with(message):
            nonlocal started, body
            if message["type"] == "http.response.start" and _is_page(message):
                started = message
            elif started is not None and message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    whole = body.replace(BODY_ENDS, self.added + BODY_ENDS, 1)
                    await send(_as_long_as(started, whole))
                    await send({"type": "http.response.body", "body": whole})
            else:
                await send(message)

        await self.app(asked, receive, send_with)


def _wants_a_page(scope) -> bool:
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def _is_page(message) -> bool:
    headers = dict(message.get("headers", ()))
    plain = not headers.get(b"content-encoding")
    return headers.get(b"content-type", b"").startswith(b"text/html") and plain


def _as_long_as(message: dict, body: bytes) -> dict:
    """The answer's head for a body that has grown; what named the shorter one goes."""
    gone = (b"content-length", b"etag", b"last-modified", b"accept-ranges")
    kept = [pair for pair in message["headers"] if pair[0].lower() not in gone]
    return message | {"headers": [*kept, (b"content-length", str(len(body)).encode())]}
