"""Whom two files of sums set apart, counted from the marks of what each was made of."""

import numpy as np
import pytest

from analysis.sharing.ledger.marks import WHO, fewest_apart, marks_of, set_apart
from analysis.store.sums.row_values import RowValues, Texts

KEY = b"k" * 32
SESSIONS = 3


def table(patients=range(40), **changed) -> dict[str, np.ndarray]:
    """SESSIONS rows a patient: who, and t, x, y; changed: column -> function of the table."""
    who = np.repeat(np.array(patients), SESSIONS)
    t = np.tile(np.arange(SESSIONS), len(patients)).astype(float)
    rows = {"who": who, "t": t, "x": (who % 7).astype(float), "y": np.sin(who * 10.0 + t)}
    for name, change in changed.items():
        rows[name] = change(rows)
    return rows


def marks(rows: dict[str, np.ndarray], names: str = "p{}", category: str = ""):
    labels, codes = np.unique(rows["who"], return_inverse=True)
    people = Texts(tuple(names.format(i) for i in labels), codes.reshape(-1))
    numbers = {n: v for n, v in rows.items() if n not in ("who", category)}
    texts = {}
    if category:
        found, codes = np.unique(rows[category], return_inverse=True)
        texts[category] = Texts(tuple(f"{v:g}" for v in found), codes.reshape(-1))
    return marks_of(RowValues("patient", people, numbers, texts), KEY)


def apart(one, other, same_version=True) -> dict:
    """Only what some set apart."""
    return {c: n for c, n in set_apart(one, other, same_version).items() if n}


@pytest.mark.parametrize("same_version", [True, False])
def test_the_same_rows_in_any_order_are_no_difference(same_version):
    rows = table()
    order = np.random.default_rng(0).permutation(len(rows["who"]))
    shuffled = {n: v[order] for n, v in rows.items()}
    assert apart(marks(rows), marks(shuffled), same_version) == {}
    assert apart(marks(rows), marks(rows, category="x"), same_version) == {}  # x and factor(x)


@pytest.mark.parametrize("same_version", [True, False])
@pytest.mark.parametrize("left", [1, 7, 8])
def test_who_is_in_one_alone_counts_for_everything(left, same_version):
    every, fewer = marks(table()), marks(table(range(left, 40)))
    for pair in ((every, fewer), (fewer, every)):
        assert set(set_apart(*pair, same_version).values()) == {left}


def test_a_row_less_of_one_patient():
    rows = table()
    found = apart(marks(rows), marks({n: v[1:] for n, v in rows.items()}))
    assert found[()] == found[("y",)] == 1 and WHO not in found


def test_a_value_and_which_values_stand_together():
    rows = table()
    other = table(y=lambda r: np.where((r["who"] == 3) & (r["t"] == 1), 9.0, r["y"]))
    assert apart(marks(rows), marks(other)) == {("y",): 1, ("t", "y"): 1, ("x", "y"): 1}
    swapped = table(y=lambda r: np.concatenate([r["y"][[1, 0]], r["y"][2:]]))
    assert apart(marks(rows), marks(swapped)) == {("t", "y"): 1}


def test_many_changes_of_one_variable_do_not_hide_one_of_another():
    def raised(r):
        return np.where((r["who"] >= 5) & (r["who"] < 25), r["x"] + 1, r["x"])

    other = table(x=raised, y=lambda r: np.where(r["who"] == 3, 0.5, r["y"]))
    found = apart(marks(table()), marks(other), same_version=False)
    assert found[("x",)] == 20 and found[("y",)] == 1 and found[("x", "y")] == 21


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_new_names_in_a_new_version_hide_nobody(change):
    rows = table()
    other = table(range(1, 40)) if change == "gone" else table(y=lambda r: r["y"] * (r["who"] > 0))
    found = apart(marks(rows), marks(other, names="new{}"), same_version=False)
    assert found[("y",)] == 1


def test_only_what_both_files_hold_is_compared():
    rows = table()
    other = {n: v for n, v in rows.items() if n != "x"}
    found = set_apart(marks(rows), marks(other), same_version=True)
    assert set(found) == {WHO, (), ("t",), ("y",), ("t", "y")} and not any(found.values())


def test_inside_a_pattern_the_fewest_count():
    """Of 40 patients with three rows eight are gone, of 20 with two rows one."""
    rows = table(range(60))
    short = (rows["who"] >= 40) & (rows["t"] == 2)
    every = {n: v[~short] for n, v in rows.items()}
    gone = (every["who"] < 8) | (every["who"] == 50)
    fewer = {n: v[~gone] for n, v in every.items()}
    for one, other in ((every, fewer), (fewer, every)):
        assert set(set_apart(marks(one), marks(other), same_version=True).values()) == {9}
        assert set(fewest_apart(marks(one), marks(other)).values()) == {1}
    assert not any(fewest_apart(marks(every), marks(every)).values())
    first = {n: v[every["t"] == 0] for n, v in every.items()}  # a row a patient: another unit
    assert fewest_apart(marks(every), marks(first)) == {}
