"""A second look at finished reports, written without the code that protects or audits them.

It counts the dataset's own treatments again behind every figure that the reader finds, by the rules
of docs/sharing.md; a figure that he does not know, or that is another one elsewhere in the report,
is a fault, too.
"""

import numpy as np

from analysis.presentation.tables.table import Table
from analysis.sharing.writing.document import Chart
from tests.attackers.before import Before
from tests.attackers.changes import check_changes
from tests.attackers.forms import Share, Unread
from tests.attackers.funnel import FUNNEL, faults_of_a_funnel
from tests.attackers.meaning import Meaning
from tests.attackers.printed import Printed
from tests.attackers.reader import read
from tests.attackers.truth import Truth

SENSITIVE = {"improved", "recovered", "reliably_recovered", "deteriorated", "unchanged"}
# Treatments of which limits may be told: 18 of a group (20 as printed), of everybody from 10 on.
LEAST_OF_A_GROUP, LEAST = 18, 10


def faults(document, truth: Truth, selection) -> list[str]:
    """Each fault of a shared document in words; [] for none. The first of its dataset: it adds up
    nothing that was told before."""
    try:
        printed, before = read(document, truth), Before(truth.real)
        check_changes(printed, selection, before)
    except Unread as fault:
        return [str(fault)]
    meaning = Meaning(truth, truth.selected(selection), before, printed)
    found = []
    for key, n in printed.counts.items():
        if n is not None:
            found += _count(key, n, meaning.rows(*key), truth)
    for (by, value, part, whole), told in printed.shares.items():
        if told:
            sets = meaning.rows(by, value, part), meaning.rows(by, value, whole)
            found += _share((by, value, part), told, *sets, truth)
    for group in printed.wholes:
        try:
            meaning.of_sizes(group)
        except Unread as fault:
            found.append(str(fault))
    return found + _of_therapists(printed, meaning, truth) + _of_funnels(document)


def _of_funnels(document) -> list[str]:
    found = []
    for section in document.sections:
        tables = [b for b in section.blocks if isinstance(b, Table)]
        for chart in (b for b in section.blocks if isinstance(b, Chart)):
            if chart.caption.startswith(FUNNEL):
                found += faults_of_a_funnel(chart, tables)
    return found


def _of_therapists(printed: Printed, meaning: Meaning, truth: Truth) -> list[str]:
    """Groups of which something is told, of fewer than three therapists or mostly of one."""
    told = {key[:2] for key, n in printed.counts.items() if n is not None}
    told |= {key[:2] for key, share in printed.shares.items() if share}
    found = []
    for by, value in sorted(told - {("all", "")}):
        measured = meaning.rows(by, value, "measured")
        loads = np.unique(truth.of["therapist"][measured].astype(str), return_counts=True)[1]
        if measured.any() and (len(loads) < 3 or loads.max() > 0.6 * loads.sum()):
            found.append(f"{by} {value} tells of a therapist")
    return found


def _patients(rows, truth: Truth) -> int:
    return len(set(truth.patient[rows]))


def is_wrong(ends: tuple[int, int], rows: np.ndarray, truth: Truth) -> bool:
    """Whether a range does not hold what is counted, says more than fives do, or leaves out some of
    0 to 7 where so few are."""
    low, high = ends
    few = 1 <= _patients(rows, truth) <= 7
    told = low % 5 == high % 5 == 0 and low + 5 <= high and low <= rows.sum() <= high
    return not told or (few and (low > 0 or high < 7))


def _count(key, told: int | tuple[int, int], rows, truth: Truth) -> list[str]:
    n, people = int(rows.sum()), _patients(rows, truth)
    if not isinstance(told, int):
        return [f"{key}: {told} for {n} treatments of {people}"] * is_wrong(told, rows, truth)
    if 1 <= people <= 7 or told != 5 * ((n + 2) // 5):
        return [f"{key}: {told} for {n} treatments of {people}"]
    return []


def _share(key, told: Share, rows, of, truth: Truth) -> list[str]:
    n, k = int(of.sum()), int(rows.sum())
    true, least = 100 * k / n if n else 0.0, LEAST if key[0] == "all" else LEAST_OF_A_GROUP
    if told.is_rate:
        few = _patients(of, truth) < 10 or 1 <= _patients(rows, truth) <= 7 or 1 <= n - k <= 7
        telling = key[2] in SENSITIVE and (k == 0 or told.low >= 90 or true >= 90)
        wrong = few or telling or abs(told.low - true) > 3
    else:
        few = _patients(of, truth) < 10 or n < (LEAST_OF_A_GROUP if k <= 7 else least)
        # Either few, and then all of 0 to 7 are possible, or 20 or 40 points of the scale.
        wide = told.high - told.low
        honest = told.high * n / 100 + 2 > 7 if k <= 7 and not told.low else wide in (20, 40)
        wrong = few or not honest or not told.low <= true < told.high
    return [f"{key}: {told} for {k} of {n}"] if wrong else []
