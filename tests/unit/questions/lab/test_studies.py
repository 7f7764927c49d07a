"""Studies: kept, found, renamed, refused on other data; models side by side as R would compare."""

import pytest

from analysis.base.errors import RequestError, StoreError
from analysis.questions.lab.answer import fit
from analysis.questions.lab.inference import compared
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.studies import keeping
from analysis.questions.lab.studies.side_by_side import side_by_side
from analysis.questions.lab.studies.study import Member, Study, study_of, study_text
from tests.unit.models.nested import nested_table

ONE = Member("phq9 ~ session + (1 | patient)")
TWO = Member("phq9 ~ session + (session | patient)", method="ML", label="courses differ")


@pytest.fixture
def demo(tmp_path, monkeypatch):
    from analysis.demo import make_demo

    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path))
    make_demo(episodes=60)
    return tmp_path


def test_a_study_comes_back_as_it_was_kept(demo):
    kept = keeping.add("first", ONE, "demo", "")
    kept = keeping.add("first", TWO, "demo", "")
    assert keeping.find("first") == kept and kept.models == (ONE, TWO)
    (file,) = (demo / ".studies").glob("*.toml")
    assert file.name == f"first.demo.{kept.version}.toml"
    assert file.stat().st_mode & 0o077 == 0
    assert study_of("first", study_text(kept)) == kept
    assert dict(kept.variables) == {
        "patient": "episode category",
        "phq9": "session number",
        "session": "session number",
    }
    assert keeping.add("first", ONE, "demo", "").models == (TWO, ONE)  # once, and last


def test_rename_and_delete(demo):
    keeping.add("first", ONE, "demo", "")
    keeping.add("second", TWO, "demo", "")
    with pytest.raises(StoreError, match="a study 'second' already"):
        keeping.rename("first", "second")
    assert keeping.rename("first", "third").models == (ONE,)
    assert [s.name for s in keeping.studies()] == ["second", "third"]
    keeping.delete("second")
    with pytest.raises(StoreError, match="no study 'secnd'"):
        keeping.find("secnd")
    assert [s.name for s in keeping.studies(dataset="other")] == []


def test_other_data_are_refused_with_what_differs(demo):
    from analysis.demo import make_demo

    old = keeping.add("first", ONE, "demo", "")
    make_demo(episodes=80)
    with pytest.raises(StoreError, match=r"60 rows of episode then, 80 here"):
        keeping.add("first", TWO, "demo", "")
    assert keeping.checked_data(old) == old
    with pytest.raises(StoreError, match="of other data"):
        new = next(i for i in _versions() if i != old.version)
        keeping.checked_data(old, new)


def _versions():
    from analysis.questions.datasets import versions

    return [i.version for i in versions("demo")]


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("../demo", StoreError, "cannot be the name"),
        ("First", StoreError, "cannot be the name"),
        ("a.b", StoreError, "cannot be the name"),
    ],
)
def test_a_name_is_no_path(demo, name, error, said):
    with pytest.raises(error, match=said):
        keeping.add(name, ONE, "demo", "")


@pytest.mark.parametrize(
    "text",
    [
        "format = 2",
        "format = 1\nsecret = 'x'",
        "format = 1\ndataset = 'd'\nversion = 'v'\nquestion = 3",
        "format = 1\ndataset = 'd'\nversion = 'v'\n[[models]]\nformulae = 'y ~ x'",
        "format = 1\nmodels = 3\ndataset = 'd'\nversion = 'v'",
        "not toml at all [",
    ],
)
def test_a_file_that_is_none_is_said(text):
    with pytest.raises(StoreError, match="not the file of a study"):
        study_of("x", text)


def test_seven_models_are_too_many(demo):
    many = tuple(Member(f"phq9 ~ I(session ** {k}) + (1 | patient)") for k in range(1, 8))
    with pytest.raises(RequestError, match="7 models"):
        keeping.save(Study("many", "demo", "", models=many))


def test_side_by_side_on_the_rows_of_all(tmp_path):
    d = nested_table(3)
    d.loc[::7, "x"] = float("nan")
    path = tmp_path / "d.csv"
    d.to_csv(path, index=False)
    plain, wider = "y ~ 1 + (1 | p)", "y ~ x + (1 | p)"
    asked = tuple(ModelQuestion(f, path) for f in (plain, wider))
    found = side_by_side(asked)
    alone = fit(asked[1])
    assert [f.rows for f in found.fits] == [alone.rows, alone.rows]
    assert found.fits[1].fixed == alone.fixed
    pair = compared(asked[1], plain)  # held to R's anova() elsewhere
    assert found.comparisons == (None, pair)
    assert found.aic == pytest.approx((pair.smaller.aic, pair.larger.aic))
    assert found.bic == pytest.approx((pair.smaller.bic, pair.larger.bic))
    assert any("complete for every one" in m for m in found.messages)


def test_other_outcomes_are_not_compared(tmp_path):
    path = tmp_path / "d.csv"
    nested_table(3).to_csv(path, index=False)
    found = side_by_side(tuple(ModelQuestion(f, path) for f in ("y ~ x", "x ~ y")))
    assert found.aic == (None, None) and "different outcomes" in found.messages[0]
