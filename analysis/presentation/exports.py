"""Downloads: a table as CSV, a chart as PNG or SVG; what they are stands inside each.

A table says it in a last column, not in a line of its own, so that read.csv and pandas read it as
any other. Charts for export are built for `charts.theme.PAPER`.
"""

import csv
import io
import re
from collections.abc import Callable

from analysis.base.spreadsheets import inert
from analysis.presentation import pictures
from analysis.presentation.tables.table import Table

SYNTHETIC = "Synthetic data: made by a program, not from patients"
INTERNAL = "Internal: exact figures, not for sharing"
MARK = "mark"  # the column that says so


def marks(synthetic: bool, internal: bool) -> str:
    """What a table or picture that leaves a page must say of itself, '' for nothing."""
    return ". ".join([SYNTHETIC] * synthetic + [INTERNAL] * internal)


def table_csv(rows: list[dict], synthetic: bool = False, internal: bool = False) -> bytes:
    """Rows (the same keys in each) as CSV in UTF-8 with a byte-order mark, so that spreadsheets
    read accents; None and NaN are empty cells; full precision. b'' without rows.

    synthetic, internal: said in a last column, MARK, of each row.
    """
    return _written(rows, marks(synthetic, internal), ",", _cell)


def table_csv2(rows: list[dict], synthetic: bool = False, internal: bool = False) -> bytes:
    """As `table_csv`, for spreadsheets with a decimal comma: cells apart by ';', R's read.csv2."""
    return _written(rows, marks(synthetic, internal), ";", _comma)


def _written(rows: list[dict], said: str, delimiter: str, cell: Callable) -> bytes:
    if not rows:
        return b""
    names = [*rows[0], *([_free(MARK, rows[0])] if said else [])]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows([*map(cell, row.values()), *([said] if said else [])] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _comma(value):
    """A number with its comma is a text here, and its minus begins no formula."""
    if isinstance(value, float) and value == value:
        return repr(float(value)).replace(".", ",")
    return _cell(value)


def table_latex(table: Table, synthetic: bool = False, internal: bool = False) -> str:
    """A result's table for a paper (package booktabs), its marks in the notes below."""
    align = "".join("r" if c.numeric else "l" for c in table.columns)
    lines = [" & ".join(_latex(c.name) for c in table.columns) + r" \\", r"\midrule"]
    lines += [" & ".join(_latex(cell.text) for cell in row) + r" \\" for row in table.rows]
    said = marks(synthetic, internal)
    notes = [*table.notes, *([said] if said else [])]
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_latex(table.caption)}}}",
            rf"\begin{{tabular}}{{{align}}}",
            r"\toprule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            *(rf"\par\footnotesize {_latex(note)}" for note in notes),
            r"\end{table}",
            "",
        ]
    )


def _latex(text: str) -> str:
    """The text with what LaTeX would act on made plain. Worked: 'a_b < 5' -> 'a\\_b $<$ 5'."""
    return "".join(_LATEX.get(char, char) for char in text)


_LATEX = {c: f"\\{c}" for c in "#$%&_{}"} | {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "|": "$|$",
    "<": "$<$",
    ">": "$>$",
    "−": "$-$",
    "χ": r"$\chi$",
    "²": "$^2$",
    "×": r"$\times$",
    "\u00a0": "~",
    "\u202f": "~",
}


def _free(name: str, taken) -> str:
    while name in taken:
        name += "_"
    return name


def chart_png(spec: dict, scale: float = 2.0) -> bytes:
    """A Vega-Lite spec (chart.to_dict()) as PNG; scale 2 prints sharp at column width."""
    return pictures.png(spec, scale)


def chart_svg(spec: dict) -> bytes:
    """A Vega-Lite spec (chart.to_dict()) as SVG with its text as text."""
    return pictures.svg(spec).encode("utf-8")


def file_name(*parts: str, ending: str, synthetic: bool = False) -> str:
    """A plain file name: ('demo', 'What explains outcome', ending='csv') gives
    'demo_what-explains-outcome.csv'; synthetic data has 'synthetic' in front."""
    words = [*(["synthetic"] if synthetic else []), *parts]
    plain = [re.sub(r"[^a-z0-9]+", "-", w.lower()).strip("-") for w in words]
    return f"{'_'.join(w for w in plain if w)}.{ending}"


def _cell(value):
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return inert(value)
