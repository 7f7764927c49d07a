"""What the README promises its users, done as it says."""

import json
import re
from pathlib import Path

import pytest

from analysis.application import cli

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SESSIONS = """\
site,therapist_code,patient_code,session_no,session_date,phq9,wai_bond,support
north,t1,001,1,2024-03-01,14,5.1,3
north,t1,001,2,2024-03-08,12,5.5,3
north,t2,002,1,2024-03-02,28,4.0,2
south,t3,003,1,2024-03-05,9,,4
"""


def test_its_mapping_imports_a_file_and_accounts_for_each_row(store, tmp_path, capsys):
    mapping = re.search(r"```toml\n(.+?)```", README, re.DOTALL)[1]
    (tmp_path / "ourclinic.toml").write_text(mapping, encoding="utf-8")
    (tmp_path / "sessions.csv").write_text(SESSIONS, encoding="utf-8")
    files = [str(tmp_path / "sessions.csv"), "--mapping", str(tmp_path / "ourclinic.toml")]
    assert cli.main(["import", "ourclinic", *files, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    # A PHQ-9 of 28 lies outside the mapping's 0..27.
    assert (report["rows_read"], report["kept"], report["quarantined"]) == (4, 3, 1)
    assert report["tables"]["session"] == 3
    assert cli.main(["import", "ourclinic", *files]) == 0
    out = capsys.readouterr().out
    assert "already" in out and "1" in out and report["quarantine"] in out
    assert cli.main(["datasets"]) == 0
    assert report["version"] in capsys.readouterr().out
    assert cli.main(["delete", "ourclinic"]) == 0
    assert not list(store.rglob("*.duckdb"))


@pytest.mark.parametrize("word", re.findall(r"^\| `… (\w+)", README, re.MULTILINE))
def test_each_command_that_it_names_exists(word, capsys):
    if word == "test":  # the door's own
        return
    assert cli.main([word, "--help"]) == 0
