"""JSON that any parser reads, and tables of a terminal."""

import json
import math
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.application.printing.as_json import dumps, plain
from analysis.application.printing.as_text import table


def test_json_of_numpy_numbers_paths_and_tuples():
    answer = {
        "a": np.float64("nan"),
        "b": np.array([1.5, -np.inf]),
        "c": (np.int64(3),),
        4: Path("x"),
    }
    assert json.loads(dumps(answer)) == {"a": None, "b": [1.5, None], "c": [3], "4": "x"}
    assert plain(np.bool_(True)) is True


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_never_holds_what_json_does_not_know(value):
    def refuse(word):
        raise AssertionError(word)

    json.loads(dumps({"value": value}), parse_constant=refuse)


def test_table_aligns_numbers_right_and_shows_missing_as_a_dash():
    assert table(("term", "estimate"), [("a", 1.0), ("bond", math.nan), ("c", -12.25)]) == (
        "term  estimate\na       1.0000\nbond         -\nc     -12.2500"
    )
