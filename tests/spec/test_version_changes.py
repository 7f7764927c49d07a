"""What an import says of the version before: rows, values, dictionary; and the way back."""

import json

from analysis.application import cli
from analysis.store.versions import catalogue, dataset

HEAD = "patient,session,phq9,wai\n"


def table(rows) -> str:
    return HEAD + "".join(f"{p},{s},{q},{w}\n" for p, s, q, w in rows)


JANUARY = [(f"p{i % 5}", i // 5 + 1, 20 - i % 9, 40 + i % 7) for i in range(20)]


def command(capsys, tmp_path, text, *options):
    path = tmp_path / f"f{len(list(tmp_path.iterdir()))}.csv"
    path.write_text(text)
    assert cli.main(["import", "d", str(path), *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_rows_values_and_dictionary_are_compared(store, tmp_path, capsys):
    first = command(capsys, tmp_path, table(JANUARY))
    assert first["changes"] is None
    rows = [*JANUARY[2:], ("p9", 1, 3, 50)]
    rows[0] = (*rows[0][:2], 0, rows[0][3])
    changed = table(rows).replace("wai", "empathy")
    answer = command(capsys, tmp_path, changed, "--replace")["changes"]
    assert (answer["before"], answer["sessions"]) == (first["version"], {"added": 1, "removed": 2})
    assert answer["episodes"] == {"added": 1, "removed": 0}
    assert answer["values"] == {"phq9": 1}
    assert answer["variables"]["added"] == ["empathy"]
    assert answer["variables"]["removed"] == ["wai"]
    assert cli.main(["versions", "d", "--use", first["version"]]) == 0
    assert catalogue.find("d").version == first["version"]


def test_added_months_are_said_and_the_same_again_changes_nothing(store, tmp_path, capsys):
    command(capsys, tmp_path, table(JANUARY))
    february = table([(f"p{i}", 5, 9, 40) for i in range(5)])
    answer = command(capsys, tmp_path, february, "--append")
    assert answer["changes"]["sessions"] == {"added": 5, "removed": 0}
    assert answer["changes"]["values"] == {} and answer["tables"]["session"] == 25


def test_a_month_without_a_column_comes_in_and_the_column_is_said_to_be_gone(
    store, tmp_path, capsys
):
    command(capsys, tmp_path, table(JANUARY))
    less = "\n".join(line.rsplit(",", 1)[0] for line in table(JANUARY).splitlines())
    answer = command(capsys, tmp_path, less, "--replace")
    assert answer["changes"]["variables"]["removed"] == ["wai"]


def test_an_added_month_may_call_its_columns_otherwise(store, tmp_path, capsys):
    command(capsys, tmp_path, table(JANUARY))
    february = table([(f"p{i}", 5, 9, 40) for i in range(5)])
    february = february.replace("patient,session,phq9", "Client ID,Session No,PHQ-9 total")
    answer = command(capsys, tmp_path, february, "--append")
    assert answer["tables"]["session"] == 25 and answer["changes"]["variables"]["added"] == []
    with dataset.open_dataset(catalogue.find("d")) as opened:
        found = opened.cursor().execute("SELECT count(phq9), count(wai) FROM session").fetchall()
    assert found == [(25, 25)]
