"""Every count of every cell against loops over the tables, and distinct patients as sets."""

import statistics

import numpy as np
import pytest

from analysis.store.queries.treatments.completeness import completeness
from analysis.store.queries.treatments.outcome_cells import (
    COUNTS,
    EVERYTHING,
    Selection,
    cell_patients,
    outcome_cells,
    values_of,
)
from analysis.store.queries.treatments.treatments import TreatmentSpec, build_treatments
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset
from tests.unit.store.queries.naive_outcomes import (
    BANDS,
    BY,
    RULES,
    VARIABLES,
    absent,
    made,
    naive,
    naive_cells,
    selected,
    write,
)

# --- The comparisons ------------------------------------------------------------------------------

SPECS = {
    "one measure": TreatmentSpec(RULES[:1], "arm", ("bond", "goal"), "waited", 1.0, bands=BANDS),
    "both measures": TreatmentSpec(
        RULES, "arm", ("bond",), "waited", 7.0, bands=BANDS, window=(2, 6)
    ),
    "thirds": TreatmentSpec(RULES[1:], "arm", ("goal",), "waited", least_sessions=4),
    "fixed points": TreatmentSpec(
        RULES[:1], "arm", ("bond",), "waited", bands=BANDS, points=(0, 4)
    ),
}
SELECTIONS = {
    "all": EVERYTHING,
    "clinics": Selection(clinics=("k0", "k2")),
    "everything at once": Selection(("k0", "k1"), ("a",), (), ("2023 Q2", "2024 Q2")),
}


@pytest.fixture(params=SPECS)
def built(request, store):
    tables = made(7)
    write("d", tables)
    spec = SPECS[request.param]
    with open_dataset(catalogue.find("d")) as dataset, dataset.cursor() as cursor:
        build_treatments(cursor, spec, dataset.variables)
        yield cursor, spec, naive(tables, spec)


@pytest.mark.parametrize("chosen", SELECTIONS.values(), ids=SELECTIONS)
def test_cells_are_those_of_the_loops(built, chosen):
    cursor, spec, rows = built
    expected = naive_cells(selected(rows, chosen), BY)
    cells = outcome_cells(cursor, chosen, BY, len(spec.rules))
    assert {(c.by, c.value) for c in cells} == set(expected)
    assert cells[0].by == "all"
    for cell in cells:
        own = expected[cell.by, cell.value]
        for name in COUNTS:
            flag = {"scored": "measured"}.get(name, name)
            behind = [r["patient"] for r in own if r[flag]]
            assert cell.counts[name] == len(behind), (cell.by, cell.value, name)
            assert cell.patients[name] == len(set(behind)), (cell.by, cell.value, name)
        check_numbers(cell, own)


def check_numbers(cell, own) -> None:
    first, last = (np.array([r[k] for r in own if r["measured"]]) for k in ("first", "last"))
    s = cell.scores[0]
    assert s.n == len(first)
    if s.n > 1:
        loops = (
            first.mean(),
            last.mean(),
            first.std(ddof=1),
            last.std(ddof=1),
            (last - first).std(ddof=1),
            np.cov(first, last)[0, 1],
        )
        found = (s.mean_first, s.mean_last, s.sd_first, s.sd_last, s.sd_change, s.covariance)
        # Sums of whole numbers in another order.
        assert found == pytest.approx(loops, rel=1e-10, abs=1e-10)
    waits = [r["wait"] for r in own if not absent(r["wait"])]
    assert cell.wait.n == len(waits)
    assert cell.wait.median == (statistics.median(waits) if waits else None)
    sessions = [r["sessions_"] for r in own if r["finished"]]
    assert cell.sessions.mean == (pytest.approx(statistics.fmean(sessions)) if sessions else None)


def test_patient_sets_are_those_that_were_counted(built):
    cursor, spec, _ = built
    chosen = SELECTIONS["clinics"]
    for cell in outcome_cells(cursor, chosen, ("clinic", "model", "period"), len(spec.rules)):
        for name in ("episodes", "improved", "recovered"):
            found = cell_patients(cursor, chosen, cell.by, cell.value, name)
            assert len(set(found)) == len(found) == cell.patients[name]


def test_differences_are_those_of_the_loops(built):
    cursor, _, rows = built
    ended = [r for r in rows if r["ended"]]
    found = {(d.variable, d.level): d for d in completeness(cursor, EVERYTHING, VARIABLES)}
    for name, key in (("first score", "first"), ("sessions", "sessions_"), ("age", "age")):
        with_, without = (
            np.array([r[key] for r in ended if r["measured"] == m and not absent(r[key])], float)
            for m in (True, False)
        )
        d = found[name, ""]
        assert (d.n_with, d.n_without) == (len(with_), len(without))
        pooled = ((with_.var(ddof=1) + without.var(ddof=1)) / 2) ** 0.5
        assert d.difference == pytest.approx((without.mean() - with_.mean()) / pooled)
    in_a = [
        [r["model"] == "a" for r in ended if r["measured"] == m and not absent(r["model"])]
        for m in (True, False)
    ]
    p1, p0 = map(statistics.fmean, in_a)
    d = found["arm", "a"]
    assert d.difference == pytest.approx((p0 - p1) / ((p1 * (1 - p1) + p0 * (1 - p0)) / 2) ** 0.5)


def test_values_are_those_that_occur(built):
    cursor, _, rows = built
    assert set(values_of(cursor, "model")) == {"a", "b"}
    assert set(values_of(cursor, "period")) == {r["period"] for r in rows if r["period"]}


def test_an_empty_selection_gives_the_cell_of_nobody(built):
    cursor, spec, _ = built
    cells = outcome_cells(cursor, Selection(clinics=("elsewhere",)), BY, len(spec.rules))
    (nobody,) = cells
    assert set(nobody.counts.values()) == set(nobody.patients.values()) == {0}
