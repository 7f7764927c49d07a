"""Next month's file goes to the dataset that stands, and only what is new is asked."""

import pytest

from analysis.importing import doors as importing
from analysis.store.versions import catalogue, dataset

JANUARY = "patient,session,phq9,remark\n" + "".join(
    f"p{p},{s},{20 - s},long remark {p} of {s}\n" for p in range(60) for s in (1, 2)
)
FEBRUARY = "Client ID,Session no,PHQ-9,gad7,remark\n" + "".join(
    f"p{p},3,{9 + p % 7},{p % 21},long remark {p}\n" for p in range(60)
)


@pytest.fixture
def months(store, tmp_path):
    """The paths of both months' files; January stands."""
    paths = tmp_path / "jan.csv", tmp_path / "feb.csv"
    for path, text in zip(paths, (JANUARY, FEBRUARY), strict=True):
        path.write_text(text)
    importing.import_by_command("d", [paths[0]], None, importing.Answers((), "ask"))
    return paths


def add(path, *given, settle="ask"):
    answers = importing.Answers((("existing", "append"), *given), settle)
    return importing.import_by_command("d", [path], None, answers)


def variables() -> set[str]:
    with dataset.open_dataset(catalogue.find("d")) as opened:
        return {v.name for v in opened.variables}


def test_a_new_column_is_asked_about_and_lands(months, tmp_path):
    with pytest.raises(importing.QuestionsOpen) as asked:
        add(months[1])
    assert [q.code for q in asked.value.questions] == ["new-column:gad7"]
    assert add(months[1], ("new-column", "add")).tables["session"] == 180
    assert variables() == {"phq9", "gad7"}
    third = tmp_path / "mar.csv"
    third.write_text(FEBRUARY.replace(",3,", ",4,"))
    assert add(third).tables["session"] == 240  # nothing is asked any more


def test_a_new_column_that_is_left_out_stays_so(months, tmp_path):
    add(months[1], ("new-column", "leave-out"))
    third = tmp_path / "mar.csv"
    third.write_text(FEBRUARY.replace(",3,", ",4,"))
    add(third)
    assert variables() == {"phq9"}


def test_the_page_is_told_which_datasets_the_files_fit(months, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("patient,session,bdi\n" + "".join(f"q{p},1,{p % 60}\n" for p in range(20)))
    importing.import_by_command("other", [other], None, importing.Answers((), "ask"))
    known = importing.known_mappings()
    proposal = importing.propose_in_child([months[1]], importing.Answers((), "ask"), known)
    assert [name for name, _ in proposal.known] == ["d"]
    assert not proposal.likely  # gad7 is new: to be chosen by whoever knows
    ((_, mapping),) = proposal.known
    assert [q.code for q in mapping.questions] == ["new-column:gad7"]
    assert dict(mapping.files[-1].columns) == {"phq9": "PHQ-9"}


def test_a_file_that_replaces_all_is_read_by_the_mapping_that_stands(months):
    """A column more must not cost what was corrected or answered, a column less is gone."""
    with_more = months[1].with_name("all.csv")
    with_more.write_text(FEBRUARY.replace("remark", "note"))
    mapping = months[0].with_name("map.toml")
    text = importing.guess_mapping([months[0]]).to_toml()
    text = text.replace("[variables.phq9]", "[variables.mood]").replace(
        '"phq9"\n\n[keys]', '"mood"\n\n[keys]'
    )
    mapping.write_text(text.replace("maximum = 27.0", "maximum = 60.0"))
    replaces = importing.Answers((("existing", "replace"),), "ask")
    importing.import_by_command("d", [months[0]], mapping, replaces)
    importing.import_by_command("d", [with_more], None, replaces)
    with dataset.open_dataset(catalogue.find("d")) as opened:
        assert {v.name: v.maximum for v in opened.variables} == {"mood": 60, "gad7": 21}


@pytest.mark.parametrize("how", ["append", "replace"])
def test_a_month_of_another_shape_is_turned(months, how):
    """A row a score, where January had a row a session."""
    path = months[1].with_name("long.csv")
    scores = [f"p{p},3,{m},{9 + p % 7}\n" for p in range(60) for m in ("phq9", "gad7")]
    path.write_text("patient,session,measure,score\n" + "".join(scores))
    answers = importing.Answers((("existing", how),), "yes")
    report = importing.import_by_command("d", [path], None, answers)
    assert report.tables["session"] == (180 if how == "append" else 60)
    assert variables() == {"phq9", "gad7"}
