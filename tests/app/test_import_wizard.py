"""What was found, every column on offer, nothing lost on another page, a mapping brought along."""

from analysis.importing import doors as importing
from analysis.store.versions import catalogue, dataset
from tests.app.open_page import answered, opened, texts

ROWS = "patient,session,phq9,note,mood\n" + "".join(
    f"p{p},{s},{20 - s - p},a long note number {p} of {s},{s}\n"
    for p in range(9)
    for s in range(1, 8)
)


def uploaded(text=ROWS, name="north.csv"):
    at = opened("import")
    at.file_uploader[0].set_value([(name, text.encode(), "text/csv")])
    return answered(at.run())


def press(at, label):
    next(b for b in at.button if b.label == label).click()
    return answered(at.run())


def editor(at, what):
    return next(e for e in at.data_editor if what in (e.key or ""))


def edit(at, row, **cells):
    edits = {"edited_rows": {row: cells}, "added_rows": [], "deleted_rows": []}
    at.session_state[editor(at, "variables").key] = edits
    return answered(at.run())


def test_what_was_found_is_shown(empty_store):
    at = uploaded()
    assert "north.csv: 63 rows, 5 columns (text, UTF-8)" in texts(at)
    assert list(at.dataframe[0].value.columns) == ["patient", "session", "phq9", "note", "mood"]


def test_a_column_that_was_left_out_can_be_taken_in(empty_store):
    at = uploaded()
    rows = editor(at, "variables").value
    place = rows["column"].tolist().index("note")
    assert not rows["use"][place] and "free text" in rows["reason"][place]
    at = press(edit(at, place, use=True), "Import")
    (asked,) = [r for r in at.radio if "note" in r.label]  # it may identify somebody
    asked.set_value("keep")
    at = press(at, "Go on with these answers")
    with dataset.open_dataset(catalogue.find("north")) as d:
        assert "note" in {v.name for v in d.variables}


def test_corrections_outlive_another_page(empty_store):
    at = uploaded()
    place = editor(at, "variables").value["column"].tolist().index("mood")
    at = edit(at, place, name="spirits", factor="process")
    at.text_input(key="import_name").set_value("mine").run()
    at.switch_page("../../glossary.py").run()
    at.switch_page("../../import.py").run()
    at = answered(at)
    assert "Files from before: north.csv" in texts(at)
    row = editor(at, "variables").value.iloc[place]
    assert (row["name"], row["factor"]) == ("spirits", "process")
    assert at.text_input(key="import_name").value == "mine"
    at = press(at, "Import")
    assert "63 rows read = 63 kept" in texts(at)
    with dataset.open_dataset(catalogue.find("mine")) as d:
        assert {v.name for v in d.variables} == {"phq9", "spirits"}


def test_an_answer_that_changes_the_columns_changes_the_tables(empty_store):
    wide = "patient,phq9_1,phq9_2,phq9_3\n" + "".join(f"p{i},9,8,{i % 9}\n" for i in range(12))
    at = press(uploaded(wide), "Import")
    at = press(at, "Go on with these answers")
    assert editor(at, "variables").value["name"].tolist()[0] == "phq9"
    assert catalogue.find("north").counts["session"] == 36


def test_a_mapping_is_brought_along(empty_store, tmp_path):
    (tmp_path / "north.csv").write_text(ROWS)
    mapping = importing.guess_mapping([tmp_path / "north.csv"])
    text = mapping.to_toml().replace("[variables.mood]", "[variables.spirits]")
    at = uploaded()
    brought = next(f for f in at.file_uploader if f.key == "brought_mapping")
    brought.set_value(("clinic.toml", text.encode(), "application/toml"))
    at = answered(at.run())
    assert "spirits" in editor(at, "variables").value["name"].tolist()
    at = press(at, "Import")
    with dataset.open_dataset(catalogue.find("north")) as d:
        assert "spirits" in {v.name for v in d.variables}


def test_templates_are_offered_where_there_are_no_files(empty_store):
    at = opened("import")
    labels = [b.proto.label for b in at.get("download_button")]
    assert {"Workbook", "CSV"} <= set(labels)


def test_next_month_is_added_by_the_mapping_that_stands(empty_store):
    at = edit(uploaded(), 0, name="depression")
    at = press(at, "Import")
    assert catalogue.find("north").counts["session"] == 63
    later = "patient,session,PHQ-9 total,note,mood"
    rows = [f"p{p},{s},{9 + p},a note {p} of {s},{s}" for p in range(9) for s in (8, 9)]
    at = uploaded("\n".join([later, *rows]), "february.csv")
    (goes,) = [r for r in at.radio if r.label == "Where it goes"]
    assert goes.options[0] == "Added to 'north', read as its files were"
    assert "Added to the dataset 'north'" in texts(at)
    at = press(at, "Import")
    assert "Imported: 81 rows read = 81 kept" in texts(at)  # and nothing was asked
    with dataset.open_dataset(catalogue.find("north")) as d:
        assert {v.name for v in d.variables} == {"depression", "mood"}
