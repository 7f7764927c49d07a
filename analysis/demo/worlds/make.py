"""Writes a further world: synthetic, said so, with its truth stored beside it."""

import numpy as np
import pyarrow as pa

from analysis.base.errors import RequestError
from analysis.demo.dictionary import VARIABLES
from analysis.demo.worlds import both_ways, ruptures
from analysis.demo.worlds.both_ways import Drawn
from analysis.demo.worlds.people import FORMS_MISSING
from analysis.measures.variables import Variable
from analysis.store.place import Store
from analysis.store.versions import dataset
from analysis.store.versions.catalogue import DatasetInfo

WORLDS = {"both-ways": both_ways.draw, "ruptures": ruptures.draw}
FEWEST, MOST = 100, 200_000
FIRST_DAY = np.datetime64("2022-01-03")


def make_world(
    world: str, name: str = "", treatments: int = 1500, seed: int = 1, store: Store | None = None
) -> DatasetInfo:
    """Writes the dataset 'demo-both-ways' or 'demo-ruptures' (or `name`); same arguments, same
    version. RequestError for a world that there is not or a size out of range."""
    if world not in WORLDS:
        raise RequestError(f"There is no world '{world}'", allowed=", ".join(WORLDS))
    if not FEWEST <= treatments <= MOST:
        raise RequestError(
            "This world cannot have that many treatments", allowed=f"{FEWEST:,} to {MOST:,}"
        )
    rng = np.random.default_rng((seed, list(WORLDS).index(world)))
    drawn = WORLDS[world](rng, treatments)
    with dataset.new_version(name or f"demo-{world}", store) as writer:
        writer.add_variables(_variables(drawn))
        writer.set_meta("synthetic", True)
        writer.set_meta("main_outcome", "phq9")
        writer.set_meta("seed", seed)
        writer.set_meta("truth", drawn.truth)
        writer.set_meta("sources", [f"synthetic: the world '{world}', docs/demo.md"])
        for unit, table in _tables(rng, drawn).items():
            listed = ", ".join(f'"{c}"' for c in table.column_names)
            writer.connection.register("world_rows", table)
            writer.connection.execute(
                f"INSERT INTO {unit} ({listed}) SELECT {listed} FROM world_rows"
            )
            writer.connection.unregister("world_rows")
    return writer.sealed


def _variables(drawn: Drawn) -> tuple[Variable, ...]:
    return tuple(v for v in VARIABLES if v.name in drawn.columns)


def _tables(rng, drawn: Drawn) -> dict[str, pa.Table]:
    people, n = drawn.people, len(drawn.attended)
    clinics = [f"C{k + 1:03d}" for k in range(people.clinics)]
    therapists = [f"T{k + 1:05d}" for k in range(people.therapists)]
    episodes = [f"E{k + 1:07d}" for k in range(n)]
    start = FIRST_DAY + 7 * rng.integers(0, 120, n)
    ending = np.where(drawn.unplanned, "unplanned", "planned")
    return {
        "clinic": pa.table({"clinic": clinics}),
        "therapist": pa.table(
            {"therapist": therapists, "clinic": [clinics[c] for c in people.clinic]}
        ),
        "episode": pa.table(
            {
                "episode": episodes,
                "patient": [f"P{k + 1:07d}" for k in range(n)],
                "therapist": [therapists[k] for k in people.therapist],
                "started": pa.array(start),
                "ended": pa.array(start + 7 * (drawn.attended - 1)),
                "ending": pa.array(ending.tolist()),
            }
        ),
        "session": _sessions(rng, drawn, episodes, start),
    }


def _sessions(rng, drawn: Drawn, episodes: list[str], start: np.ndarray) -> pa.Table:
    longest = next(iter(drawn.columns.values())).shape[1]
    row, column = np.nonzero(np.arange(longest) < drawn.attended[:, None])
    missing = (rng.random(len(row)) < FORMS_MISSING) & (column > 0)
    columns = {
        "episode": pa.array(episodes).take(pa.array(row)),
        "session": (column + 1).astype(np.int32),
        "date": pa.array(start[row] + 7 * column),
        "weeks_since_intake": column.astype(float),
    }
    for name, table in drawn.columns.items():
        columns[name] = pa.array(table[row, column], mask=missing & (name != "phq9"))
    return pa.table(columns)
