"""Models side by side: a column a model, a row a coefficient, then spread, fit and tests."""

from analysis.models.logistic.result import LogisticFit
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.models.residual_words import correlation_of
from analysis.presentation.words.rounding import estimate, p_value

EMPTY = Cell("")


def side_by_side(found, caption: str = "Models side by side") -> Table:
    """One row a term with its 95 % interval, a column a model, in the study's order."""
    names = [f"Model {k}" for k in range(1, len(found.fits) + 1)]
    terms = dict.fromkeys(f.term for fit in found.fits for f in fit.fixed)
    rows = [_row(term, names, [_of_term(fit, term) for fit in found.fits]) for term in terms]
    spreads = dict.fromkeys((r.group, r.term) for fit in found.fits for r in fit.random)
    for group, term in spreads:
        own = [_of_spread(fit, group, term) for fit in found.fits]
        rows.append(_row(f"SD between {group}s: {term}", names, own))
    rows += _of_fits(found, names)
    return laid_out(caption, rows, exact=found.tidy())


def _row(first: str, names: list[str], own: list[Cell]) -> dict[str, Cell]:
    return {"Term": cells.text(first), **dict(zip(names, own, strict=True))}


def _of_term(fit, term: str) -> Cell:
    own = next((f for f in fit.fixed if f.term == term), None)
    if own is None:
        return EMPTY
    ends = " to ".join(estimate(end, own.se) for end in (own.low, own.high))
    return Cell(f"{estimate(own.estimate, own.se)} ({ends})")


def _of_spread(fit, group: str, term: str) -> Cell:
    own = next((r for r in fit.random if (r.group, r.term) == (group, term)), None)
    return cells.significant(own.sd, 3) if own else EMPTY


def _of_fits(found, names: list[str]) -> list[dict[str, Cell]]:
    fits = found.fits
    sigma = [EMPTY if f.sigma is None else cells.significant(f.sigma, 3) for f in fits]
    rows = [
        _row("Residual SD", names, sigma),
        *_residuals(fits, names),
        _row("Marginal R²", names, [cells.share(f.r2_marginal, decimals=1) for f in fits]),
        _row("Conditional R²", names, [cells.share(f.r2_conditional, decimals=1) for f in fits]),
        _row("Rows", names, [cells.count(f.rows) for f in fits]),
    ]
    aic = [
        cells.grouped(f.aic if isinstance(f, LogisticFit) else a, 1)
        for f, a in zip(fits, found.aic, strict=True)
    ]
    rows.append(_row("AIC", names, aic))
    if any(b is not None for b in found.bic):
        rows.append(_row("BIC", names, [cells.grouped(b, 1) for b in found.bic]))
        rows.append(_row("Against the one before", names, list(map(_test, found.comparisons))))
    return rows


def _residuals(fits, names: list[str]) -> list[dict[str, Cell]]:
    """How residuals follow each other, and their SD by level, of the models in which they do."""
    found = [getattr(fit, "residuals", None) for fit in fits]
    runs = dict.fromkeys(correlation_of(r) for r in found if r and r.serial)
    levels = dict.fromkeys((r.spread, s.level) for r in found if r for s in r.sds)
    rows = [
        _row(
            f"Residuals: {named}",
            names,
            [
                cells.number(r.correlation, decimals=3)
                if r and r.serial and correlation_of(r) == named
                else EMPTY
                for r in found
            ],
        )
        for named in runs
    ]
    for spread, level in levels:
        sds = [{s.level: s.sd for s in r.sds} if r and r.spread == spread else {} for r in found]
        own = [cells.significant(sd[level], 3) if level in sd else EMPTY for sd in sds]
        rows.append(_row(f"Residual SD, {spread} {level}", names, own))
    return rows


def _test(pair) -> Cell:
    if pair is None:
        return EMPTY
    if not pair.nested:
        return Cell("not nested")
    p = pair.p if pair.p_mixture is None else pair.p_mixture
    if p is None:
        return Cell("the same model" if pair.df == 0 else "as many parameters")
    statistic = estimate(pair.statistic, decimals=2)
    return Cell(f"χ² {statistic}, {pair.df} df, p {p_value(p)}")
