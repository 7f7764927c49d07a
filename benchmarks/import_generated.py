"""Thousands of generated files through the import: none crashes, all add up, all read back equal.

python -m benchmarks.import_generated [FILES] [FIRST SEED]     # 2,000 files: some 25 minutes
"""

import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path


def main(count: int = 2000, first: int = 1000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RAPPORT_STORE"] = str(Path(folder) / "store")
        from analysis.store.versions import catalogue
        from tests.generated_files import made
        from tests.spec.test_import_generated import check

        begun, outcomes, wrong = time.monotonic(), Counter(), []
        for seed in range(first, first + count):
            file = made(seed)
            try:
                became = "landed" if check(file, Path(folder)) else "refused in words"
            except Exception as error:
                became = "WRONG"
                wrong.append(f"seed {seed}: {type(error).__name__} {str(error)[:200]}")
                print(wrong[-1], flush=True)
            outcomes[file.kind, file.shape, became] += 1
            if seed % 4 and catalogue.datasets():  # each fourth file follows an unlike one
                catalogue.delete("made")
    for (kind, shape, became), files in sorted(outcomes.items()):
        print(f"{kind:8} {shape:9} {became:17} {files:5}")
    print(f"{count} files, {time.monotonic() - begun:.0f} s, {len(wrong)} wrong", *wrong, sep="\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
