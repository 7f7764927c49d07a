"""Downloads: a table as CSV, a chart as PNG or SVG; synthetic data says so in name and first line.

Charts for export are built for `charts.theme.PAPER`.
"""

import csv
import io
import re

from analysis.presentation import pictures

SYNTHETIC_LINE = "# Synthetic data: made by a program, not from patients"
# A cell that a spreadsheet would run as a formula is written as text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table_csv(rows: list[dict], synthetic: bool = False) -> bytes:
    """Rows (the same keys in each) as CSV in UTF-8 with a byte-order mark, so that spreadsheets
    read accents; None and NaN are empty cells; full precision. b'' without rows."""
    if not rows:
        return b""
    out = io.StringIO(newline="")
    if synthetic:
        out.write(SYNTHETIC_LINE + "\r\n")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return out.getvalue().encode("utf-8-sig")


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
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
