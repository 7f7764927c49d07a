"""Cover, logo, commentary and numbers: the same in every format, as typed, and nothing beside."""

import io
import re
import zipfile
from dataclasses import replace

import pypdf
import pytest
from PIL import Image

from analysis.base.errors import RequestError
from analysis.sharing.cover import logo
from analysis.sharing.cover.cover import Cover
from analysis.sharing.cover.logo import logo_of, read_logo
from analysis.sharing.writing.writers import render
from tests.sample_document import HOSTILE, report

SECRET = b"Taken at 12 Example Street"


def picture(width=1200, height=300, kind="PNG", mode="RGBA") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 0).save(out, kind)
    return out.getvalue()


def text_of(content: bytes, kind: str) -> str:
    if kind == "pdf":
        found = " ".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages)
    elif kind == "html":
        found = re.sub("<script.*?</script>|<[^>]*>", " ", content.decode(), flags=re.S)
    else:
        files = zipfile.ZipFile(io.BytesIO(content))
        texts = (files.read(n).decode() for n in files.namelist() if n.endswith(".xml"))
        found = re.sub("<[^>]*>", " ", " ".join(texts))
    return " ".join(found.split())


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    document = report(charts=1, tables=1)
    cover = Cover("Our Trust", "ask@example.org", "For the board alone", logo_of(picture()))
    first, *others = document.sections
    first = replace(first, comment=("Two sites moved in May.",))
    document = replace(document, cover=cover, sections=(first, *others)).numbered()
    return {kind: render(document, kind) for kind in ("html", "pdf", "docx", "xlsx")}


@pytest.mark.parametrize("kind", ["html", "pdf", "docx", "xlsx"])
def test_every_format_says_who_hands_it_on_and_numbers_alike(written, kind):
    said = text_of(written[kind], kind)
    for text in ("Our Trust", "ask@example.org", "For the board alone", "Two sites moved in May."):
        assert text in said
    for caption in ("Figure 1. ", "Table 1. "):
        assert caption in said
    assert "Figure 2. " not in said


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_the_logo_is_a_picture_with_words(written, kind):
    files = zipfile.ZipFile(io.BytesIO(written[kind]))
    assert any(n.endswith(".png") for n in files.namelist())
    texts = " ".join(files.read(n).decode() for n in files.namelist() if n.endswith(".xml"))
    assert 'descr="Logo: Our Trust"' in texts


def test_the_page_allows_pictures_only_where_it_has_one(written):
    page, bare = (
        re.sub("<script.*?</script>", "", text.decode(), flags=re.S)
        for text in (written["html"], render(report(1, 1), "html"))
    )
    assert "img-src data:" in page and 'alt="Logo: Our Trust"' in page
    assert "img-src" not in bare and "<img" not in bare


@pytest.mark.parametrize("kind", ["html", "pdf", "docx", "xlsx"])
def test_what_is_typed_stays_text(kind):
    texts = tuple(HOSTILE)
    document = report(charts=0, tables=0)
    sections = tuple(replace(s, comment=texts) for s in document.sections)
    cover = Cover(texts[5], texts[4], texts[3])
    content = render(replace(document, cover=cover, sections=sections), kind)
    assert b"<script>alert" not in content and b"<f>" not in content


def test_a_logo_is_drawn_again_on_white_without_what_its_file_holds():
    found = logo_of(picture() + SECRET)
    assert (found.width, found.height) == (600, 150) and SECRET not in found.png
    assert Image.open(io.BytesIO(found.png)).getpixel((0, 0)) == (255, 255, 255)
    turned = logo_of(picture(100, 400, "JPEG", "RGB"))
    assert turned.height == 240 and turned.paper_width == 4.5
    assert len(found.png) < 20_000


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='x'/>", b"GIF89a", picture()[:200], b"%PDF-1.7", b"MZ" * 500]
)
def test_what_is_no_picture_is_refused_in_words(content):
    with pytest.raises(RequestError, match=r"is no picture.*PNG or JPEG"):
        logo_of(content, "logo.png")


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "big.png").open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(RequestError, match="too large"):
        read_logo(tmp_path / "big.png")
    with pytest.raises(RequestError, match="cannot be read"):
        read_logo(tmp_path / "none.png")


def test_a_picture_that_unpacks_to_much_is_refused(monkeypatch):
    monkeypatch.setattr(logo, "MOST_PIXELS", 10_000)
    with pytest.raises(RequestError, match="too many points"):
        logo_of(picture(200, 100))
