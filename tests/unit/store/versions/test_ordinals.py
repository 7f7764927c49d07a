"""Groups told apart by whole numbers: the same sums, names and version as by their texts."""

import duckdb
import numpy as np
import pytest

from analysis.base.errors import StoreError
from analysis.measures.variables import Variable
from analysis.questions.lab.effects import fit_formula
from analysis.questions.lab.sums import formula_sums
from analysis.store.sources import of_dataset
from analysis.store.versions import dataset, ordinals, sealing

# Texts whose order is not that of their numbers, nor of any language.
PATIENTS = ["10", "9", "é", "E", "e", "00123", "123", " x", "Z", "zz", "a/b", "a"]
FORMULAS = [
    "y ~ x + (1 | patient)",
    "y ~ x + age + (x | episode) + (1 | clinic/therapist)",
    "y ~ x + experience + (1 | therapist) + (1 | clinic)",
    "age ~ 1 + (1 | therapist)",
]


@pytest.fixture
def made(store):
    """Three clinics, six therapists, a patient or two with two episodes, sessions out of order."""
    rng = np.random.default_rng(3)
    clinics = ["b", "B", "ä"]
    therapists = [(f"{c}{k}", c) for c in clinics for k in range(2)]
    episodes = [
        (f"{p}-{k}", p, therapists[i % 6][0], float(rng.integers(18, 80)))
        for i, p in enumerate(PATIENTS)
        for k in range(1 + (i % 6 == 0))
    ]
    sessions = [
        (e[0], s, float(rng.normal()), float(rng.normal()))
        for e in episodes
        for s in range(1, int(rng.integers(3, 8)))
    ]
    rng.shuffle(sessions)
    with dataset.new_version("d") as w:
        numbers = [
            ("x", "session"),
            ("y", "session"),
            ("age", "episode"),
            ("experience", "therapist"),
        ]
        w.add_variables([Variable(name, name, unit) for name, unit in numbers])
        many = w.connection.executemany
        many("INSERT INTO clinic (clinic) VALUES (?)", [[c] for c in clinics])
        many(
            "INSERT INTO therapist (therapist, clinic, experience) VALUES (?, ?, ?)",
            [[t, c, float(i)] for i, (t, c) in enumerate(therapists)],
        )
        many(
            "INSERT INTO episode (episode, patient, therapist, age) VALUES (?, ?, ?, ?)",
            [list(e) for e in episodes],
        )
        many(
            "INSERT INTO session (episode, session, x, y) VALUES (?, ?, ?, ?)",
            [[e, int(s), x, y] for e, s, x, y in sessions],
        )
    return w.info


def without_ordinals(monkeypatch):
    """As a version that an earlier release wrote is read."""
    monkeypatch.setattr(of_dataset, "_ordinals", lambda table: {})


@pytest.mark.parametrize("formula", FORMULAS)
def test_texts_and_ordinals_give_the_same_sums_and_names(made, monkeypatch, formula):
    found = formula_sums(formula, "d", with_labels=True)
    without_ordinals(monkeypatch)
    expected = formula_sums(formula, "d", with_labels=True)
    assert found.groupings == expected.groupings and found.labels == expected.labels
    assert all(np.array_equal(a, b) for a, b in zip(found.codes, expected.codes, strict=True))
    assert np.array_equal(found.counts, expected.counts)
    assert found.cross == pytest.approx(expected.cross, rel=1e-12, abs=1e-12)
    assert found.gram == pytest.approx(expected.gram, rel=1e-12, abs=1e-12)


def test_names_are_the_texts(made):
    sums = formula_sums("y ~ x + (1 | patient)", "d", with_labels=True)
    assert sums.labels == (tuple(sorted(PATIENTS, key=lambda p: p.encode())),)


def test_ordinals_count_in_the_order_of_the_texts(made):
    with dataset.open_dataset(made) as d, d.cursor() as cursor:
        assert d.meta["ordinals"] is True
        rows = cursor.execute('SELECT DISTINCT patient, "patient ordinal" FROM episode').fetchall()
        sessions = cursor.execute(
            'SELECT count(*) FROM session s JOIN episode e USING ("episode ordinal") '
            'WHERE s.episode = e.episode AND s."therapist ordinal" = e."therapist ordinal"'
        ).fetchall()[0][0]
    expected = sorted(PATIENTS, key=lambda p: p.encode())
    assert [p for p, _ in sorted(rows, key=lambda r: r[1])] == expected
    assert sorted(n for _, n in rows) == list(range(len(PATIENTS)))
    assert sessions == made.counts["session"]


def test_they_are_no_part_of_a_versions_content():
    with duckdb.connect() as connection:
        connection.execute(dataset.SCHEMA_SQL.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO clinic VALUES ('c')")
        connection.execute("INSERT INTO therapist VALUES ('t', 'c')")
        connection.execute("INSERT INTO episode VALUES ('e', 'p', 't', NULL, NULL, NULL)")
        connection.execute("INSERT INTO session VALUES ('e', 1, NULL, 0.0)")
        before = sealing.content_version(connection)
        ordinals.write_ordinals(connection)
        connection.execute("INSERT INTO meta VALUES ('ordinals', 'true')")
        assert sealing.content_version(connection) == before
        connection.execute("UPDATE session SET weeks_since_intake = 1.0")
        assert sealing.content_version(connection) != before


def test_a_variable_cannot_take_their_names(store):
    with pytest.raises(StoreError, match="name of a key"), dataset.new_version("d") as w:
        w.add_variables([Variable("Patient Ordinal", "p", "episode")])


def test_a_fit_of_an_older_version_is_the_same(made, monkeypatch):
    formula = "y ~ x + age + (1 | therapist) + (1 | episode)"
    found = fit_formula(formula, "d")
    without_ordinals(monkeypatch)
    assert fit_formula(formula, "d").criterion == pytest.approx(found.criterion, abs=1e-9)
