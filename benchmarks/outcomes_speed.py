"""How long does the Outcomes page take after a change of filter on 100,000 treatments?

The page runs in Streamlit's own test harness: the script, the queries, the charts' specifications
and every element are made as for a browser, which then paints them. Each change is a selection
that was not asked before. Medians; run from the repository's root:

    python -m benchmarks.outcomes_speed
    python -m benchmarks.outcomes_speed --episodes 1000000
"""

import argparse
import logging
import os
import tempfile
import time
from statistics import median

LIMIT = 1.0  # seconds, issue 4


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--episodes", type=int, default=100_000)
    episodes = options.parse_args().episodes
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RAPPORT_STORE"] = folder
        measure(episodes)


def measure(episodes: int) -> None:
    """Prints seconds on the clock and of the processor: cold, then by kind of change."""
    from analysis.demo import make_demo
    from tests.app.open_page import opened

    make_demo(episodes=episodes)
    began = time.perf_counter()
    at = opened("outcomes")
    print(f"first view of {episodes:,} treatments: {time.perf_counter() - began:.2f} s")
    clinics = at.multiselect(key="clinics").options
    periods = at.selectbox(key="from").options[2:8]
    changes = {
        "clinics": [("multiselect", "clinics", clinics[i : i + 40]) for i in range(0, 240, 40)],
        "from": [("selectbox", "from", period) for period in periods],
        "models": [("multiselect", "models", [m]) for m in at.multiselect(key="models").options],
    }
    print(f"{'change of':12}{'seconds':>9}{'(CPU)':>9}   limit {LIMIT:.1f}")
    for name, asked in changes.items():
        wall, busy = zip(*(seconds(at, *one) for one in asked), strict=True)
        over = "  over" if median(wall) > LIMIT else ""
        print(f"{name:12}{median(wall):9.2f}{median(busy):9.2f}{over}")
        getattr(at, asked[0][0])(key=asked[0][1]).set_value([] if name != "from" else "").run()


def seconds(at, kind: str, key: str, value) -> tuple[float, float]:
    """Seconds on the clock, and of the processor: on a busy machine the first is the larger."""
    wall, busy = time.perf_counter(), time.process_time()
    getattr(at, kind)(key=key).set_value(value).run()
    return time.perf_counter() - wall, time.process_time() - busy


if __name__ == "__main__":
    main()
