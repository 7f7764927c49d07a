"""Published figures as tables."""

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words import literature
from analysis.presentation.words.labels import factor_label
from analysis.presentation.words.rounding import percent


def meta_analyses() -> Table:
    """One row a published figure: Factor, What, r, Variance, Samples, Patients, Source."""
    found = literature.effects()
    rows = [
        {
            "Factor": cells.text(factor_label(e.factor)),
            "What": cells.text(e.what),
            "r": cells.text(_r_shown(e)),
            "Variance": _variance(e),
            "Samples": cells.count(e.k),
            "Patients": cells.text(e.n_text or None),
            "Source": cells.text(f"{e.source} {doi(e.doi)}".strip()),
        }
        for e in found
    ]
    exact = [
        dict(
            factor=e.factor,
            what=e.what,
            r=e.r,
            low=e.low,
            high=e.high,
            share_of_variance=e.variance,
            samples=e.k,
            patients=e.n_text,
            source=e.source,
            doi=e.doi,
        )
        for e in found
    ]
    right = ("r", "Variance", "Patients")
    return laid_out("What meta-analyses found", rows, exact=exact, right=right)


def doi(address: str) -> str:
    """'doi 10.1037/pst0000172', '' for none."""
    return f"doi {address}" if address else ""


def _variance(e: literature.Effect) -> Cell:
    if e.at_most:
        return cells.text(f"< {percent(e.variance, decimals=1)}")
    return cells.share(e.variance, decimals=1)


def _r_shown(e: literature.Effect) -> str | None:
    if e.r is None:
        return None
    plain = lambda r: f"{r:.3f}".rstrip("0").replace("0.", ".", 1)  # noqa: E731
    return plain(e.r) + ("" if e.low is None else f"\u00a0[{plain(e.low)},\u00a0{plain(e.high)}]")
