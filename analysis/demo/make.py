"""Writes a demo dataset: synthetic, said so, with its truth stored beside it."""

from analysis.base.errors import RequestError
from analysis.demo.dictionary import VARIABLES
from analysis.demo.drawing.effects import DEFAULT, Effects
from analysis.demo.drawing.truth import calibrate
from analysis.demo.generate import chunks
from analysis.demo.tables import Written, chunk_tables
from analysis.store.place import Store
from analysis.store.versions import dataset
from analysis.store.versions.catalogue import DatasetInfo

FEWEST, MOST = 50, 5_000_000


def make_demo(
    name: str = "demo",
    episodes: int = 3000,
    seed: int = 1,
    effects: Effects = DEFAULT,
    store: Store | None = None,
) -> DatasetInfo:
    """Writes a synthetic dataset of that many episodes and returns what the store says of it.

    episodes: 50 to 5,000,000; 3,000 give 20 clinics, 150 therapists and about 29,000 sessions.
    seed: 0 or more; the same seed, episodes and effects give the same version.
    effects: the shares that the generating model has. store: where it shall lie, None for this
    process's own.
    meta: `synthetic` true, `main_outcome` 'phq9', `seed`, `truth` (see Model.truth).
    RequestError for numbers out of range or shares that no model has; StoreError for a name
    that cannot be one, or a disk that refuses.
    """
    _check(episodes, seed)
    model = calibrate(effects)
    with dataset.new_version(name, store) as writer:
        writer.add_variables(VARIABLES)
        writer.set_meta("synthetic", True)
        writer.set_meta("main_outcome", "phq9")
        writer.set_meta("seed", seed)
        writer.set_meta("truth", model.truth())
        writer.set_meta("sources", ["synthetic: the demo's generating model, docs/demo.md"])
        written = Written()
        for chunk in chunks(model, episodes, seed):
            tables, written = chunk_tables(chunk, written)
            for unit, table in tables.items():
                _insert(writer.connection, unit, table)
    return writer.sealed


def _check(episodes: int, seed: int) -> None:
    if not FEWEST <= episodes <= MOST:
        raise RequestError(
            "The demo cannot have that many episodes",
            where="episodes",
            allowed=f"{FEWEST:,} to {MOST:,}",
            next_step="choose a number in that range; 3,000 is the usual one",
        )
    if seed < 0:
        raise RequestError("A seed cannot be negative", where="seed", allowed="0 or more")


def _insert(connection, unit: str, table) -> None:
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    connection.register("demo_chunk", table)
    try:
        connection.execute(f"INSERT INTO {unit} ({columns}) SELECT {columns} FROM demo_chunk")
    finally:
        connection.unregister("demo_chunk")
