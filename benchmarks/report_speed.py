"""How long does a report with 8 charts and 10 tables take in each format, and how large is it?

Each run writes a report whose charts are new to the process: what is drawn is drawn in that run.
`alone` has each format draw its own pictures; `together` writes the four one after the other, as
a download of all does, each picture drawn once. The first report of the process, which starts the
engines (Vega in V8, typst's fonts), stands apart. Medians; run from the repository's root:

    python -m benchmarks.report_speed            # some ten seconds
    python -m benchmarks.report_speed --runs 20
"""

import argparse
import time
from dataclasses import replace
from itertools import count
from statistics import median

from analysis.sharing.writing.document import Chart, Document
from analysis.sharing.writing.writers import FORMATS, render
from tests.sample_document import report

LIMITS = {"html": 3.0, "pdf": 1.0, "docx": 0.5, "xlsx": 0.5}  # seconds, after the first
MOST_BYTES = {"html": 1_500_000}
_NUMBERS = count()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--runs", type=int, default=7)
    runs = options.parse_args().runs
    first = {kind: seconds(kind, new_report())[0] for kind in FORMATS}
    alone = {kind: [seconds(kind, new_report()) for _ in range(runs)] for kind in FORMATS}
    reports = [new_report() for _ in range(runs)]
    together = [{kind: seconds(kind, one)[0] for kind in FORMATS} for one in reports]
    print("seconds  first   alone  (CPU)   together   limit      kB")
    for kind in FORMATS:
        wall, busy = (median(part) for part in zip(*alone[kind], strict=True))
        size = len(render(reports[0], kind))
        over = wall > LIMITS[kind] or size > MOST_BYTES.get(kind, size)
        print(
            f"{kind:8}{first[kind]:6.2f}{wall:8.3f}{busy:8.3f}"
            f"{median(run[kind] for run in together):10.3f}{LIMITS[kind]:8.1f}{size / 1000:8.0f}"
            f"{'  over' if over else ''}"
        )


def seconds(kind: str, document: Document) -> tuple[float, float]:
    """Seconds on the clock, and of the processor: on a busy machine the first is the larger."""
    wall, busy = time.perf_counter(), time.process_time()
    render(document, kind)
    return time.perf_counter() - wall, time.process_time() - busy


def new_report() -> Document:
    """A report of 8 charts and 10 tables (and the two of its charts) that was never drawn."""
    document = report(charts=8, tables=10)
    sections = tuple(
        replace(section, blocks=tuple(map(_new_chart, section.blocks)))
        for section in document.sections
    )
    return replace(document, sections=sections, subtitle=f"Run {next(_NUMBERS)}")


def _new_chart(block):
    if not isinstance(block, Chart):
        return block
    return replace(block, spec=block.spec | {"name": f"chart_{next(_NUMBERS)}"})


if __name__ == "__main__":
    main()
