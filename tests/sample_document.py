"""Made-up reports: one like a clinic's, and one whose every label tries to be more than text."""

from datetime import date

from analysis.presentation.charts import counts, effects
from analysis.presentation.charts.partition import partition
from analysis.presentation.charts.theme import PAPER
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Column, Table
from analysis.sharing.writing.document import (
    Chart,
    Document,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Section,
)
from tests.sample_partition import sample

# What a spreadsheet, a browser, a template or a typesetter would run; what XML cannot hold; what
# turns the reading direction; what is long.
HOSTILE = (
    "=cmd|'/c calc'!A0",
    "@SUM(1+1)",
    "+1",
    "-1",
    '=HYPERLINK("http://x.invalid","y")',
    "<script>alert(1)</script>",
    "</script><script>alert(1)//",
    "<!-- <script>",
    "]]>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}",
    "${7*7}",
    "{=html}",
    '#import "x.typ": *',
    "$ sum_(i=1)^n $",
    "*bold* _it_ `raw` @ref <label>",
    '#eval("1")',
    "\\input{/etc/passwd}",
    "![x](http://x.invalid/a.png)",
    "&amp; &lt; &#x27;",
    "\"quoted\" 'too'",
    "a\x00b\x01c\x0bd\x1be\ufffef",
    "one\ntwo\r\nthree\tfour",
    "\u202eright to left\u202c",
    "עברית and العربية",
    "日本語 😀 👩‍👩‍👧",
    "\ud800 alone",
    "_x0041_",
    "A" * 3000,
    "word " * 400,
)
NUMBER = Column("Number", numeric=True)
OUTCOMES = ("Clinic", "Patients", "Recovered", "Improved", "Worse", "Effect size")
PARTITION_FIELDS = tuple(
    "kind key name share low high has_interval shown number interval fill stroke ink start stop "
    "middle bottom top centre inside lane leader end_low end_high label named_left "
    "at at_end truth level".split()
)
FOREST_FIELDS = tuple("label part factor estimate low high shown colour fill_colour zero".split())


def report(charts: int = 8, tables: int = 10, **changes) -> Document:
    """A report with so many charts and tables in four sections; changes replace fields."""
    blocks = [*_charts(charts), *(_outcomes(n, rows=6 + 3 * n) for n in range(tables))]
    headings = ("Outcomes", "What explains outcome", "The alliance", "How the service compares")
    sections = [
        Section(heading, (Paragraph(_TEXT), *_figures(number), *blocks[number::4]))
        for number, heading in enumerate(headings)
    ]
    fields = dict(
        title="Outcomes of the service",
        subtitle="All clinics, October 2025 to September 2026",
        date=date(2026, 11, 24),
        sections=tuple(sections),
        synthetic=True,
        notes=("Prepared for the board of trustees.",),
        provenance=(
            "Counts are rounded to the nearest 5; [c] marks what is hidden to protect patients; "
            "totals are the sums of the shown figures.",
            "Rapport 0.1, dataset demo, version a1b2c3d4e5f6. Hidden cells: 4.",
        ),
        footer="Counts rounded to 5; [c]: hidden to protect patients.",
    )
    return Document(**(fields | changes))


def hostile(labels: tuple[str, ...] = HOSTILE) -> Document:
    """A report in which each label stands in every place that a text can have."""
    forty = tuple(labels[n % len(labels)] for n in range(40))
    wide = Table(
        f"40 columns {labels[0]}",
        tuple(Column(f"{n} {label}") for n, label in enumerate(forty)),
        (texts(*forty), texts(*forty)),
    )
    sections = tuple(
        Section(
            label,
            (
                Paragraph(label),
                KeyFigures((KeyFigure(label, Cell(label), label),)),
                Table(
                    label, (Column(label), Column("Number", True)), (texts(label, label),), (label,)
                ),
                _hostile_chart(label),
            ),
        )
        for label in labels
    )
    return Document(
        title=labels[0],
        subtitle=labels[0],
        date=date(2026, 1, 2),
        notes=labels,
        sections=(*sections, Section("Wide", (wide,))),
        provenance=labels,
        footer=labels[-1],
    )


def texts(*shown: str) -> tuple[Cell, ...]:
    """A row of texts."""
    return tuple(map(Cell, shown))


def _charts(n: int) -> list[Chart]:
    answer = sample()
    bar = Chart(
        "What explains PHQ-9 at the end of treatment",
        "Stacked bar of 100 % of the variance.",
        partition.partition_bar(answer, PAPER).to_dict(),
        PARTITION_FIELDS,
    )
    shares = Chart(
        "Shares with their 95\u00a0% intervals",
        "Bars from zero, alliance 8 %, technique 1 %.",
        partition.shares_chart(answer, PAPER).to_dict(),
        PARTITION_FIELDS,
        table=_outcomes(0, rows=4),
        notes=("Whiskers: 95\u00a0% intervals.",),
    )
    rows = [
        dict(
            label=f"Predictor {k}",
            part="overall",
            factor="alliance",
            estimate=k / 10 - 0.4,
            low=k / 10 - 0.7,
            high=k / 10,
            shown=f"{k / 10 - 0.4:.1f}",
        )
        for k in range(9)
    ]
    forest = Chart(
        "Effects with their intervals",
        "Forest plot of nine effects.",
        effects.forest(rows, "Points of PHQ-9", PAPER).to_dict(),
        FOREST_FIELDS,
    )
    lengths = {k: 5 * (30 - abs(k - 12)) for k in range(1, 31)}
    sessions = Chart(
        "Sessions per treatment",
        "Most treatments last between 6 and 14 sessions.",
        counts.sessions_histogram(lengths, PAPER).to_dict(),
        ("sessions", "episodes"),
    )
    return [(bar, shares, forest, sessions)[k % 4] for k in range(n)]


def _outcomes(number: int, rows: int) -> Table:
    columns = tuple(Column(name, numeric=k > 0) for k, name in enumerate(OUTCOMES))
    lines = tuple(
        (
            Cell(f"Clinic {k}"),
            cells.count(1235 if k == 1 else 5 * (k + 8)),
            Cell("[c]") if k == 2 else cells.share(0.4 + k / 100, decimals=0),
            cells.share(0.6 + k / 100, decimals=0),
            cells.share(0.05 + k % 3 / 100, decimals=0),
            cells.number(-0.5 - k / 100, decimals=2),
        )
        for k in range(1, rows + 1)
    )
    caption = f"Outcomes by clinic, part {number + 1}"
    return Table(caption, columns, lines, ("Rates are of completed treatments.",))


def _figures(number: int) -> list[KeyFigures]:
    figures = (
        KeyFigure("Treatments completed", cells.count(1235), "rounded to 5"),
        KeyFigure("Recovered", cells.share(0.46), "95\u00a0% interval 43 to 49\u00a0%"),
        KeyFigure("Reliably improved", cells.share(0.67), "95\u00a0% interval 64 to 70\u00a0%"),
        KeyFigure(
            "Effect size", cells.number(-0.94, decimals=2), "95\u00a0% interval −1.02 to −0.86"
        ),
    )
    return [] if number else [KeyFigures(figures)]


def _hostile_chart(label: str) -> Chart:
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": [{"name": label, "n": 5}]},
        "mark": "bar",
        "encoding": {
            "y": {"field": "name", "type": "nominal", "title": label},
            "x": {"field": "n", "type": "quantitative"},
            "tooltip": {"field": "name"},
        },
    }
    return Chart(label, f"A bar for {label}", spec, ("name", "n"), None, (label,))


_TEXT = (
    "Of the treatments that ended in the period, almost half ended in recovery. The service "
    "cannot be told from the national average; the interval is narrow enough to say so. Those "
    "without a last score were a little more severe at intake, so the rate may be flattering."
)
