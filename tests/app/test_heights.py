"""The height that is kept free for a chart is about the one that it is then drawn with."""

import pytest

from analysis.presentation.charts import counts, effects
from analysis.presentation.charts.partition import partition, partition_levels
from analysis.presentation.charts.theme import LIGHT
from analysis.presentation.pictures import svg
from pages._app.frame import heights
from pages._app.frame.heights import reserved
from tests.sample_partition import sample

ROWS = [
    dict(label=f"Predictor {k}", part="overall", factor="alliance", estimate=k / 10, low=0.0)
    | dict(high=1.0, shown="")
    for k in range(12)
]
CHARTS = (
    partition.partition_bar(sample(), LIGHT),
    partition.shares_chart(sample(), LIGHT),
    partition_levels.levels_chart(sample(), LIGHT),
    effects.forest(ROWS, "Points", LIGHT),
    counts.sessions_histogram({k: 5 for k in range(1, 20)}, LIGHT),
)


@pytest.mark.parametrize("chart", CHARTS, ids=range(len(CHARTS)))
def test_room_is_kept_for_a_chart(chart):
    spec = chart.to_dict()
    if isinstance(spec["height"], int):  # Streamlit fits the whole picture into it
        assert reserved(spec) == spec["height"]
        return
    drawn = float(svg(spec).split('height="')[1].split('"')[0])
    # Short by less than two lines of text, and never a gap that a reader would see.
    assert -40 <= reserved(spec) - drawn <= 20


@pytest.mark.parametrize("pixels", [0, 1, 199, 430, 99_999])
def test_each_height_that_is_kept_has_its_rule(pixels):
    step = heights.key(pixels, "x").removesuffix("x")
    assert f'[class*="st-key-{step}"]' in heights.rules()
