"""Generated files: cells add up, nothing crashes, what landed reads back as it was meant.

`python -m benchmarks.import_generated` does it for 2,000 files of all formats.
"""

import pytest

from analysis.base.errors import RapportError
from analysis.importing import doors as importing
from analysis.store.versions import catalogue, dataset
from tests.generated_files import KINDS, QUICK, Made, made

# Which answers a file's reader would give: what is recommended, and what has no recommendation.
GIVEN = {
    "existing": "replace",
    "much-refused": "land",
    "nothing-lands": "land",
    "date-order": "dmy",
    "missing-codes": "missing",
}
ANSWERS = importing.Answers(tuple(GIVEN.items()), "yes")


def check(file: Made, folder) -> importing.ImportReport | None:
    """Imports the file and holds what landed to its truth; None where it was refused in words."""
    path = folder / file.name
    path.write_bytes(file.content)
    try:
        report = importing.import_by_command("made", [path], None, ANSWERS)
    except RapportError as error:
        assert "could not be judged" not in str(error) and "does not come out" not in str(error)
        assert file.dirty, f"a clean file was refused: {error}"
        return None
    finally:
        path.unlink()
    for counted in report.files:
        cells = dict(counted.cells)
        assert cells["read"] == sum(n for what, n in cells.items() if what != "read")
        assert counted.rows_read == counted.kept + counted.quarantined
    with dataset.open_dataset(catalogue.find("made", report.version)) as opened:
        rows = opened.cursor().execute(
            "SELECT patient, session, phq9 FROM session JOIN episode USING (episode)"
        )
        landed = {(p, s): score for p, s, score in rows.fetchall() if score is not None}
    assert {key: landed.get(key) for key in file.truth} == file.truth
    assert len(landed) <= len(file.truth) + file.dirty
    return report


@pytest.mark.parametrize("seed", range(10))
def test_a_generated_file(store, tmp_path, seed):
    check(made(seed, QUICK), tmp_path)


@pytest.mark.parametrize("kind", KINDS[len(QUICK) :])
def test_a_generated_file_of_another_program(store, tmp_path, kind):
    check(made(3, (kind,)), tmp_path)
