"""No written file says a number that its document does not: in titles, descriptions, properties,
pictures' texts, data of charts, hidden sheets.

Pages' visible texts are compared by the tests of each format. The numbers of the document are those
that the audit has looked at (`sharing/audit.py`).
"""

import io
import json
import re
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

import pypdf
import pytest

from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.request import of_kind
from analysis.sharing.writing.writers import render
from tests.attackers.charts import chart_rows
from tests.random_clinics import random_clinic

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Attributes that draw or name; all others are read.
DRAWN = {"class", "id", "href", "width", "height", "viewbox", "version", "xmlns", "tabindex"}
DRAWN |= {"type", "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry"}
DRAWN |= {"fill", "fill-opacity", "opacity", "stroke", "stroke-opacity", "stroke-width", "style"}
DRAWN |= {"stroke-miterlimit", "stroke-dasharray", "font-size", "font-weight", "charset"}
DRAWN |= {"colspan", "rowspan"}
PLACED = {"col", "colOff", "row", "rowOff", "posOffset"}  # where an office file puts a picture
TABLES, ISO = re.compile(r"(?:Table|Figure) \d+\."), re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:]+Z)?")
TICK = re.compile(r"\d{1,3}\s%|\d{1,3}(?:,\d{3})*")  # of an axis
PROGRAM = re.compile(r"Typst [\d.]+|XMLSchema-instance|utf-8")


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        name = random_clinic(3, treatments=160).name
        yield build(of_kind("outcomes", Scope(name))).document


@pytest.fixture(scope="module")
def known(document) -> set[str]:
    """Every number in the texts of a document, and in its charts' data."""
    return set(NUMBER.findall(repr(document))) | set(NUMBER.findall(json.dumps(_specs(document))))


def _specs(document) -> list:
    return [chart.spec for chart in document.charts]


def beside(texts, known) -> set[str]:
    found = set()
    for text in texts:
        left = PROGRAM.sub(" ", ISO.sub(" ", TABLES.sub(" ", text)))
        found |= {n for n in NUMBER.findall(left) if n not in known}
    return found


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.texts, self.ticks, self.data, self._in = [], [], [], [""]

    def handle_starttag(self, tag, attrs):
        self._in.append(tag)
        if tag in ("meta", "link", "img", "br", "hr", "rect", "path", "line"):
            self._in.pop()
        kept = {n: v for n, v in attrs if n not in DRAWN and v}
        if kept.get("http-equiv") or kept.get("name") == "viewport":
            kept = {}
        self.texts += kept.values()

    def handle_endtag(self, tag):
        if self._in[-1] == tag:
            self._in.pop()

    def handle_data(self, data):
        if self._in[-1] == "script":
            self.data.append(data)
        elif self._in[-1] == "text":
            self.ticks.append(data)
        elif self._in[-1] != "style":
            self.texts.append(data)


def test_a_page_says_nothing_beside_its_document(document, known):
    page = _Page()
    page.feed(render(document, "html").decode())
    assert beside(page.texts, known) == set()
    assert beside([t for t in page.ticks if not TICK.fullmatch(t.strip())], known) == set()
    assert page.ticks and len(page.texts) > 100
    assert beside(["one of 12,345"], known) == {"12,345"}


def test_data_of_a_pages_charts_are_the_documents(document):
    page = _Page()
    page.feed(render(document, "html").decode())
    rows = [row for spec in _specs(document) for row in chart_rows(spec)]
    data = [json.loads(text) for text in page.data if text.lstrip()[:1] in "[{"]
    drawn = [row for spec in data for row in chart_rows(spec)]
    assert rows and all(row in rows for row in drawn)


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_an_office_file_says_nothing_beside_its_document(kind, document, known):
    texts = []
    with zipfile.ZipFile(io.BytesIO(render(document, kind))) as box:
        names = box.namelist()
        for name in names:
            if name.endswith(".xml") and not re.search(r"styles|theme|fontTable|[sS]ettings", name):
                texts += list(_texts_of(ElementTree.fromstring(box.read(name)), name))
        for name in names:
            assert re.search(r"\.(xml|rels|png)$", name), name
        if kind == "xlsx":
            assert b"hidden" not in box.read("xl/workbook.xml")
    assert len(texts) > 100
    assert beside(texts, known) == set()


def _texts_of(root, name: str):
    """Texts and descriptions; a workbook's numbers as they are shown."""
    for one in root.iter():
        tag = one.tag.rpartition("}")[2]
        yield from (one.attrib[n] for n in ("descr", "title") if n in one.attrib)
        if not one.text or not one.text.strip() or "docProps/app" in name:
            continue
        if tag == "v" and "sheet" in name:
            continue  # looked at below, with its format
        if tag not in ("instrText", "definedName", *PLACED):
            yield one.text


def test_a_workbooks_numbers_are_the_documents(document, known):
    """As they are printed, in per cent or not."""
    told = {float(n.replace(",", "")) for n in known if n.count(".") < 2}
    with zipfile.ZipFile(io.BytesIO(render(document, "xlsx"))) as box:
        sheets = [n for n in box.namelist() if n.startswith("xl/worksheets/sheet")]
        cells = [c for n in sheets for c in ElementTree.fromstring(box.read(n)).iter() if
                 c.tag.endswith("}c") and c.get("t") != "s"]  # fmt: skip
    numbers = [float(v.text) for c in cells for v in c if v.tag.endswith("}v")]
    assert numbers
    wrong = {v for v in numbers if not {abs(v), round(100 * abs(v), 6)} & told}
    assert wrong == set()


def test_a_pdf_says_nothing_beside_its_document(document, known):
    reader = pypdf.PdfReader(io.BytesIO(render(document, "pdf")))
    texts = [str(value) for name, value in (reader.metadata or {}).items() if "Date" not in name]
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(number)
        said = found if isinstance(found, dict) else {}
        texts += [str(said[name]) for name in ("/Alt", "/ActualText", "/E", "/T") if name in said]
    assert len(texts) > len(document.charts)
    assert beside(texts, known) == set()
    assert not reader.attachments
