"""Predictors split into parts at each level, against loops over the rows."""

import numpy as np
import pandas as pd
import pytest

from analysis.store.queries.frames import episode_frame, session_frame
from analysis.store.queries.predictor_parts import split_parts
from tests.unit.store.queries.naive_frames import (
    AGE,
    BOND,
    EVERY,
    SIZE,
    TASK,
    YEARS,
    comparable,
    made,
    opened,
    rows_of,
    spec,
)

SPLITS = {
    "patient": [
        (("patient", None),),
        (("patient", "therapist"), ("therapist", None)),
        (("patient", "therapist"), ("therapist", "clinic"), ("clinic", None)),
        (("patient", "clinic"), ("clinic", None)),
        (("therapist", None),),
    ],
    "session": [
        (("session", None),),
        (("session", "patient"), ("patient", None)),
        (
            ("session", "patient"),
            ("patient", "therapist"),
            ("therapist", "clinic"),
            ("clinic", None),
        ),
        (("patient", "therapist"), ("therapist", None)),
        (("session", "patient"),),
    ],
}


def group_mean(rows: list[dict], row: dict, name: str, level: str) -> float:
    own = [r[name] for r in rows if r[level] == row[level]]
    return sum(own) / len(own)


@pytest.fixture(scope="module")
def cursor(tmp_path_factory):
    """One dataset for all splits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(tmp_path_factory.mktemp("store")))
        with opened(made(4), EVERY) as cursor:
            yield cursor


@pytest.mark.parametrize(("rows_level", "k"), [(r, k) for r in SPLITS for k in range(5)])
def test_parts_are_differences_of_group_means(cursor, rows_level, k):
    split = SPLITS[rows_level][k]
    make = episode_frame if rows_level == "patient" else session_frame
    frame = make(cursor, spec(BOND, AGE, YEARS))
    before = rows_of(cursor, frame.relation)
    relation, parts = split_parts(cursor, frame, rows_level, {c.name: split for c in frame.columns})
    after = rows_of(cursor, relation)
    assert [(p.predictor, p.level) for p in parts] == [
        (c.name, level) for c in frame.columns for level, _ in split
    ]
    assert len({p.term for p in parts}) == len(parts)
    expected = []
    for row in before:
        out = {n: row[n] for n in ("clinic", "therapist", "patient", "y")}
        for column in frame.columns:
            for level, outer in split:
                own = row[column.name]
                own = own if level == rows_level else group_mean(before, row, column.name, level)
                if outer:
                    own = own - group_mean(before, row, column.name, outer)
                out[f"{column.name}_{level}"] = own + 0.0
        expected.append(out)
    names = ["patient", "y", *(p.column for p in parts)]
    # Differences of means near zero keep an error of 1e-15 of the means themselves.
    rounded = [
        [{n: r[n] if isinstance(r[n], str) else round(r[n], 9) + 0.0 for n in names} for r in table]
        for table in (after, expected)
    ]
    assert comparable(rounded[0], names) == comparable(rounded[1], names)


@pytest.mark.parametrize("rows_level", ["patient", "session"])
def test_parts_sum_to_the_predictor_and_vanish_within_groups(store, rows_level):
    """The whole chain: the parts add up, and each but the last has mean zero in its groups, so
    that parts of different levels are uncorrelated over rows."""
    chain = SPLITS[rows_level][2]
    make = episode_frame if rows_level == "patient" else session_frame
    with opened(made(5, 120), EVERY) as cursor:
        frame = make(cursor, spec(BOND, TASK, AGE, SIZE))
        relation, parts = split_parts(
            cursor, frame, rows_level, {c.name: chain for c in frame.columns}
        )
        before = rows_of(cursor, frame.relation)
        table = pd.DataFrame(rows_of(cursor, relation))
    names = ["patient", "y", *(c.name for c in frame.columns)]
    sums = table[["patient", "y"]].copy()
    for column in frame.columns:
        own = [p.column for p in parts if p.predictor == column.name]
        sums[column.name] = table[own].sum(axis=1)
        for (_, outer), part in zip(chain[:-1], own, strict=False):
            means = table.groupby(outer)[part].mean()
            assert np.abs(means).max() < 1e-12 * max(1, np.abs(sums[column.name]).max())
    assert comparable(sums.to_dict("records"), names) == comparable(before, names)
    for one in parts:
        for other in parts:
            if one.level != other.level:
                a = table[one.column] - table[one.column].mean()
                b = table[other.column] - table[other.column].mean()
                size = np.sqrt((a @ a) * (b @ b)) + 1e-12
                assert abs(a @ b) < 1e-10 * max(size, 1)
