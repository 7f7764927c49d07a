"""The headers that keep the browser from talking to anyone but this server."""

import asyncio

import pytest

from analysis.application.serving.headers import Headers


def answer(headers, kind="http"):
    """The messages that an app's answer becomes, given the request's headers."""

    async def app(scope, receive, send):
        own = [(b"content-type", b"text/html"), (b"X-Frame-Options", b"ALLOWALL")]
        await send({"type": f"{kind}.response.start", "status": 200, "headers": own})
        await send({"type": f"{kind}.response.body", "body": b"page"})

    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Headers(app)({"type": kind, "headers": headers}, None, send))
    return sent


def test_every_answer_forbids_other_hosts_and_keeps_its_own_headers():
    start, body = answer([(b"host", b"127.0.0.1:8501")])
    headers = dict(start["headers"])
    assert body["body"] == b"page" and headers[b"content-type"] == b"text/html"
    assert headers[b"x-frame-options"] == b"DENY" and b"X-Frame-Options" not in headers
    policy = headers[b"content-security-policy"].decode()
    assert "connect-src 'self' ws://127.0.0.1:8501 wss://127.0.0.1:8501 data:" in policy
    assert "*" not in policy and "https:" not in policy and "http:" not in policy


@pytest.mark.parametrize("host", [b"", b"a; script-src *", b"a b", b"x\r\ny", b"a" * 300])
def test_a_hostile_host_does_not_reach_the_policy(host):
    start, _ = answer([(b"host", host)])
    policy = dict(start["headers"])[b"content-security-policy"]
    assert b"connect-src 'self' data: blob:;" in policy


def test_other_kinds_of_connection_pass_untouched():
    assert answer([], kind="websocket")[0]["headers"] == [
        (b"content-type", b"text/html"),
        (b"X-Frame-Options", b"ALLOWALL"),
    ]
