"""The rows of a partition and their parts, against loops over the tables."""

import pandas as pd
import pytest

from analysis.base.errors import ModelError
from analysis.measures.variables import Variable
from analysis.store.queries.frames import episode_frame, growth_frame, session_frame
from tests.unit.store.queries.naive_frames import (
    AGE,
    BOND,
    EVERY,
    PHQ,
    WORK,
    YEARS,
    as_columns,
    comparable,
    made,
    naive_episodes,
    naive_growth,
    naive_sessions,
    opened,
    rows_of,
    spec,
)


@pytest.mark.parametrize(("seed", "window"), [(1, (3, 5)), (2, (1, 3)), (3, (0, 6))])
def test_episodes(store, seed, window):
    tables = made(seed)
    expected, out = naive_episodes(tables, window)
    with opened(tables, EVERY) as cursor:
        frame = episode_frame(cursor, spec(*EVERY[1:], window=window))
        found = rows_of(cursor, frame.relation)
    assert len(expected) > 8  # or the comparison says little
    names = ["clinic", "therapist", "patient", "y", *(c.name for c in frame.columns)]
    assert comparable(found, names) == comparable(as_columns(frame, expected), names)
    assert frame.rows == len(expected) and frame.rows_out == dict(out)
    assert frame.rows + sum(frame.rows_out.values()) == len(tables["episode"])


@pytest.mark.parametrize("adjust", ["intake", "none"])
def test_growth(store, adjust):
    tables = made(1)
    expected, out = naive_growth(tables, adjust)
    with opened(tables, EVERY) as cursor:
        frame = growth_frame(cursor, spec(*EVERY[1:], adjust=adjust))
        found = rows_of(cursor, frame.relation)
    assert len(expected) > 15  # or the comparison says little
    names = ["clinic", "therapist", "patient", "y", "t", *(c.name for c in frame.columns)]
    assert comparable(found, names) == comparable(as_columns(frame, expected), names)
    assert frame.rows == len(expected) and frame.rows_out == dict(out)
    assert frame.time == "sessions since session 5"
    assert "session" not in {c.unit for c in frame.columns}  # all are the patient's own


def test_growth_counts_weeks_where_every_row_has_them(store):
    tables = made(1)
    with opened(tables, EVERY) as cursor:
        weekly = "SELECT * REPLACE (session / 2.0 AS weeks_since_intake) FROM session"
        cursor.execute(f"CREATE TEMP TABLE session AS {weekly}")  # before the dataset's own
        frame = growth_frame(cursor, spec(BOND))
        found = rows_of(cursor, frame.relation)
    assert frame.time == "weeks since session 5" and found
    for row in found:  # since the last session up to the landmark that took place
        before = tables["session"].query("episode == @row['treatment'] and session <= 5")
        assert row["t"] == (row["number"] - before["session"].max()) / 2


@pytest.mark.parametrize("seed", [1, 2])
def test_sessions(store, seed):
    tables = made(seed, 120)
    expected, out = naive_sessions(tables)
    with opened(tables, EVERY) as cursor:
        frame = session_frame(cursor, spec(*EVERY[1:]))
        found = rows_of(cursor, frame.relation)
    assert len(expected) > 50
    names = ["clinic", "therapist", "patient", "y", *(c.name for c in frame.columns)]
    assert comparable(found, names) == comparable(as_columns(frame, expected), names)
    assert frame.rows == len(expected) and frame.rows_out == dict(out)
    assert frame.rows + sum(frame.rows_out.values()) == len(tables["session"])


def test_columns_say_what_they_are(store):
    with opened(made(1), EVERY) as cursor:
        end = episode_frame(cursor, spec(BOND, AGE, WORK, YEARS))
        after = session_frame(cursor, spec(BOND, AGE, WORK, adjust="none"))
    assert [(c.name, c.term, c.unit) for c in end.columns] == [
        ("intake", "phq9 at intake", "episode"),
        ("x1", "bond", "session"),
        ("x2", "age", "episode"),
        ("x3", "work[student]", "episode"),  # the first in sorted order, 'no', is the base
        ("x4", "work[yes]", "episode"),
        ("x5", "years", "therapist"),
    ]
    # This session's score is always adjusted for, by its part within patients.
    assert [(c.term, c.within) for c in after.columns][:2] == [
        ("phq9 this session", True),
        ("bond", False),
    ]
    assert not any(c.name == "intake" for c in after.columns)


def test_only_the_chosen_clinics(store):
    tables = made(2)
    with opened(tables, EVERY) as cursor:
        frame = episode_frame(cursor, spec(BOND, AGE, clinics=("k1", "k3")))
        found = rows_of(cursor, frame.relation)
    assert {r["clinic"] for r in found} <= {"k1", "k3"}
    clinic = dict(tables["therapist"][["therapist", "clinic"]].itertuples(index=False))
    candidates = [t for t in tables["episode"]["therapist"] if clinic[t] in ("k1", "k3")]
    assert frame.rows + sum(frame.rows_out.values()) == len(candidates)


def hand_made(scores, names=("phq9", "bond")) -> dict[str, pd.DataFrame]:
    """One episode with these (session, outcome, bond)."""
    return {
        "clinic": pd.DataFrame({"clinic": ["k"]}),
        "therapist": pd.DataFrame({"therapist": ["t"], "clinic": ["k"]}),
        "episode": pd.DataFrame({"episode": ["e"], "patient": ["p"], "therapist": ["t"]}),
        "session": pd.DataFrame(scores, columns=["session", *names]).assign(episode="e"),
    }


def test_first_and_last_scores_by_hand(store):
    """Missing first and last forms; sessions out of order; the window's edges count."""
    tables = hand_made(
        [(7, None, 9), (2, 20, 1), (5, 12, 5), (3, None, 3), (6, 8, 7), (1, None, 2)]
    )
    with opened(tables, (PHQ, BOND)) as cursor:
        frame = episode_frame(cursor, spec(BOND))
        (row,) = rows_of(cursor, frame.relation)
    assert (row["intake"], row["y"], row["x1"]) == (20.0, 8.0, 4.0)  # (3 + 5) / 2


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([(1, 20, 1), (2, 18, 1), (4, None, 3)], "no score after session 5"),
        ([(1, None, 1), (4, None, 3), (5, 12, 3), (6, 9, 3)], "no score before session 5"),
        ([(1, None, 1), (4, None, 3)], "no outcome score"),
        ([(1, 20, 1), (6, 12, 3)], "no early value (sessions 3 to 5)"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_scores_out_of_order_are_left_out_and_counted(store, scores, reason):
    with opened(hand_made(scores), (PHQ, BOND)) as cursor:
        frame = episode_frame(cursor, spec(BOND))
    assert frame.rows == 0 and frame.rows_out == {reason: 1}


def test_the_next_session_by_hand(store):
    """The next one is the next number: 2 after 1, none after 5. A form missing loses the row."""
    tables = hand_made([(1, 20, 1), (2, 15, 2), (3, None, 3), (4, 9, 4), (5, 7, 5), (9, 6, 6)])
    with opened(tables, (PHQ, BOND)) as cursor:
        frame = session_frame(cursor, spec(BOND))
        rows = rows_of(cursor, frame.relation)
    found = sorted((r["current"], r["y"], r["x1"], r["intake"]) for r in rows)
    assert found == [(9.0, 7.0, 4.0, 20.0), (20.0, 15.0, 1.0, 20.0)]
    assert frame.rows_out == {
        "no session follows": 1,
        "the next session number is missing": 1,
        "the next session has no outcome score": 1,
        "this session has no outcome score": 1,
    }


@pytest.mark.parametrize("make", [episode_frame, session_frame])
def test_names_that_the_queries_use_themselves(store, make):
    names = ("y", "current", "following", "intake", "scores", "x1", "reason")
    variables = [Variable(n, n, "session") for n in names]
    rows = [(i, *(10 * i + k for k in range(len(names)))) for i in range(3, 7)]
    with opened(hand_made(rows, names), tuple(variables)) as cursor:
        frame = make(cursor, spec(*variables[1:], outcome=variables[0]))
        found = rows_of(cursor, frame.relation)
    if make is episode_frame:
        assert [(r["intake"], r["y"], r["x1"], r["x4"]) for r in found] == [(30, 60, 41, 44)]
    else:
        first = min(found, key=lambda r: r["y"])
        assert [first[n] for n in ("current", "intake", "y", "x1", "x6")] == [30, 30, 40, 31, 36]


def test_a_category_with_too_many_levels_is_refused(store):
    tables = made(1)
    tables["episode"]["work"] = [f"work {i}" for i in range(len(tables["episode"]))]
    with opened(tables, EVERY) as cursor, pytest.raises(ModelError, match="too many") as refused:
        episode_frame(cursor, spec(WORK))
    assert "work 1" not in str(refused.value)


def test_a_second_treatment_begins_at_its_own_intake(store):
    """Every patient has two treatments: the answer is the one where each has her own."""
    tables = made(1)
    alone = tables["episode"]
    shared = alone.assign(patient=[f"p{i // 2}" for i in range(len(alone))])
    columns = ["y", "intake"]
    found = []
    for episode in (alone, shared):
        with opened(tables | {"episode": episode}, EVERY) as cursor:
            frame = episode_frame(cursor, spec(*EVERY[1:]))
            rows = rows_of(cursor, frame.relation)
        found.append(comparable(rows, columns))
        patients = len({row["patient"] for row in rows})
    assert found[0] == found[1]
    assert patients < len(rows)  # some have both
