"""The HTML report's source: one file, inert labels, a policy that allows its own script alone."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from analysis.presentation.charts.theme import DARK, PAPER
from analysis.sharing.writing.checked import checked, plain
from analysis.sharing.writing.html import FOLDER, html
from tests.sample_document import HOSTILE, hostile, report


class Reader(HTMLParser):
    """What a browser would see: the elements in order, and the texts outside script and style."""

    def __init__(self, page: bytes):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.scripts, self._in = [], [], [], []
        self.feed(page.decode("utf-8"))

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "path", "rect", "line"):
            self._in.append(tag)

    def handle_endtag(self, tag):
        if tag in self._in:
            while self._in.pop() != tag:
                pass

    def handle_data(self, data):
        if self._in and self._in[-1] == "script":
            self.scripts.append(data)
        elif not (self._in and self._in[-1] == "style"):
            self.texts.append(data)

    def tags(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page() -> bytes:
    return html(checked(report()))


@pytest.fixture(scope="module")
def hostile_page() -> bytes:
    return html(checked(hostile()))


def test_the_policy_allows_one_script_and_one_style_by_their_hashes(page):
    text = page.decode("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    style = re.search("<style>(.*?)</style>", text, re.S).group(1)
    script = re.search("<script>(.*?)</script>", text, re.S).group(1)
    for part in (style, script):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_nothing_in_the_page_has_an_address_or_an_inline_style(page, hostile_page):
    for one in (page, hostile_page):
        for tag, attributes in Reader(one).elements:
            assert tag not in ("link", "img", "iframe", "image", "use", "object", "base")
            assert not {"src", "style", "srcset", "action", "xlink:href"} & set(attributes)
            assert not [name for name in attributes if name.startswith("on")]
            assert attributes.get("href", "#").startswith("#")


def test_a_reader_without_scripts_or_eyes_gets_everything(page):
    read = Reader(page)
    assert read.tags("html") == [{"lang": "en"}]
    headings = [name for name, _ in read.elements if re.fullmatch("h[1-6]", name)]
    assert headings[0] == "h1" and set(headings[1:]) == {"h2"}
    assert len(read.tags("svg")) == 8
    pictures = [a for a in read.tags("div") if a.get("role") == "img"]
    assert len(pictures) == 8 and all(a["aria-label"].strip() for a in pictures)
    assert len(read.tags("table")) == len(read.tags("caption")) == len(report().tables)
    assert {a["scope"] for a in read.tags("th")} == {"col", "row"}
    ids = [a["id"] for _, a in read.elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_no_value_hides_in_a_label_for_screen_readers(page):
    svg = re.search("<svg.*?</svg>", page.decode("utf-8"), re.S).group(0)
    assert "aria-label" not in svg


@pytest.mark.parametrize("label", HOSTILE, ids=lambda label: repr(label[:20]))
def test_a_hostile_label_is_a_text_in_every_place(hostile_page, label):
    read = Reader(hostile_page)
    assert len([t for t in read.texts if plain(label) in t]) >= 7
    assert not [s for s in read.scripts if "alert(1)" in s and not s.startswith("{")]
    specs = [json.loads(s) for s in read.scripts if s.startswith("{")]
    assert plain(label) in [s["data"]["values"][0]["name"] for s in specs]


def test_no_label_leaves_a_data_block(hostile_page):
    for block in re.findall(b'<script type="application/json">(.*?)</script>', hostile_page, re.S):
        assert not set(b"<>&") & set(block)
        json.loads(block)
    assert len(re.findall(b"<script", hostile_page)) == len(HOSTILE) + 1


def test_the_page_knows_the_colours_of_the_charts():
    """Dark mode exchanges the paper's inks for the dark ones; a new ink must be entered here."""
    style = (FOLDER / "report.css").read_text()
    light, dark = style.split("prefers-color-scheme: dark")
    for name in ("ink", "muted", "grid", "unexplained", "outline"):
        assert f'="{getattr(PAPER, name)}"]' in dark
        assert getattr(DARK, name) in dark
        assert getattr(PAPER, name) in light


def test_marks_are_said_and_carried_to_each_printed_page():
    page = html(checked(report(1, 1, profile="internal"))).decode("utf-8")
    assert '<body class="synthetic internal">' in page
    assert "Internal: exact figures, not for sharing." in page
    assert "Synthetic data: made by a program" in page
