"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no reason to fail.
settings.register_profile("rapport", deadline=None)
settings.load_profile("rapport")

# What `--quick` leaves out: browsers, servers, pages, and files of tests that take seconds each
# (by the durations of a whole run). The whole decides; the quick part is for while one works.
SLOW = (
    "app/",
    "browser/",
    "attacks/",
    "worlds/",
    "spec/test_clinic_files.py",
    "spec/test_bad_input_cases.py",
    "spec/test_import_cells.py",
    "spec/test_import_exports.py",
    "spec/test_import_files.py",
    "spec/test_import_formats.py",
    "spec/test_import_generated.py",
    "spec/test_import_reframed",
    "spec/test_import_scoring.py",
    "spec/test_import_units.py",
    "spec/test_version_changes.py",
    "unit/application/test_cli.py",
    "unit/application/test_environment.py",
    "unit/application/test_launch.py",
    "unit/base/test_work.py",
    "unit/models/inference/checks/",
    "unit/models/inference/intervals/",
    "unit/models/inference/variance/",
    "unit/models/logistic/",
    "unit/models/panels/",
    "unit/models/resampling/",
    "unit/models/test_identities.py",
    "unit/models/test_invariances.py",
    "unit/models/process/test_mediation.py",
    "unit/models/test_reference.py",
    "unit/models/test_shape.py",
    "unit/questions/",
    "unit/sharing/",
    "unit/store/sources/",
    "unit/presentation/charts/",
    "test_types.py",
    "sharing_attacks/",
    "spec/test_one_reader.py",
    "spec/test_examples.py",
    "spec/test_next_month.py",
    "test_dead_code.py",
    "unit/importing/judging/test_plain_columns.py",
    "unit/store/test_disk_refuses.py",
)
HERE = Path(__file__).parent
# What takes long in one piece begins first, so that no worker is left alone with it at the end.
FIRST = ("test_types.py", "unit/store/sources/registers/test_spark.py", "browser/")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only the part that takes no minute")
    parser.addoption("--every", action="store_true", help="also what is marked as long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = []
    if not config.getoption("--every"):
        left += [i for i in items if i.get_closest_marker("long")]
    if config.getoption("--quick"):
        left += [i for i in items if _place(i).startswith(SLOW)]
    items.sort(key=lambda item: not _place(item).startswith(FIRST))
    if left:
        left = list(dict.fromkeys(left))
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).as_posix()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store for this test alone: RAPPORT_STORE names it until the test ends."""
    folder = tmp_path / "store"
    monkeypatch.setenv("RAPPORT_STORE", str(folder))
    return folder
