"""Tables of what else Model lab is asked: diagnostics, shares of variance, tests, intervals."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import exp

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.rounding import se_decimals

ASKING = ("problem", "note")  # the grades that a reader must act on, the worse first
# "No sign" is what a check can say; that all is well it cannot.
GRADES = {"fine": "no sign", "note": "look", "problem": "problem"}


def diagnostics(examination, caption: str = "Diagnostics") -> Table:
    """One row a check: its grade and what follows from it."""
    exact = examination.tidy()
    rows = [
        {
            "Check": cells.text(row["check"][:1].upper() + row["check"][1:]),
            "Grade": cells.text(GRADES[row["grade"]]),
            "Verdict": cells.text(row["sentence"]),
        }
        for row in exact
    ]
    return laid_out(caption, rows, exact=exact)


def findings(examination) -> Table:
    """Of the diagnostics those that ask for something, problems first."""
    every = diagnostics(examination)
    grades = [row["grade"] for row in examination.tidy()]
    found = [i for grade in ASKING for i, own in enumerate(grades) if own == grade]
    return replace(every, caption="To look at", rows=tuple(every.rows[i] for i in found), exact=())


def tally(examination) -> str:
    """'2 problems, 3 to look at, 14 checks without a sign of trouble.'"""
    grades = [row["grade"] for row in examination.tidy()]
    problems, notes = (grades.count(grade) for grade in ASKING)
    quiet = len(grades) - problems - notes
    return (
        f"{problems} problem{'s' * (problems != 1)}, {notes} to look at, {quiet} "
        f"check{'s' * (quiet != 1)} without a sign of trouble."
    )


def variance_shares(exact: list[dict], caption: str) -> Table:
    """R2 by source and level, or part R2: Of, What, Share, 95 % interval."""
    rows = [
        {
            "Of": cells.text(row["group"] or "all"),
            "What": cells.text(row["term"]),
            "Share": _share(row),
            "95 % interval": _share_interval(row),
        }
        for row in exact
    ]
    return laid_out(caption, rows, exact=exact)


def term_tests(tests) -> Table:
    """Whether each term has any effect: Term, F, df, p."""
    rows = [
        {
            "Term": cells.text(t.term),
            "F": cells.number(t.statistic, decimals=2),
            "df": cells.text(f"{t.num_df} and {t.den_df:,.1f}"),
            "p": cells.p_value(t.p),
        }
        for t in tests.tests
    ]
    return laid_out("Tests of terms", rows, exact=tests.tidy(), right=("df", "p"))


def variance_tests(tests) -> Table:
    """Whether groups differ at all: Group, Term, χ², p."""
    rows = [
        {
            "Group": cells.text(t.group),
            "Term": cells.text(t.term),
            "χ²": cells.number(t.statistic, decimals=2),
            "p": cells.p_value(t.p),
        }
        for t in tests.tests
    ]
    return laid_out("Tests of variances", rows, exact=tests.tidy(), right=("p",))


def intervals(exact: list[dict], caption: str) -> Table:
    """Every parameter with its interval; decimals from the interval's width."""
    rows = []
    for row in exact:
        width = None if row["low"] is None else (row["high"] - row["low"]) / 4
        places = se_decimals(width)
        rows.append(
            {
                "Group": cells.text(row["group"]),
                "Parameter": cells.text(row["term"]),
                "Estimate": cells.number(row["estimate"], width),
                "95 % interval": cells.interval(row["low"], row["high"], decimals=places),
            }
        )
    return laid_out(caption, rows, exact=exact)


def meaning(found) -> Table:
    """What a model says of one predictor: What, At, Estimate, 95 % interval, df, p."""
    if found.logit:
        return _meaning_of_chances(found)
    exact = found.tidy()
    named = {"mean": "Expected outcome", "slope": "Slope", "difference": "Difference"}
    rows = [
        {
            "What": cells.text(": ".join(x for x in (named[row["what"]], row["of"]) if x)),
            "At": cells.text(row["by"]),
            "Estimate": cells.number(row["estimate"], row["se"]),
            "95 % interval": cells.interval(
                row["low"], row["high"], decimals=se_decimals(row["se"])
            ),
            "p": cells.text("") if row["what"] == "mean" else cells.p_value(row["p"]),
        }
        for row in exact
    ]
    return laid_out(f"Meaning of {found.of}", rows, exact=exact, right=("p",))


def _meaning_of_chances(found) -> Table:
    """What, At, Chance or odds ratio, 95 % interval, In the population, p."""
    exact = found.tidy()
    named = {"mean": "Chance", "slope": "Odds ratio", "difference": "Odds ratio"}
    rows = []
    for row in exact:
        mean = row["what"] == "mean"
        if mean:
            figure = cells.share(row["chance"], decimals=1)
            ends = cells.share_interval(row["chance_low"], row["chance_high"], decimals=1)
        else:
            low, high = (exp(row[end]) for end in ("low", "high"))
            figure = cells.significant(row["odds_ratio"], 3)
            ends = cells.interval(low, high, decimals=2)
        rows.append(
            {
                "What": cells.text(": ".join(x for x in (named[row["what"]], row["of"]) if x)),
                "At": cells.text(row["by"]),
                "Estimate": figure,
                "95 % interval": ends,
                "In the population": cells.share(row["population"], decimals=1),
                "p": cells.text("") if mean else cells.p_value(row["p"]),
            }
        )
    right = ("Estimate", "95 % interval", "p")
    return laid_out(f"Meaning of {found.of}", rows, exact=exact, right=right)


def shared_part(found) -> Table:
    """What two sets of terms explain, each alone and both: What, Of, Share, 95 % interval."""
    exact = found.tidy()
    rows = [
        {
            "What": cells.text(row["group"].capitalize()),
            "Of": cells.text(row["term"]),
            "Share": cells.share(row["estimate"], decimals=1),
            "95 % interval": cells.share_interval(row["low"], row["high"], decimals=1),
        }
        for row in exact
    ]
    return laid_out("Shared part", rows, exact=exact)


def comparison(found) -> Table:
    """Two models: Parameters, AIC, BIC, −2 log-likelihood."""
    rows = [
        {
            "Model": cells.text(m.formula),
            "Parameters": cells.count(m.parameters),
            "AIC": cells.grouped(m.aic, 1),
            "BIC": cells.grouped(m.bic, 1),
            "−2 log-likelihood": cells.grouped(m.deviance, 2),
        }
        for m in (found.smaller, found.larger)
    ]
    return laid_out("Comparison", rows, exact=found.tidy())


def variables(found: Iterable) -> Table:
    """A dataset's variables as a formula names them."""
    exact: list[Mapping] = [
        dict(variable=v.name, label=v.label, unit=v.unit, kind=v.kind) for v in found
    ]
    rows = [{name.capitalize(): cells.text(value) for name, value in r.items()} for r in exact]
    return laid_out("Variables", rows, exact=exact)


def _share(row: dict) -> Cell:
    if row["group"] == "structure":
        return cells.number(row["estimate"], decimals=2)
    return cells.share(row["estimate"], decimals=1)


def _share_interval(row: dict) -> Cell:
    if row["group"] == "structure":
        return cells.interval(row["low"], row["high"], decimals=2)
    return cells.share_interval(row["low"], row["high"], decimals=1)
