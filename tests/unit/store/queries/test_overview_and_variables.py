"""Counts by SQL against the same counts by plain loops over made-up tables."""

import random
import statistics
from datetime import date, timedelta

import pytest

from analysis.base.errors import StoreError
from analysis.measures.variables import Variable
from analysis.store.queries.overview import LONGEST_SHOWN, dataset_overview
from analysis.store.queries.variables import FEWEST_NAMED, variable_summaries
from analysis.store.versions.dataset import new_version
from tests.inserted import insert

VARIABLES = (
    Variable("phq9", "PHQ-9", "session", factor="outcome"),
    Variable("wai", "WAI", "session", factor="alliance"),
    Variable("employed", "Employed", "episode", kind="category", factor="extra-therapeutic"),
)


def tables(seed: int) -> dict[str, list[tuple]]:
    """60 episodes of 40 patients with 1 to 50 sessions and a fifth of all forms missing."""
    rng = random.Random(seed)
    some = lambda value: None if rng.random() < 0.2 else value  # noqa: E731
    episodes, sessions = [], []
    for e in range(60):
        employed = some(rng.choice(["yes", "yes", "no"]) if e > 2 else "rare")
        start = date(2024, 1, 1) + timedelta(days=rng.randrange(300))
        episodes.append((f"e{e}", f"p{e % 40}", f"t{e % 7}", start, None, None, employed))
        for s in range(1, rng.choice([1, 3, 8, 50]) + 1):
            day = start + timedelta(weeks=s)
            sessions.append((f"e{e}", s, day, s / 1.0, some(rng.uniform(0, 27)), some(3.0)))
    rng.shuffle(sessions)
    return {
        "clinic": [("c0",), ("c1",)],
        "therapist": [(f"t{t}", f"c{t % 2}") for t in range(7)],
        "episode": episodes,
        "session": sessions,
    }


def written(data, variables=VARIABLES, main="phq9"):
    with new_version("small") as w:
        w.add_variables(variables)
        w.set_meta("main_outcome", main)
        for table, rows in data.items():
            insert(w.connection, table, rows)
    return w.info


@pytest.mark.parametrize("seed", [1, 2])
def test_overview_equals_plain_loops(store, seed):
    data = tables(seed)
    seen = dataset_overview(written(data))
    by_episode = {}
    for episode, session, *_, phq9, _wai in data["session"]:
        by_episode.setdefault(episode, []).append((session, phq9))
    ordered = [sorted(rows) for rows in by_episode.values()]
    lengths = {}
    for rows in ordered:
        n = min(len(rows), LONGEST_SHOWN)
        lengths[n] = lengths.get(n, 0) + 1
    assert (seen.clinics, seen.therapists, seen.patients) == (2, 7, 40)
    assert (seen.episodes, seen.sessions) == (60, len(data["session"]))
    assert seen.sessions_in_episode == lengths
    assert seen.median_sessions == statistics.median_low(
        [min(len(rows), LONGEST_SHOWN) for rows in ordered]
    )
    assert seen.first_date == min(row[2] for row in data["session"])
    assert seen.last_date == max(row[2] for row in data["session"])
    share = lambda values: sum(v is not None for v in values) / len(values)  # noqa: E731
    assert seen.outcome_filled == pytest.approx(share([v for r in ordered for _, v in r]))
    assert seen.first_filled == pytest.approx(share([r[0][1] for r in ordered]))
    assert seen.last_filled == pytest.approx(share([r[-1][1] for r in ordered]))


@pytest.mark.parametrize("seed", [1, 2])
def test_variables_equal_plain_loops(store, seed):
    data = tables(seed)
    phq9, wai, employed = variable_summaries(written(data))
    values = [row[4] for row in data["session"] if row[4] is not None]
    assert (phq9.rows, phq9.n) == (len(data["session"]), len(values))
    assert phq9.mean == pytest.approx(statistics.fmean(values))
    assert phq9.sd == pytest.approx(statistics.stdev(values))
    assert (phq9.low, phq9.high) == (min(values), max(values))
    assert phq9.missing == pytest.approx(1 - len(values) / len(data["session"]))
    assert wai.sd == pytest.approx(0.0)
    held = [row[6] for row in data["episode"] if row[6] is not None]
    counts = {value: held.count(value) for value in set(held)}
    assert (employed.n, employed.categories) == (len(held), len(counts))
    assert dict(employed.top) == {v: n for v, n in counts.items() if n >= FEWEST_NAMED}
    assert "rare" not in dict(employed.top)


def test_an_empty_dataset_has_zeros_and_no_shares(store):
    info = written({"clinic": [], "therapist": [], "episode": [], "session": []})
    seen = dataset_overview(info)
    assert (seen.episodes, seen.sessions, seen.median_sessions) == (0, 0, None)
    assert (seen.outcome_filled, seen.first_date) == (None, None)
    assert [s.missing for s in variable_summaries(info)] == [None, None, None]


def test_a_dataset_without_an_outcome_is_described_all_the_same(store):
    data = tables(1)
    data["session"] = [row[:4] for row in data["session"]]
    data["episode"] = [row[:6] for row in data["episode"]]
    seen = dataset_overview(written(data, variables=(), main=""))
    assert (seen.outcome, seen.outcome_filled, seen.episodes) == ("", None, 60)


def test_an_outcome_that_is_no_numeric_session_variable_is_refused(store):
    with pytest.raises(StoreError, match="employed"):
        dataset_overview(written(tables(1)), outcome="employed")
