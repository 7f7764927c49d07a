"""Each case of bad input through the page: what it asks, says and lands is what the command does.

The work runs in this process and at once: that it runs elsewhere is the subject of other tests. One
session takes all the files one after the other, so that whatever stays of one shows with the next.
Each fifth case runs by default, the others with `--every`.
"""

import re

import pytest

from analysis.base.background import work
from analysis.base.background.jobs import Job
from analysis.base.errors import RapportError
from analysis.importing import child
from analysis.store.versions import catalogue, dataset
from tests.app.open_page import opened, texts
from tests.spec.test_bad_input_cases import CASES, contents
from tests.spec.test_clinic_files import FILES, as_case

ROUNDS = 6  # of questions; a question may follow from an answer


@pytest.fixture(autouse=True)
def at_once(monkeypatch, tmp_path):
    def submit(function, *arguments, progress=True, **_):
        job = Job(None, (), False, True, "", 900)
        try:
            job.end(function(*arguments, **({"progress": lambda *stage: None} if progress else {})))
        except RapportError as error:
            job.end(error=error)
        return job

    monkeypatch.setattr(work, "submit", submit)
    monkeypatch.setattr(child, "_in_child", lambda function, given, *limits: function(*given))
    monkeypatch.setattr("analysis.importing.meaning.identities.KEY_FILE", tmp_path / "k" / "key")


def press(at, label):
    button = next((b for b in at.button if b.label == label), None)
    assert button is not None, texts(at)
    return button.click().run()


@pytest.fixture(scope="module")
def session(module_store):
    return opened("import")


@pytest.fixture
def page(session):
    yield session
    for info in catalogue.datasets():
        catalogue.delete(info.name)


EACH = [
    pytest.param(case, id=case.number, marks=[pytest.mark.long] if i % 5 else [])
    for i, case in enumerate((*CASES, *map(as_case, FILES)))
]


@pytest.mark.parametrize("case", EACH)
def test_by_page(page, case):
    at = page
    files = [(name, content, "") for name, content in contents(case).items()]
    at.file_uploader[0].set_value(files)
    at.run()
    told, asked = dict(a.split("=") for a in case.answers), []
    if not at.warning:
        at = press(at, "Import")
    for _ in range(ROUNDS):
        questions = [r for r in at.radio if (r.key or "").startswith("answer ")]
        if not questions:
            break
        assert not catalogue.datasets()
        for radio in questions:
            code = radio.key.removeprefix("answer ")
            asked.append(code)
            if choice := told.get(code.split(":")[0]):
                radio.set_value(choice)
            assert radio.value, f"nothing is recommended for {code}, and the case tells nothing"
        at = press(at, "Go on with these answers")
    assert not at.exception and not at.error
    said = texts(at)
    if case.refused:
        assert re.search(case.refused, said) and "Next: " in said
        assert not catalogue.datasets()
        return
    assert set(asked) == set(case.asks) and len(asked) == len(set(asked))  # each once
    assert "Imported: " in said
    if case.kept is not None:
        read = case.kept + case.out
        assert f"{read} rows read = {case.kept} kept + {case.out} set aside." in said
    spotless = bool(at.success)
    assert spotless or case.out or case.cells or "\u2022" in said
    (info,) = catalogue.datasets()
    if case.reads:
        query, value = case.reads
        with dataset.open_dataset(info) as landed:
            assert landed.cursor().execute(query).fetchone()[0] == value
