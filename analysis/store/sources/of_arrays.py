"""Columns computed in memory as a relation to fit, like a file's."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import numpy as np
import pyarrow as pa

from analysis.store.sources.relation import Source, text_of
from analysis.store.versions.hardened import memory_connection
from analysis.store.versions.naming import quoted


def as_arrow(values: np.ndarray) -> pa.Array:
    """Numbers (n,) as they are; not by pa.array, which loads pandas for a third of a second."""
    kind = pa.from_numpy_dtype(values.dtype)
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [None, data])


@contextmanager
def array_source(columns: dict[str, np.ndarray], name: str = "") -> Iterator[Source]:
    """A Source over `columns`, all of one length: floats are numbers (NaN is missing), whole
    numbers are categories (-1 is missing). name: of what they were computed from."""
    kinds = {n: "number" if v.dtype.kind == "f" else "category" for n, v in columns.items()}
    missing = {n: ~np.isfinite(v) if kinds[n] == "number" else v < 0 for n, v in columns.items()}
    table = pa.table({n: pa.array(v, mask=missing[n]) for n, v in columns.items()})
    with closing(memory_connection()) as connection:
        connection.register("computed", table)
        connection.execute("CREATE TEMP TABLE raw AS SELECT * FROM computed")
        yield Source(
            connection,
            "raw",
            kinds,
            {n: quoted(n) for n in columns if kinds[n] == "number"},
            {n: text_of(quoted(n), kinds[n]) for n in columns},
            name,
        )
