"""The style is part of each HTML page, whatever it is asked with; nothing else is touched."""

import asyncio

import pytest

from analysis.application.serving.first_paint import FirstPaint

PAGE = b"<html><head></head><body><div></div></body></html>"


def asked(kind: bytes, body: list[bytes], accept=b"text/html"):
    """(status, headers, body) of a GET through the middleware, and the headers that came in."""
    sent, came = [], {}

    async def app(scope, receive, send):
        came.update(scope["headers"])
        headers = [(b"content-type", kind), (b"content-length", b"%d" % sum(map(len, body)))]
        headers += [(b"etag", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for k, part in enumerate(body):
            more = k < len(body) - 1
            await send({"type": "http.response.body", "body": part, "more_body": more})

    async def send(message):
        sent.append(message)

    headers = [(b"accept", accept), (b"accept-encoding", b"gzip"), (b"if-none-match", b"1")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    asyncio.run(FirstPaint(app, "p{}")(scope, None, send))
    start, *parts = sent
    return dict(start["headers"]), b"".join(p["body"] for p in parts), came


@pytest.mark.parametrize("parts", [[PAGE], [PAGE[:20], PAGE[20:]], [PAGE, b""]])
def test_a_page_has_the_style_at_its_end_and_its_true_length(parts):
    headers, body, came = asked(b"text/html; charset=utf-8", parts)
    assert body == PAGE.replace(b"</body>", b"<style>p{}</style></body>")
    assert headers[b"content-length"] == str(len(body)).encode() and b"etag" not in headers
    assert b"accept-encoding" not in came and b"if-none-match" not in came


def test_anything_else_passes_as_it_is():
    headers, body, came = asked(b"text/javascript", [b"</body>"], accept=b"*/*")
    assert body == b"</body>" and headers[b"etag"] == b"1"
    assert came[b"accept-encoding"] == b"gzip"
