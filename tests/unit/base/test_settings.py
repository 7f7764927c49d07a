"""Settings: read once, a wrong one is a sentence, and two users are served side by side."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analysis.application import cli
from analysis.base.errors import RapportError, RequestError
from analysis.base.settings import OWN_STORE, Settings, of_process, settings_of
from analysis.demo import make_demo
from analysis.questions import datasets
from analysis.questions.lab.effects import fit_formula
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import outcomes
from analysis.store.place import Store


def test_without_variables_everything_has_its_usual_value():
    assert settings_of({}) == Settings(store=OWN_STORE) == Settings()
    assert settings_of({"RAPPORT_STORE": " ", "RAPPORT_DEBUG": "0", "HOME": "/x"}) == Settings()


def test_each_variable_is_read(tmp_path):
    given = {
        "RAPPORT_STORE": str(tmp_path),
        "RAPPORT_DEBUG": "1",
        "RAPPORT_THERAPIST_NAMES": "Show",
        "RAPPORT_REGISTERS": "names.toml",
        "RAPPORT_REGISTER_NORTH": "postgres://reader:secret@host/care",
    }
    found = settings_of(given)
    assert (found.store, found.debug, found.therapist_names) == (tmp_path, True, True)
    assert str(found.registers) == "names.toml"
    assert found.addresses == (("NORTH", "postgres://reader:secret@host/care"),)
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RAPPORT_DEBUG", "maybe", "no such value"),
        ("RAPPORT_THERAPIST_NAMES", "codes", "show"),
        ("RAPPORT_STROE", "here", "did you mean 'STORE'"),
        ("RAPPORT_STORE", __file__, "not a folder"),
        ("RAPPORT_STORE", f"{__file__}/below", "not a folder"),
    ],
)
def test_a_wrong_setting_is_a_sentence(name, value, said, monkeypatch, capsys):
    with pytest.raises(RequestError, match=said):
        settings_of({name: value})
    monkeypatch.setenv(name, value)
    assert cli.main(["datasets"]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == 1 and name in shown.err


def test_a_setting_of_another_program_is_left_alone():
    assert settings_of({"RAPPORT_QUARTZ_PORT": "1"}) == Settings()


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Two stores with a dataset of the same name; the process's own would be refused."""
    monkeypatch.setenv("RAPPORT_STORE", __file__)
    with pytest.raises(RapportError):
        of_process()
    stores = Store(tmp_path / "north"), Store(tmp_path / "south")
    infos = [make_demo("ours", 60 + i, seed=i, store=s) for i, s in enumerate(stores)]
    return stores, infos


def test_two_users_are_answered_from_their_own_store_at_once(two):
    stores, infos = two

    def asked(store: Store) -> tuple:
        found = datasets.datasets(store)
        question = OutcomeQuestion("ours", store=store)
        fit = fit_formula("phq9 ~ session + (1 | patient)", "ours", df="none", store=store)
        return [i.version for i in found], outcomes(question).version, fit.groups["patient"]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(asked, stores * 3))
    assert answers == [asked(s) for s in stores] * 3
    assert [a[:2] for a in answers[:2]] == [([i.version], i.version) for i in infos]
    assert answers[0][2] != answers[1][2]


def test_what_one_user_deletes_stays_with_the_other(two):
    (north, south), infos = two
    datasets.delete("ours", north)
    assert datasets.datasets(north) == ()
    assert datasets.datasets(south) == (infos[1],)
    with pytest.raises(RapportError, match="no dataset of this name"):
        datasets.about("ours", infos[1].version, north)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can make")
@pytest.mark.parametrize("command", [["demo", "--episodes", "60"], ["import", "ours", "rows.csv"]])
def test_a_store_that_cannot_be_made_is_a_sentence(command, monkeypatch, tmp_path, capsys):
    (tmp_path / "rows.csv").write_text("patient,session,phq9\na,1,5\na,2,4\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAPPORT_STORE", "/proc/nobody/store")
    assert cli.main(command) == 2
    said = capsys.readouterr().err
    assert "could not be written" in said and len(said.splitlines()) == 1
