"""Each case of bad input through the command and through what the page does: the same answer."""

import json
import re

import pytest

from analysis.application import cli
from analysis.base.errors import ImportRefused
from analysis.importing import doors as importing
from analysis.importing.files_to_version import import_answered
from analysis.store.versions import catalogue, dataset
from tests.spec.bad_input_cases import CASES as NUMBERED
from tests.spec.bad_input_cases import Case
from tests.spec.ugly_cases import UGLY

CASES = (*NUMBERED, *UGLY)


@pytest.fixture(autouse=True)
def own_key(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.importing.meaning.identities.KEY_FILE", tmp_path / "k" / "key")


def written(case: Case, folder) -> list[str]:
    files = case.content if isinstance(case.content, dict) else {case.name: case.content}
    paths = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.number)
def test_as_the_page_does(store, tmp_path, case):
    """The page guesses, shows, asks and imports: two calls, with the answers so far."""
    paths = written(case, tmp_path)
    given: dict[str, str] = {}
    told = dict(a.split("=") for a in case.answers)
    for _ in range(4):
        answers = importing.Answers(tuple(given.items()), "ask")
        try:
            mapping = importing.guess_mapping(paths, answers)
            report = import_answered("d", paths, mapping, None, answers)
        except importing.QuestionsOpen as asked:
            assert {q.code for q in asked.questions} <= set(case.asks)
            for question in asked.questions:
                kind = question.code.split(":")[0]
                given[question.code] = told.get(kind) or question.recommended
                assert given[question.code]
            continue
        except ImportRefused as error:
            assert case.refused and re.search(case.refused, str(error))
            assert error.next_step
            return
        break
    assert not case.refused
    assert (report.kept, report.quarantined) == (case.kept, case.out)
    assert set(given) == set(case.asks)
