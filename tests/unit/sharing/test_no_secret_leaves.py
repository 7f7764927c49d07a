"""Over 20 random small datasets: nothing of a single patient is in the bytes of a shared file.

Every identifier, date and score of the datasets is a text of its own (tests/random_clinics.py), so
a search of the unpacked bytes finds it wherever it hides: captions, tooltips, chart data,
properties, hidden sheets.
"""

import io
import re
import zipfile
import zlib

import pypdf
import pytest

from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import open_treatments
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.request import of_kind
from analysis.sharing.sections.section import Asked
from analysis.sharing.sections.telling.hiding.cells import protect_outcomes
from analysis.sharing.sections.telling.named_sets import named_sets
from analysis.sharing.sections.telling.statements import cells_of
from analysis.sharing.writing import writers
from analysis.sharing.writing.document import KeyFigures
from tests.random_clinics import random_clinic

DATASETS = 20
OF_TWO_THERAPISTS = (1, 15)  # or of two and hardly a third: nothing of them can be shown
PRINTED = ("measured", "improved", "recovered", "reliably_recovered", "deteriorated")
# A count in a ready text: not part of a percentage, a decimal, a name or a range.
COUNT = re.compile(r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)


def unpacked(kind: str, content: bytes) -> str:
    """All that a reader, or a curious one, can get out of a file."""
    if kind in ("xlsx", "docx"):
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            parts = [box.read(name) for name in box.namelist()]
    elif kind == "pdf":
        reader = pypdf.PdfReader(io.BytesIO(content))
        pages = " ".join(page.extract_text() for page in reader.pages)
        streams = [_inflated(s) for s in STREAM.findall(content)]
        parts = [content, pages.encode(), str(reader.metadata).encode(), *streams]
    else:
        parts = [content]
    return "\n".join(part.decode("utf-8", "replace") for part in parts)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def shown_counts(document) -> list[int]:
    """Every count that the document's tables and key figures show."""
    cells = [
        row[i].text
        for table in document.tables
        for row in table.rows
        for i, column in enumerate(table.columns)
        if column.name in ("Treatments", "Of", "Number", "With both scores")
    ]
    cells += [
        figure.value.text
        for section in document.sections
        for block in section.blocks
        if isinstance(block, KeyFigures)
        for figure in block.figures
    ]
    return [int(c.replace(",", "")) for c in cells if COUNT.fullmatch(c)]


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(s, marks=[pytest.mark.long] if s % 3 == 2 or s > 9 else [])
        for s in range(DATASETS)
    ],
)
def test_no_secret_is_in_any_file(store, seed):
    secrets = random_clinic(seed)
    report = build(of_kind("outcomes", Scope(secrets.name)))
    counts = shown_counts(report.document)
    assert all(n % 5 == 0 for n in counts)
    assert counts or seed in OF_TWO_THERAPISTS
    for kind in writers.FORMATS:
        text = unpacked(kind, writers.render(report.document, kind))
        assert report.document.title in text or kind == "pdf"
        found = [secret for secret in secrets.texts if secret in text]
        assert not found, (kind, len(found))


@pytest.mark.parametrize("seed", (0, 1, 2))
def test_no_small_count_is_shown(store, seed):
    """The counts that are shown, against the patients behind each, counted one by one."""
    question = OutcomeQuestion(random_clinic(seed).name)
    treatments, by = open_treatments(question), ("period", "clinic", "model", "severity")
    found = treatments.ask(question, by)
    whom = treatments.sets(question, by)
    figures = protect_outcomes(found, by, Asked("share"), whom)
    patients, sets = treatments.patient_sets(question, by, tuple(found.all.counts))
    for name, people in named_sets(figures, by).items():
        dimension, value, count = name.split("|")
        if people:
            key = dimension, value, count
            here = sets[key]
            assert len(here) == people > 7
            assert [patients[i] for i in here] == list(treatments.patients(question, *key))
            assert [whom.patients[i] for i in whom.people(whom.members(*key))] == [
                patients[i] for i in here
            ]
    cells = {(c.by, c.value): c for c in cells_of(found, by)}
    small = [k for k, here in sets.items() if 1 <= len(here) <= 7 and k[:2] in cells]
    assert small and all(
        figures.count(cells[k[:2]], k[2]) is None for k in small if k[2] in PRINTED
    )


def test_the_search_finds_what_is_there(store):
    """The tool of this file, on a file that does leak."""
    secrets = random_clinic(0)
    leak = sorted(secrets.texts)[0]
    report = build(of_kind("outcomes", Scope(secrets.name), notes=f"See {leak}."))
    for kind in writers.FORMATS:
        assert leak in unpacked(kind, writers.render(report.document, kind)), kind
