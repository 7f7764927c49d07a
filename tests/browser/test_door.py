"""The door of a running server: its own browser comes in, nobody else, and nothing goes out."""

import json
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser.served import PATIENCE, needs_chromium, serving

TOKEN = "a-token-for-this-test"
# Runs in the server's process before anything else: notes whom it calls outside this computer.
WATCH = """
import json, os, socket
_connect, _look_up = socket.socket.connect, socket.getaddrinfo
def note(kind, where):
    if str(where) not in ("127.0.0.1", "::1", "localhost", "None"):
        with open(os.environ["WATCHED"], "a") as file:
            file.write(json.dumps([kind, str(where)]) + "\\n")
def connect(self, address):
    if isinstance(address, tuple):
        note("connect", address[0])
    return _connect(self, address)
def look_up(host, *rest, **named):
    note("name", host)
    return _look_up(host, *rest, **named)
socket.socket.connect, socket.getaddrinfo = connect, look_up
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """(address, what it called so far): a server with a token and an empty store."""
    folder = tmp_path_factory.mktemp("door")
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    calls = folder / "calls.jsonl"
    environment = {
        "RAPPORT_TOKEN": TOKEN,
        "RAPPORT_STORE": str(folder / "store"),
        "WATCHED": str(calls),
        "PYTHONPATH": str(folder),
        "HTTP_PROXY": "http://127.0.0.1:9",  # nobody listens: a call would fail, not leave
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }

    def called():
        return (
            [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []
        )

    with serving(folder, environment) as address:
        yield address, called


def stream(address: str, **headers) -> int:
    """The HTTP status with which a web socket is refused, 101 where it opens."""
    try:
        with connect(address.replace("http", "ws") + "/_stcore/stream", proxy=None, **headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_foreign_origins_are_refused_and_nobody_is_asked_about_them(watched):
    address, called = watched
    cookie = {"Cookie": f"rapport-{address.rsplit(':', 1)[1]}={TOKEN}"}
    assert stream(address, origin=address, additional_headers=cookie) == 101
    for foreign in ("http://evil.example", "http://127.0.0.1:9999", "null"):
        assert stream(address, origin=foreign, additional_headers=cookie) == 403
    assert stream(address, origin=address) == 403
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address, timeout=10)
    assert refused.value.code == 403 and b"own address" in refused.value.read()
    assert called() == []


@needs_chromium
def test_the_shown_address_opens_every_page_and_stays_out_of_the_history(watched, browser):
    address, called = watched
    page = browser.new_page()
    page.goto(f"{address}/datasets?token={TOKEN}")
    page.get_by_role("heading", name="Datasets", exact=True).wait_for(timeout=PATIENCE)
    assert "token" not in page.url
    (cookie,) = (c for c in page.context.cookies() if c["name"].startswith("rapport-"))
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    for name in ("Method", "Import", "Outcomes", "Model lab", "Share"):
        page.get_by_role("link", name=name, exact=True).first.click()
        page.get_by_role("heading", name=name, exact=True).first.wait_for(timeout=PATIENCE)
    assert called() == []
    other = browser.new_page()
    other.goto(address)
    assert "opens from its own address" in other.inner_text("h1")
