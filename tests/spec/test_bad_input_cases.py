"""Each case of bad input through the command; `tests/app/test_import_cases.py` has them by page."""

import json
import re

import pytest

from analysis.application import cli
from analysis.store.versions import catalogue, dataset
from tests.spec.bad_input_cases import CASES as NUMBERED
from tests.spec.bad_input_cases import Case
from tests.spec.tool_cases import TOOLS
from tests.spec.ugly_cases import UGLY

CASES = (*NUMBERED, *UGLY, *TOOLS)


@pytest.fixture(autouse=True)
def own_key(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.importing.meaning.identities.KEY_FILE", tmp_path / "k" / "key")


def contents(case: Case) -> dict[str, bytes]:
    """The case's files, name -> bytes."""
    files = case.content if isinstance(case.content, dict) else {case.name: case.content}
    return {n: c if isinstance(c, bytes) else c.encode() for n, c in files.items()}


def written(case: Case, folder) -> list[str]:
    paths = []
    for name, content in contents(case).items():
        path = folder / name
        path.write_bytes(content)
        paths.append(str(path))
    return paths


def command(capsys, name: str, paths, *options: str) -> tuple[int, dict, str]:
    status = cli.main(["import", name, *paths, *options, "--json"])
    said = capsys.readouterr()
    return status, json.loads(said.out) if said.out else {}, said.err


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.number)
def test_by_command(store, capsys, tmp_path, case):
    paths = written(case, tmp_path)
    status, answer, said = command(capsys, "d", paths)
    assert [q["code"] for q in answer.get("questions", [])] == list(case.asks)
    if case.asks:
        assert status == 2 and not catalogue.datasets()
        options = ["--yes", *(part for a in case.answers for part in ("--answer", a))]
        status, answer, said = command(capsys, "d", paths, *options)
    assert "Traceback" not in said
    if case.refused:
        assert status == 2 and not catalogue.datasets()
        assert re.search(case.refused, said)
        return
    assert status == 0
    assert (answer["kept"], answer["quarantined"]) == (case.kept, case.out)
    refused = 0
    for file in answer["files"]:
        cells = file["cells"]
        assert cells["read"] == sum(n for what, n in cells.items() if what != "read")
        refused += cells["refused"]
    assert case.cells in (0, refused)
    found = [f["evidence"] for f in answer["findings"]]
    assert any(case.says in sentence for sentence in [*answer["warnings"], *found, ""])
    if case.reads:
        query, value = case.reads
        with dataset.open_dataset(catalogue.find("d")) as opened:
            assert opened.cursor().execute(query).fetchone()[0] == value
