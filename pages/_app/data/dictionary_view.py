"""The dictionary's rows."""

from collections import Counter

from analysis.presentation.words.rounding import count


def described(summaries) -> str:
    """'23 variables: 4 alliance, 5 practice, …'"""
    by_factor = Counter(s.variable.factor or "no factor" for s in summaries)
    parts = ", ".join(f"{n} {factor}" for factor, n in by_factor.most_common())
    return f"{count(len(summaries))} variables: {parts}." if summaries else "No variables."


def table_rows(summaries) -> list[dict]:
    """One row a variable, as the page and its download show it."""
    return [_row(s) for s in summaries]


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
