"""The scores of answer sheets by the instrument's rule, and the total that came along."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.importing.findings.quarantine import Ledger, Problem
from analysis.importing.meaning.mapping import MappedVariable, Mapping
from analysis.importing.reading import cells
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.read import Staged
from analysis.measures.instruments import Instrument, MissingRule
from analysis.measures.scoring import subscale, total

ALIKE = 0.01  # points by which a total may differ and still be the same: rounding of a mean
SHORT_SCALE = 5  # items; a shorter scale may have one unanswered, a longer one two


def scores_of(
    staged: Staged, variables, instrument: Instrument, answers: np.ndarray, ledger: Ledger
) -> list[np.ndarray]:
    """The score of each variable, (rows,) each, NaN where the rule gives none."""
    instrument = _with_rule(staged, variables[0].name, instrument, answers, ledger)
    return [
        subscale(answers, instrument, v.component, keyed=True)
        if v.component
        else total(answers, instrument, keyed=True)
        for v in variables
    ]


@dataclass(frozen=True, slots=True)
class GivenTotal:
    """A total that came along: value (rows,), NaN for none; refused (rows,): cells that can be no
    total. landed (rows,): whether it is what lands."""

    value: np.ndarray
    refused: np.ndarray
    landed: np.ndarray

    def against(self, score: np.ndarray) -> "GivenTotal":
        """The same, `landed` where the score that lands is this one."""
        return replace(self, landed=np.abs(self.value - score) <= ALIKE)

    def counts(self) -> dict[str, np.ndarray]:
        """Its cells by what became of them."""
        some = ~np.isnan(self.value)
        return {
            "read": some.astype(int) + self.refused,
            "landed": (some & self.landed).astype(int),
            "superseded": (some & ~self.landed).astype(int),
            "refused": self.refused.astype(int),
        }


def given_total(
    connection, mapping: Mapping, staged: Staged, variable: MappedVariable, ledger: Ledger
) -> GivenTotal:
    """The column of the total; what is no number in the variable's range is refused."""
    missing = (*mapping.missing, *variable.missing)
    raw = staged.columns[clean_name(variable.column)]
    text = cells.present(raw, missing)
    value = f"coalesce({cells.number(text, '.')}, {cells.number(text, ',')})"
    low = -cells.LARGEST if variable.minimum is None else variable.minimum
    high = cells.LARGEST if variable.maximum is None else variable.maximum
    value = f"CASE WHEN {value} BETWEEN {low!r} AND {high!r} THEN {value} END"
    found = connection.execute(
        f"SELECT {value} AS v, ({text}) IS NOT NULL AND ({value}) IS NULL AS wrong "
        f"FROM {staged.table} ORDER BY line"
    ).fetchnumpy()
    wrong = np.asarray(found["wrong"], dtype=bool)
    if wrong.any():
        problem = Problem(
            clean_name(variable.column),
            "number",
            f"is no total of {variable.label or variable.name}",
            "correct or empty it",
            "cell",
        )
        rows = f"FROM {staged.table} WHERE ({text}) IS NOT NULL AND ({value}) IS NULL"
        ledger.refuse(staged.index, rows, problem, raw)
    filled = np.ma.filled(found["v"], np.nan) if np.ma.isMaskedArray(found["v"]) else found["v"]
    values = np.asarray(filled, dtype=float)
    return GivenTotal(values, wrong.astype(int), np.zeros(len(values), dtype=bool))


def put_together(
    staged: Staged, variable: MappedVariable, score, given: GivenTotal, ledger: Ledger
) -> np.ndarray:
    """(rows,): the items' total, or the one that came along; asked where they differ.

    Each fills where the other has none.
    """
    both = ~np.isnan(score) & ~np.isnan(given.value)
    unlike = int((np.abs(score - given.value)[both] > ALIKE).sum())
    said = (
        f"{staged.name}: '{variable.column}' is the total of the items in "
        f"{int(both.sum()) - unlike} of {int(both.sum())} rows that have both"
    )
    first = "items"
    if unlike:
        choices = {
            "items": "the items' total lands, the other one only where an item is missing",
            "given": f"'{variable.column}' lands, the items' total only where it is empty",
        }
        recommended = "items" if unlike * 10 <= both.sum() else ""
        where, code = (staged.name, variable.column), f"total:{variable.name}"
        first = ledger.ask(code, where, said, choices, recommended, unlike)
    elif both.any():
        ledger.warn(said)
    one, other = (score, given.value) if first == "items" else (given.value, score)
    return np.where(np.isnan(one), other, one)


def _with_rule(staged: Staged, name: str, instrument: Instrument, answers, ledger) -> Instrument:
    """The instrument with a rule for missing answers, asked for where none is known."""
    if instrument.missing.rule != "none" or "missing-item rule" not in instrument.left_out:
        return instrument
    most = 1 if instrument.items <= SHORT_SCALE else 2
    missing = np.isnan(answers).sum(axis=1)
    few = int(((missing > 0) & (missing <= most)).sum())
    if not few:
        return instrument
    evidence = (
        f"{staged.name}: {few} rows leave {'one' if most == 1 else 'one or two'} of the "
        f"{instrument.items} items of {instrument.name} unanswered"
    )
    choices = {
        "prorate": "the mean of the answered items stands for them",
        "none": "these rows get no total",
    }
    where = (staged.name, "")
    if ledger.ask(f"unanswered:{name}", where, evidence, choices, "prorate", few) == "none":
        return instrument
    return replace(instrument, missing=MissingRule("prorate", most))
