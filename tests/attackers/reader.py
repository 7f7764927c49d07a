"""What a reader takes from finished shared reports: figures, and the treatments each may count.

Written without the code that protects. He reads every block of a report, and stops (`Unread`) at a
table, column, chart, figure or sentence that he does not know: what he cannot read he cannot call
harmless. Sections of models are looked at in `models.py`.
"""

from collections.abc import Mapping

from analysis.presentation.tables.table import Table
from analysis.sharing.writing.document import Chart, KeyFigures, Paragraph
from tests.attackers.before import Before
from tests.attackers.changes import check_changes
from tests.attackers.charts import read_chart
from tests.attackers.forms import Unread
from tests.attackers.meaning import Meaning, Said
from tests.attackers.models import MODELS, read_models
from tests.attackers.printed import ALL, Printed
from tests.attackers.sentences import read_sentence
from tests.attackers.tables import read_table
from tests.attackers.truth import COLUMNS, TABLES, Truth

OUTCOMES = {
    "Summary",
    "Outcomes",
    "Change from the period before",
    "Waiting, endings and scores",
    "Clinics",
    "Outcomes by group of patients",
    "Alliance and outcome",
}


def said(
    document, truth: Truth, selection, before: Before, tables: Mapping[str, str] = TABLES
) -> dict[str, list[Said]]:
    """Dimension -> what the document says of its groups and of everybody. tables: caption ->
    dimension, of those whose groups are asked about; all others are read as well."""
    printed = read(document, truth)
    check_changes(printed, selection, before)
    meaning = Meaning(truth, truth.selected(selection), before, printed)
    out: dict[str, list[Said]] = {name: [] for name in ("all", *tables.values())}
    for key, n in printed.counts.items():
        if n is not None and key[0] in out and meaning.knows(key[2]):
            out[key[0]] += meaning.of_count(key, n)
    for key, told in printed.shares.items():
        if told and key[0] in out and meaning.knows(*key[2:]):
            out[key[0]] += meaning.of_share(key, told)
    for group in printed.wholes:
        if group[0] in out and meaning.knows(group[2]):
            out[group[0]] += meaning.of_sizes(group)
    before.next_report(selection, printed)
    return out


def read(document, truth: Truth) -> Printed:
    """Every figure of a document's sections of outcomes. Unread where one is not known."""
    printed = Printed(truth.columns)
    for section in document.sections:
        if section.heading in MODELS:
            read_models(section)
        elif section.heading in OUTCOMES:
            _section(section, truth, printed)
        else:
            raise Unread(f"a section called '{section.heading}'")
    printed.check_sizes()
    return printed


def _section(section, truth: Truth, printed: Printed) -> None:
    """Sentences last: they say again what stands elsewhere."""
    names, again, texts = set(), set(), []
    for block in section.blocks:
        try:
            again |= set(_block(block, truth, printed))
        except Unread as fault:
            raise Unread(f"{getattr(block, 'caption', section.heading)}: {fault}") from fault
        if isinstance(block, Table):
            names |= {row[0].text for row in block.rows}
        texts += [
            getattr(block, name) for name in ("text", "alt", "caption") if hasattr(block, name)
        ]
        texts += getattr(block, "notes", ())
    for text in texts:
        for shown in again:
            text = text.replace(shown, " ")
        read_sentence(text, names, truth, printed)


def _block(block, truth: Truth, printed: Printed) -> list[str]:
    """Every figure of a block; back come the texts that say one again."""
    if isinstance(block, Table):
        read_table(block, truth, printed)
    elif isinstance(block, Chart) and block.table is None:
        return read_chart(block, truth, printed)
    elif isinstance(block, KeyFigures):
        for figure in block.figures:
            _key(figure, printed)
    elif not isinstance(block, Paragraph):
        raise Unread(f"a {type(block).__name__} of its own")
    return []


def _key(figure, printed: Printed) -> None:
    text, note = figure.value.text, figure.note
    ends = note.removeprefix("95 % interval ")
    if figure.label == "Treatments with both scores":
        printed.count(ALL, "measured", text)
    elif figure.label in COLUMNS and note.startswith("of "):
        printed.share(ALL, printed.columns[figure.label], text)
        printed.size(ALL, printed.columns[figure.label], note)
    elif figure.label in COLUMNS:
        printed.share(ALL, printed.columns[figure.label], text, ends)
    elif figure.label == "Effect size, before to after":
        printed.effect(ALL, f"{text} ({ends})")
    else:
        raise Unread(f"a figure called '{figure.label}'")
