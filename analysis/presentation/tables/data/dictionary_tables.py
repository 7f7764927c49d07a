"""A dataset's variables as a table, with what each one's column holds."""

from collections.abc import Iterable

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words.rounding import count

DIGITS = 3  # of a mean or SD: enough to recognise a variable by


def dictionary(summaries: Iterable, caption: str) -> Table:
    """One row a variable: what it is called, means and holds; the exact rows have all of it."""
    summaries = list(summaries)
    rows = [
        {
            "Name": cells.text(s.variable.name),
            "Label": cells.text(s.variable.label),
            "Factor": cells.text(s.variable.factor),
            "Measured in each": cells.text(s.variable.unit),
            "Filled": cells.share(s.n / s.rows if s.rows else None, decimals=0),
            "Mean": cells.significant(s.mean, DIGITS),
            "SD": cells.significant(s.sd, DIGITS),
            "Range": cells.text(_range(s.variable)),
            "Higher is": cells.text(s.variable.higher_is),
            "Instrument": cells.text(s.variable.instrument),
        }
        for s in summaries
    ]
    return laid_out(caption, rows, exact=map(_row, summaries), right=("Range",))


def _row(s) -> dict:
    v = s.variable
    return {
        "Name": v.name,
        "Label": v.label,
        "Factor": v.factor,
        "Measured in each": v.unit,
        "Filled": None if s.rows == 0 else round(s.n / s.rows, 2),
        "Mean": _rounded(s.mean),
        "SD": _rounded(s.sd),
        "Range": _range(v),
        "Higher is": v.higher_is,
        "Component": v.component,
        "Rater": v.rater,
        "Instrument": v.instrument,
        "Values": s.n,
        "Most frequent": ", ".join(f"{value} ({count(n)})" for value, n in s.top),
        "Description": v.description,
    }


def _range(v) -> str:
    if v.minimum is None and v.maximum is None:
        return ""
    low, high = ("…" if b is None else f"{b:g}" for b in (v.minimum, v.maximum))
    return f"{low} to {high}"


def _rounded(value: float | None) -> float | None:
    """To three digits: enough to recognise a variable by."""
    if value is None:
        return None
    return float(f"{value:.3g}") if abs(value) < 1000 else round(value)
