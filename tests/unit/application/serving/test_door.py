"""Who comes in: own host, own origin, and the token once or its cookie ever after."""

import asyncio

import pytest

from analysis.application.serving.door import Door, chosen_token

TOKEN = "t" * 20
HOST = (b"host", b"127.0.0.1:8501")
COOKIE = (b"cookie", f"a=b; rapport-8501={TOKEN}".encode())
OWN = (b"origin", b"http://127.0.0.1:8501")


def ask(*headers, kind="http", path="/", query=b"", method="GET", token=TOKEN):
    """What the door sends, or 'entered'."""
    sent = []

    async def app(scope, receive, send):
        sent.append("entered")

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "path": path, "headers": list(headers), "query_string": query}
    if kind == "http":
        scope["method"] = method
    asyncio.run(Door(app, token, lambda: 8501)(scope, None, send))
    return sent[0] if sent == ["entered"] else sent


def status(answer):
    return answer[0].get("status", answer[0].get("code"))


def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use():
    start, _ = ask(HOST, path="/explains", query=f"dataset=demo&token={TOKEN}&a=%26".encode())
    headers = dict(start["headers"])
    assert start["status"] == 303 and headers[b"location"] == b"/explains?dataset=demo&a=%26"
    assert headers[b"set-cookie"].decode().split("; ") == [
        f"rapport-8501={TOKEN}",
        "Path=/",
        "HttpOnly",
        "SameSite=Strict",
    ]


def test_the_cookie_opens_pages_and_web_sockets():
    assert ask(HOST, COOKIE) == "entered"
    assert ask(HOST, COOKIE, OWN, kind="websocket", path="/_stcore/stream") == "entered"
    assert ask(HOST, path="/_stcore/health") == "entered"
    assert ask(kind="lifespan") == "entered"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [HOST],
        [(b"host", b"127.0.0.1:8502"), COOKIE],
        [(b"host", b"127.0.0.1"), COOKIE],
        [(b"host", b"evil.example:8501"), COOKIE],
        [HOST, (b"cookie", b"rapport-8501=" + b"u" * 20)],
        [HOST, (b"cookie", b"xrapport-8501=" + TOKEN.encode())],
        [HOST, (b"cookie", b"rapport-8502=" + TOKEN.encode())],
        [HOST, COOKIE, (b"origin", b"http://evil.example")],
        [HOST, COOKIE, (b"origin", b"http://127.0.0.1:3000")],
        [HOST, COOKIE, (b"origin", b"http://localhost:8501")],
        [HOST, COOKIE, (b"origin", b"https://127.0.0.1:8501")],
        [HOST, COOKIE, (b"origin", b"null")],
        [HOST, COOKIE, (b"origin", b"")],
    ],
)
def test_everybody_else_stays_outside(headers):
    assert status(ask(*headers)) == 403
    assert status(ask(*headers, kind="websocket")) == 1008


@pytest.mark.parametrize("query", [b"", b"token=", b"token=wrong", b"TOKEN=" + TOKEN.encode()])
def test_a_wrong_token_is_refused_in_words(query):
    start, body = ask(HOST, query=query)
    assert start["status"] == 403 and b"in the window where Rapport was started" in body["body"]


def test_a_token_opens_no_web_socket_and_takes_no_form():
    query = f"token={TOKEN}".encode()
    assert status(ask(HOST, OWN, kind="websocket", query=query)) == 1008
    assert status(ask(HOST, query=query, method="POST")) == 403


def test_the_way_on_never_leads_to_another_host():
    start, _ = ask(HOST, path="//evil.example/", query=f"token={TOKEN}".encode())
    assert dict(start["headers"])[b"location"] == b"/evil.example/"


def test_without_a_token_foreign_origins_stay_outside_all_the_same():
    assert ask(HOST, token="") == "entered"
    assert ask(HOST, OWN, kind="websocket", token="") == "entered"
    assert status(ask(HOST, kind="websocket", token="")) == 1008
    assert status(ask(HOST, (b"origin", b"http://127.0.0.1:3000"), token="")) == 403


def test_a_token_is_random_unless_one_is_chosen():
    assert chosen_token("none") == "" and chosen_token(TOKEN) == TOKEN
    drawn = {chosen_token(setting) for setting in ("", "", "short", "with space " * 3, "é" * 20)}
    assert len(drawn) == 5 and all(len(token) == 43 for token in drawn)
