"""What items say of themselves: which run against the others, and how they hang together."""

import numpy as np

from analysis.importing.findings.quarantine import Ledger
from analysis.importing.meaning.mapping import Mapping
from analysis.importing.reading import cells
from analysis.importing.reading.read import Staged
from analysis.importing.scoring.answers import Sheets
from analysis.measures.consistency import Consistency, consistency
from analysis.measures.instruments import Instrument

AGAINST = -0.2  # item-rest correlation from which an item runs against the others
SURE = 3.0  # standard errors that it must lie below 0: an instrument has many items
AGREED = 0.5  # alpha of the others from which they have a direction
ENOUGH_SHEETS = 50  # from which turning is recommended: sheets of one patient are alike
ENOUGH_PATIENTS = 30  # whose first sheets are then judged instead of all sheets


def keyed_answers(
    staged: Staged, name: str, instrument: Instrument, sheets: Sheets, ledger: Ledger
) -> np.ndarray:
    """The answers with all items turned the scale's way: the reversed ones by the instrument, or by
    an answer where the instrument's own are not known or the data speak against it."""
    answers, low_high = np.array(sheets.answers), sum(instrument.item_range)
    known = [number - 1 for number in instrument.reversed or ()]
    if known and not _turned_already(staged, name, instrument, answers, known, ledger):
        answers[:, known] = low_high - answers[:, known]
    found = consistency(answers)
    against = _against(answers, found)
    if not against:
        return answers
    listed = ", ".join(f"item {i + 1} (item–rest r = {found.item_rest[i]:.2f})" for i in against)
    evidence = (
        f"{staged.name}: of the items of {instrument.name}, {listed} "
        f"{'runs' if len(against) == 1 else 'run'} against the others, as if not yet reversed"
    )
    choices = {
        "turn": f"turned round: {low_high:g} minus the answer",
        "keep": "scored as it stands",
    }
    where = (staged.name, "")
    wise = "turn" if found.sheets >= ENOUGH_SHEETS else "keep"
    answer = ledger.ask(f"reversed:{name}", where, evidence, choices, wise, len(against))
    if answer == "turn":
        answers[:, against] = low_high - answers[:, against]
    return answers


def _against(answers: np.ndarray, found: Consistency) -> list[int]:
    """Positions of items that run against the others beyond chance, where the others agree.

    Half of a scale against the rest tells no direction; nor do items that have nothing in common.
    """
    far = np.tanh(SURE / np.sqrt(max(found.sheets - 3, 1)))  # Fisher's z
    against = [i for i, r in enumerate(found.item_rest) if r == r and r <= min(AGAINST, -far)]
    if not against or len(against) * 2 >= answers.shape[1]:
        return []
    rest = consistency(np.delete(answers, against, axis=1)).alpha
    return against if rest is not None and rest >= AGREED else []


def say_consistency(
    connection, mapping: Mapping, staged: Staged, instrument: Instrument, sheets, answers, ledger
) -> None:
    """Notes alpha and omega in these data: of each patient's first sheet where there are enough."""
    first = _first_sheets(connection, mapping, staged, sheets, answers)
    whose = f"first complete sheets of {len(first)} patients"
    if len(first) < ENOUGH_PATIENTS:
        first = answers
    found = consistency(first)
    if first is answers:
        whose = f"{found.sheets} complete sheets, several of a patient counted alike"
    if found.alpha is None:
        ledger.warn(
            f"{staged.name}: too few complete sheets of {instrument.name} ({found.sheets}) to tell "
            "how reliable it is here"
        )
        return
    ledger.warn(f"{staged.name}: reliability of {instrument.name} in {whose}: {_said(found)}")


def _said(found: Consistency) -> str:
    if found.alpha is not None and found.alpha < 0:
        return "alpha below 0; they do not measure one thing here"
    alpha = f"alpha {found.alpha:.2f}"
    return f"{alpha}, omega {found.omega:.2f}" if found.omega is not None else alpha


def _turned_already(
    staged, name, instrument: Instrument, answers, known: list[int], ledger
) -> bool:
    """Whether the items that the instrument reverses go with the others as they stand."""
    others = [i for i in range(answers.shape[1]) if i not in known]
    with np.errstate(invalid="ignore"):
        rest = answers[:, others].mean(axis=1)
    complete = ~np.isnan(answers[:, known]).any(axis=1) & ~np.isnan(rest)
    if complete.sum() < 10:
        return False
    turned = answers[complete][:, known].mean(axis=1)
    if np.std(turned) == 0 or np.std(rest[complete]) == 0:
        return False
    r = float(np.corrcoef(turned, rest[complete])[0, 1])
    if r <= 0:
        return False
    numbers = ", ".join(str(i + 1) for i in known)
    evidence = (
        f"{staged.name}: items {numbers} of {instrument.name} are worded the other way round, and "
        f"go with the others as they stand (r = {r:.2f})"
    )
    choices = {"already": "they have been reversed already", "turn": "they are reversed now"}
    where = (staged.name, "")
    return ledger.ask(f"keyed:{name}", where, evidence, choices, "already") == "already"


def _first_sheets(connection, mapping: Mapping, staged: Staged, sheets: Sheets, answers):
    """(patients, items): each patient's first complete sheet in the file's order."""
    column = staged.columns.get(mapping.key("patient", staged.file))
    complete = ~np.isnan(answers).any(axis=1)
    if not column:
        return answers[complete][:0]
    patient = cells.present(column, mapping.missing_ids)
    codes = connection.execute(
        f"SELECT dense_rank() OVER (ORDER BY {patient}) AS code FROM {staged.table} ORDER BY line"
    ).fetchnumpy()["code"]
    _, first = np.unique(codes[complete], return_index=True)
    return answers[complete][first]
