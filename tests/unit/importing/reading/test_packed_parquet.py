"""A Parquet file is told by its directory before it is read."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.base.errors import ImportRefused
from analysis.importing.doors import guess_mapping


def test_a_text_packed_a_million_times_is_refused_before_it_is_read(tmp_path, store):
    """2,000,000 times one text of 12,000 letters: 184 kB that would unpack to 24 GB."""
    one, rows = pa.array(["x" * 12_000]), pa.array(np.zeros(2_000_000, dtype=np.int32))
    note = pa.DictionaryArray.from_arrays(rows, one)
    path = tmp_path / "packed.parquet"
    pq.write_table(pa.table({"patient": rows, "note": note}), path, compression="zstd")
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ImportRefused, match="would unpack to some 24 GB"):
        guess_mapping([path])
