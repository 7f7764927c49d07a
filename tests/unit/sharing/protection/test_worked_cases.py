"""The worked cases of disclosure control, D1 to D16, each as it was published or reckoned by hand.

D8: OpenSAFELY's own example. D13: its midpoint-6 rounding. D14: NHS England's dashboards.
"""

import numpy as np

from analysis.sharing.protection import figures, hiding
from analysis.sharing.protection.attacker import intervals, printed_bounds
from analysis.sharing.protection.figures import rate, shared, statistic
from analysis.sharing.protection.table import Counts, protect

C = None  # as [c] stands in the cases


def table(*counts, **options) -> Counts:
    rows = tuple(f"row {i}" for i in range(len(counts)))
    columns = tuple(f"column {i}" for i in range(len(counts[0])))
    return Counts(rows, columns, tuple(map(tuple, counts)), **options)


def attacked(counts, hidden_at):
    """What the attacker finds of each small hidden cell, and which the audit refuses."""
    true = hiding.with_margins(counts)
    hidden = np.zeros(true.shape, dtype=bool)
    for cell in hidden_at:
        hidden[cell] = True
    small = hidden & (true >= 1) & (true <= 7)
    found = intervals(printed_bounds(true, hidden, False), small)
    return found.tolist(), hiding.exposed(true, hidden)


D1 = ((40, 30, 25), (35, 12, 3), (20, 15, 22))
D6 = ((3, 4, 60), (40, 50, 55), (30, 20, 45))


def test_d1_totals_are_the_sums_of_what_is_shown():
    shown = protect(table(*D1))
    assert shown.figures == ((40, 30, 25), (35, 10, C), (20, 15, 20))
    assert shown.row_totals == (95, 45, 55)
    assert shown.column_totals == (95, 55, 45)
    assert (shown.total, shown.hidden) == (195, 1)


def test_d2_the_audit_refuses_one_hidden_cell_beside_exact_totals():
    assert attacked(D1, [(1, 2)]) == ([[3, 3]], [(1, 2)])


def test_d3_hides_the_cheapest_block():
    shown = protect(table(*D1), "internal")
    assert shown.figures == ((40, 30, 25), (35, C, C), (20, C, C))
    assert (shown.row_totals, shown.column_totals, shown.total) == ((95, 50, 57), (95, 57, 50), 202)
    assert attacked(D1, [(1, 1), (1, 2), (2, 1), (2, 2)]) == ([[0, 15]], [])


def test_d4_two_small_ones_in_two_rows():
    counts = ((12, 6), (9, 2), (30, 25))
    assert protect(table(*counts), "internal").figures == ((C, C), (C, C), (30, 25))
    found = attacked(counts, [(0, 0), (0, 1), (1, 0), (1, 1)])
    assert found == ([[0, 8], [0, 8]], [])


def test_d5_a_table_of_four():
    counts = ((50, 4), (60, 45))
    assert protect(table(*counts), "internal").figures == ((C, C), (C, C))
    assert attacked(counts, [(0, 0), (0, 1), (1, 0), (1, 1)]) == ([[0, 49]], [])


def test_d6_two_small_ones_in_one_row():
    assert attacked(D6, [(0, 0), (0, 1)])[1] == [(0, 0), (0, 1)]
    # Their sum of 7 stands in the margin once the 60 is shown: too little.
    assert attacked(D6, [(0, 0), (0, 1), (2, 0), (2, 1)])[1] == [(0, 0), (0, 1)]
    shown = protect(table(*D6), "internal")
    assert shown.figures == ((C, C, C), (40, 50, 55), (C, C, C))
    found = attacked(D6, [(0, 0), (0, 1), (0, 2), (2, 0), (2, 1), (2, 2)])
    assert found == ([[0, 33], [0, 24]], [])


def test_d7_one_row():
    shown = protect(table((3, 40, 52)))
    assert (shown.figures, shown.row_totals) == (((C, 40, 50),), (90,))
    inside = protect(table((3, 40, 52)), "internal")
    assert (inside.figures, inside.row_totals) == (((C, C, 52),), (95,))


def test_d8_opensafely():
    shown = protect(table((3, 8, 16, 23), (18, 23, 31, 44)))
    assert shown.figures == ((C, 10, 15, 25), (20, 25, 30, 45))
    assert shown.row_totals == (50, 120)


def test_d9_a_rate_of_few_is_not_shown_in_any_precision():
    assert rate(4, 43) is None

    def pairs(shown: float, places: int) -> set:
        """The (part, whole) that a rate beside n = 45 (43 to 47 patients) leaves open."""
        return {
            (k, n)
            for n in range(43, 48)
            for k in range(n + 1)
            if round(100 * k / n, places) == shown
        }

    assert pairs(9.3, 1) == {(4, 43)}
    assert {k for k, _ in pairs(9, 0)} == {4}


def test_d10_men_and_women():
    assert (shared(8), shared(20), rate(8, 20)) == (10, 20, 50)
    assert (shared(7), shared(19), rate(7, 19)) == (None, 20, None)


def test_d12_rounding_alone_does_not_hide_a_month():
    assert (shared(57), shared(58)) == (55, 60)  # the ledger refuses the second


def test_d13_midpoint_6():
    counts = (0, 1, 6, 7, 12, 13, 18)
    shown = protect(table(counts), rule="midpoint6")
    assert shown.figures == ((0, 3, 3, 9, 9, 15, 15),)
    assert all(name.endswith("_midpoint6") for name in shown.columns)


def test_d14_nhs():
    shown = protect(table((0, 4, 5, 7, 8, 12, 13)), rule="nhs")
    assert shown.figures == ((C, C, 5, 5, 10, 10, 15),)


def test_d15_nobody_improved_is_not_said():
    assert rate(0, 18) is None
    assert protect(table((0, 18), (12, 10), sensitive=True)).figures == ((C, C), (10, 10))
    assert rate(0, 18, sensitive=False) == 0


def test_d16_therapists():
    assert statistic(7.4, 9) is None and statistic(7.4, 10) == 7.4
    assert not figures.may_list_therapists([40, 35])
    assert not figures.may_list_therapists([40, 35, 12, 10, 9])
    assert figures.may_list_therapists([40, 35, 12, 10, 10])
