"""The ledger: D10, D11, D12, several writers at once, and what is left on the disk."""

import sqlite3
import stat

import pytest

from analysis.base.background.processes import FreshContext
from analysis.base.errors import ExportRefused, StoreError
from analysis.sharing.ledger import keeping, ledger
from analysis.sharing.ledger.sketch import powers, sketch


def cell(folder, patients, kind="phq9 · mean", who="all clinics"):
    of_each = powers(sorted(map(str, patients)), keeping.secret(folder))
    return ledger.Cell(kind, who, sketch(of_each))


def share(folder, patients, **named):
    ledger.admit(folder, [cell(folder, patients, **named)], "0123456789ab", {"period": "all"})


def exports(folder) -> int:
    with sqlite3.connect(folder / keeping.FILE) as found:
        return found.execute("SELECT count(*) FROM export").fetchone()[0]


def test_d11_a_mean_without_one_patient_is_refused(tmp_path):
    share(tmp_path, range(12))
    with pytest.raises(ExportRefused) as refused:
        share(tmp_path, range(11))
    assert "phq9 · mean, all clinics" in str(refused.value)
    assert exports(tmp_path) == 1


def test_d12_may_and_june(tmp_path):
    share(tmp_path, range(57))
    with pytest.raises(ExportRefused):
        share(tmp_path, range(58))
    share(tmp_path, range(57 + 8))  # eight more have finished
    share(tmp_path, range(57))  # May again: the same file may be made again


def test_d10_all_and_men(tmp_path):
    share(tmp_path, range(20))
    with pytest.raises(ExportRefused) as refused:
        share(tmp_path, range(19), who="men")
    assert "men" in str(refused.value) and "1 to 7" in str(refused.value)


def test_one_out_and_one_in_is_a_difference_of_two(tmp_path):
    share(tmp_path, range(40))
    with pytest.raises(ExportRefused):
        share(tmp_path, range(1, 41))


def test_another_kind_of_figure_is_not_compared(tmp_path):
    share(tmp_path, range(40))
    share(tmp_path, range(39), kind="phq9 · recovered")


def test_one_bad_cell_keeps_the_whole_export_out(tmp_path):
    share(tmp_path, range(40))
    cells = [cell(tmp_path, range(100, 130)), cell(tmp_path, range(41))]
    with pytest.raises(ExportRefused):
        ledger.check(tmp_path, cells, "0123456789ab")
    with pytest.raises(ExportRefused):
        ledger.admit(tmp_path, cells, "0123456789ab", {})
    share(tmp_path, range(100, 131))  # the first of the two cells left no trace


def test_the_same_report_can_be_made_again_and_with_more_sections(tmp_path):
    """One clinic holds nearly everybody: the report's own tables hide the other one."""
    everybody, most = cell(tmp_path, range(60)), cell(tmp_path, range(55), who="clinic A")
    for cells in ([everybody, most], [everybody, most], [most], [everybody]):
        ledger.admit(tmp_path, cells, "0123456789ab", {})
    other = tmp_path / "other"
    other.mkdir()
    first, second = cell(other, range(60)), cell(other, range(55), who="clinic A")
    ledger.admit(other, [first], "0123456789ab", {})
    ledger.admit(other, [first, second], "0123456789ab", {})
    with pytest.raises(ExportRefused):
        ledger.admit(other, [cell(other, range(54))], "0123456789ab", {})


def test_the_file_is_private_and_holds_no_patient(tmp_path):
    share(tmp_path, [f"patient-{i}" for i in range(30)])
    path = tmp_path / keeping.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"patient-" not in path.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == [keeping.FILE]


def test_a_ledger_that_cannot_be_read_lets_nothing_out(tmp_path):
    (tmp_path / keeping.FILE).write_bytes(b"not a ledger at all" * 100)
    with pytest.raises(StoreError, match="nothing is shared"):
        share(tmp_path, range(20))
    with pytest.raises(StoreError, match="nothing is shared"):
        keeping.secret(tmp_path / "not there")


def _try(folder, last):
    try:
        share(folder, range(last))
    except ExportRefused:
        return 0
    return 1


def test_of_several_exports_at_once_that_lie_too_near_one_passes(tmp_path):
    keeping.secret(tmp_path)
    # A plain spawn would first run what is the main module now: a page, after a page's test.
    with FreshContext().Pool(2) as pool:
        passed = pool.starmap(_try, [(tmp_path, 50 + i) for i in range(6)])
    assert sum(passed) == 1 == exports(tmp_path)
