"""The labels in and over the partition's bar, by the chart's own geometry."""

import json
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.presentation.charts.partition import partition
from analysis.questions.partition.result import Unexplained
from tests.attackers.charts import chart_rows
from tests.sample_partition import sample

P = sample()


@settings(max_examples=25)
@given(
    st.lists(st.floats(-0.02, 0.2), min_size=4, max_size=4),
    st.floats(0, 0.3),
    st.lists(st.floats(0, 0.5), min_size=2, max_size=2),
)
@example([-0.002, 0.03, 0.03, 0.001], 0.09, [0.01, 0.5])
@example([0.104, 0.106, 0.03, 0.103], 0.105, [0.102, 0.3])
def test_no_label_in_or_over_the_bar_stands_on_another(shares, before, rest):
    """On a phone, where the bar is 320 px wide; negative and small shares among them."""
    blocks = tuple(
        replace(b, share=s, low=s - 0.001, high=s + 0.001)
        for b, s in zip(P.blocks, shares, strict=True)
    )
    left = (Unexplained("clinic", rest[0]), Unexplained("patient", rest[1]))
    adjusted = replace(P.adjusted_for, share=before)
    spec = partition.partition_bar(
        replace(P, blocks=blocks, unexplained=left, adjusted_for=adjusted)
    ).to_dict()
    rows = list({json.dumps(row): row for row in chart_rows(spec)}.values())
    over = [row for row in rows if "at_end" in row]
    inside = [row for row in rows if row.get("inside")]
    boxes = [boxed(row["stop"] if row["at_end"] else row["start"], row) for row in over]
    check_apart([(a - wide, a) if end else (a, a + wide) for a, wide, end in boxes])
    widths = [len(row["inside"]) * 7.2 / 320 for row in inside]
    check_apart(
        [(r["middle"] - w / 2, r["middle"] + w / 2) for r, w in zip(inside, widths, strict=True)]
    )


def boxed(at: float, row: dict) -> tuple[float, float, bool]:
    return at, len(row["label"]) * 6.4 / 320, row["at_end"]


def check_apart(boxes: list[tuple[float, float]]) -> None:
    for (_, left), (right, _) in zip(sorted(boxes), sorted(boxes)[1:], strict=False):
        assert left <= right + 0.005, "labels on each other"
