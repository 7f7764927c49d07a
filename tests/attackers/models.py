"""Sections of models of all patients of a dataset, whom no filter changes, in a shared report.

Their figures are slopes, shares of variance and how well a prediction does: sums over all of the
model's rows, which say nothing of 1 to 7 of them but through how many rows there are. Those counts
are looked at: each is rounded or hidden. Beside reports of outcomes they are not asked about.
"""

import re

from analysis.presentation.tables.table import Table
from analysis.sharing.writing.document import Chart, KeyFigures, Paragraph
from tests.attackers import forms
from tests.attackers.charts import chart_rows
from tests.attackers.forms import Unread

# Heading -> captions of its tables and charts.
MODELS = {
    "What explains outcome": (
        "What explains .*",
        "Each share with its interval",
        "Shares of the outcome's variance",
        "At each level: the share of the level's own variance",
    ),
    "Which comes first": (
        "What a session goes with at the next",
        "What follows later",
        "From one session to the next",
    ),
    "The alliance within and between": ("The alliance and .*, by level",),
    "Two people, one alliance": ("Both ratings", "What agreement goes with"),
    "Ruptures and repairs": ("Rules for ruptures, and their false alarms",),
    "Building the alliance": (
        "Practices and the alliance",
        "From practices through the alliance to the outcome",
    ),
    "How well the signals work": (r"Signals at session \d+, on treatments left out",),
    "Models of a study": (".+: .+",),
    "How this was made": (),
}
FIGURES = {"Patients", "Treatments", "Sessions", "Therapists", "Clinics"}
COUNTS = {"Treatments", "It came to"}  # columns
COUNTED = re.compile(
    r"(?<![\d.,−–-])(\d[\d,]*)(?: of (\d[\d,]*))? (?:synthetic |finished )?"
    r"(?:treatments|patients|sessions|therapists|clinics|dyads|courses)\b"
)
OWN = re.compile(r"1 to 7 patients|fewer than \d+|needs \d+ patients|of \d+ patients|need \d+")


def read_models(section) -> None:
    """Unread where a block or a count of the section is not known, or is printed as it is."""
    for block in section.blocks:
        if isinstance(block, KeyFigures):
            for figure in block.figures:
                if figure.label not in FIGURES or figure.note:
                    raise Unread(f"a figure called '{figure.label}' ({figure.note})")
                _rounded(figure.value.text, figure.label)
        elif isinstance(block, Paragraph):
            _counts_in(block.text)
        elif isinstance(block, Table | Chart):
            _shown(block, MODELS[section.heading])
        else:
            raise Unread(f"{type(block).__name__} in '{section.heading}'")


def _shown(block, captions: tuple[str, ...]) -> None:
    if not any(re.fullmatch(known, block.caption) for known in captions):
        raise Unread(f"a table or chart called '{block.caption}'")
    for text in (*block.notes, block.alt if isinstance(block, Chart) else ""):
        _counts_in(text)
    if isinstance(block, Chart):
        for row in chart_rows(block.spec):
            if {"n", "of", "count", "patients"} & set(row):
                raise Unread(f"{sorted(row)} of '{block.caption}'")
        if block.table is not None:
            _shown(block.table, captions)
    else:
        for row in block.texts():
            for name in COUNTS & set(row):
                _rounded(row[name], name)


def _counts_in(text: str) -> None:
    for found in COUNTED.finditer(OWN.sub(" ", text)):
        for told in filter(None, found.groups()):
            _rounded(told, text)


def _rounded(text: str, what: str) -> None:
    n = forms.count(text)
    if n is not None and (not isinstance(n, int) or n % 5):
        raise Unread(f"'{text}' of '{what[:200]}' is not rounded")
