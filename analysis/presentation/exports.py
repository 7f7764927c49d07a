"""Downloads: a table as CSV, a chart as PNG or SVG; what they are stands inside each.

A table says it in a last column, not in a line of its own, so that read.csv and pandas read it as
any other. Charts for export are built for `charts.theme.PAPER`.
"""

import csv
import io
import re

from analysis.base.spreadsheets import inert
from analysis.presentation import pictures

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
    if not rows:
        return b""
    said = marks(synthetic, internal)
    names = [*rows[0], *([_free(MARK, rows[0])] if said else [])]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([*map(_cell, row.values()), *([said] if said else [])] for row in rows)
    return out.getvalue().encode("utf-8-sig")


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
