"""Items become totals and subscales by the instrument's rule; what speaks against it is asked."""

import random

import pytest

from analysis.importing import doors as importing
from analysis.importing.scoring.answers import number_in, ranked
from analysis.store.versions import catalogue, dataset

ROW = "patient,session,"


def items(name, count):
    return [f"{name}_{i}" for i in range(1, count + 1)]


def file_of(tmp_path, header, rows):
    path = tmp_path / "items.csv"
    lines = [ROW + ",".join(header)]
    lines += [f"p{i // 3:02},{i % 3 + 1}," + ",".join(map(str, row)) for i, row in enumerate(rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def sheets(rows, count, low, high, against=(), seed=1):
    """Answers that share a common level; those `against` run the other way."""
    rng = random.Random(seed)
    made = []
    for _ in range(rows):
        level = rng.uniform(low, high)
        row = [min(high, max(low, round(level + rng.gauss(0, 0.5)))) for _ in range(count)]
        made.append([low + high - a if i + 1 in against else a for i, a in enumerate(row)])
    return made


def imported(path, **answers):
    given = tuple((code.replace("__", ":"), choice) for code, choice in answers.items())
    asked = importing.Answers(given, "ask")
    return importing.import_by_command("d", [path], None, asked)


def landed(report, columns):
    with dataset.open_dataset(catalogue.find("d", report.version)) as d:
        sql = f"SELECT {columns} FROM session ORDER BY episode, session"
        return d.cursor().execute(sql).fetchall()


def cells(report):
    (one,) = [dict(f.cells) for f in report.files]
    assert one["read"] == one["landed"] + one["refused"] + one["superseded"] + one["unused"]
    return one


def test_nine_items_become_a_total_and_are_accounted_for(store, tmp_path):
    rows = sheets(30, 9, 0, 3)
    report = imported(file_of(tmp_path, items("phq9", 9), rows))
    assert [t for (t,) in landed(report, "phq9")] == [sum(r) for r in rows]
    assert cells(report)["landed"] == 30 * (9 + 2)
    assert any("reliability of PHQ-9" in w and "omega" in w for w in report.warnings)
    with dataset.open_dataset(catalogue.find("d")) as d:
        (variable,) = d.variables
    assert (variable.instrument, variable.factor, variable.maximum) == ("phq9", "outcome", 27)


@pytest.mark.parametrize(
    "name", ["PHQ-9 item {}", "phq9_q0{}", "PHQ9.{}", "phq{}", "PHQ_9_Frage{}"]
)
def test_items_by_other_names(store, tmp_path, name):
    rows = sheets(12, 9, 0, 3)
    mapping = importing.guess_mapping(
        [file_of(tmp_path, [name.format(i) for i in range(1, 10)], rows)]
    )
    assert [v.instrument for v in mapping.variables] == ["phq9"]
    assert importing.Mapping.from_text(mapping.to_toml()) == mapping


def test_an_impossible_answer_costs_its_cell_and_its_sheet(store, tmp_path):
    rows = sheets(30, 9, 0, 3)
    rows[4][2] = 7
    report = imported(file_of(tmp_path, items("phq9", 9), rows), unanswered__phq9="none")
    assert landed(report, "phq9") == [(sum(r),) for i, r in enumerate(rows) if i != 4]
    counted = cells(report)
    assert counted["refused"] == 9 + 2  # the sheet is all that its row has, so the row is out


@pytest.mark.parametrize(("missing", "total"), [(1, True), (2, True), (3, False)])
def test_unanswered_items_are_asked_about_where_no_rule_is_known(store, tmp_path, missing, total):
    rows = sheets(30, 9, 0, 3)
    rows[0][:missing] = [""] * missing
    path = file_of(tmp_path, [*items("phq9", 9), "age"], [[*r, 30] for r in rows])
    if missing < 3:
        with pytest.raises(importing.QuestionsOpen, match="unanswered:phq9"):
            imported(path)
    report = imported(path, unanswered__phq9="prorate")
    value = landed(report, "phq9")[0][0]
    expected = sum(rows[0][missing:]) * 9 / (9 - missing)
    assert value == pytest.approx(expected) if total else value is None
    assert cells(report)["unused"] == (0 if total else 9 - missing)


def test_an_item_that_runs_against_the_others_is_named_with_its_correlation(store, tmp_path):
    path = file_of(tmp_path, items("wai", 12), sheets(90, 12, 1, 5, against=[4]))
    with pytest.raises(importing.QuestionsOpen, match=r"item 4 \(item–rest r = -0\.\d\d\)"):
        imported(path)
    turned = imported(path, reversed__wai_sr="turn")
    straight = sheets(90, 12, 1, 5)
    assert landed(turned, "wai_sr, wai_sr_bond") == [
        (sum(r), r[2] + r[4] + r[6] + r[8]) for r in straight
    ]


@pytest.mark.parametrize(("count", "choice"), [(20, "keep"), (60, "turn")])
def test_few_sheets_are_no_reason_to_turn_an_item(store, tmp_path, count, choice):
    """Of a thousand small files made at random one had an item at -.64 in 20 sheets."""
    path = file_of(tmp_path, items("wai", 12), sheets(count, 12, 1, 5, against=[4]))
    with pytest.raises(importing.QuestionsOpen) as open_:
        imported(path)
    assert f"reversed:wai_sr={choice}'" in str(open_.value).split("Next:")[1]


def test_reversed_items_are_turned_unless_they_are_already(store, tmp_path):
    away = (4, 8, 11, 16, 19)
    rows = sheets(60, 19, 1, 6, against=away)
    report = imported(file_of(tmp_path, items("haq2", 19), rows))
    straight = sheets(60, 19, 1, 6)
    assert [t for (t,) in landed(report, "haq2")] == [sum(r) for r in straight]
    path = file_of(tmp_path, items("haq2", 19), straight)
    with pytest.raises(importing.QuestionsOpen, match="keyed:haq2"):
        imported(path, existing="replace")
    report = imported(path, existing="replace", keyed__haq2="already")
    assert [t for (t,) in landed(report, "haq2")] == [sum(r) for r in straight]


def test_a_total_that_came_along_is_compared(store, tmp_path):
    rows = sheets(30, 9, 0, 3)
    header = [*items("phq9", 9), "phq9_total"]
    path = file_of(tmp_path, header, [[*r, sum(r)] for r in rows])
    report = imported(path)
    assert any("is the total of the items in 30 of 30 rows" in w for w in report.warnings)
    assert cells(report)["landed"] == 30 * 12
    wrong = [[*r, sum(r) + (i < 2)] for i, r in enumerate(rows)]
    path = file_of(tmp_path, header, wrong)
    with pytest.raises(importing.QuestionsOpen, match="28 of 30 rows"):
        imported(path, existing="replace")
    report = imported(path, existing="replace", total__phq9_total="given")
    assert [t for (t,) in landed(report, "phq9_total")][:3] == [r[-1] for r in wrong[:3]]
    report = imported(path, existing="replace", total__phq9_total="items")
    assert cells(report)["superseded"] == 2


def test_answers_in_words(store, tmp_path):
    words = ["Not at all", "Several days", "More than half the days", "Nearly every day"]
    rows = sheets(30, 7, 0, 3)
    path = file_of(tmp_path, items("gad7", 7), [[words[a] for a in r] for r in rows])
    with pytest.raises(importing.QuestionsOpen, match="0 = 'Not at all', 1 = 'Several days'"):
        imported(path)
    report = imported(path, **{"answer-texts": "ranked"})
    assert [t for (t,) in landed(report, "gad7")] == [sum(r) for r in rows]


def test_a_number_beside_its_words_needs_no_question(store, tmp_path):
    rows = sheets(30, 7, 0, 3)
    path = file_of(tmp_path, items("gad7", 7), [[f"{a} - step" for a in r] for r in rows])
    assert [t for (t,) in landed(imported(path), "gad7")] == [sum(r) for r in rows]


def test_scales_without_a_total_have_subscales(store, tmp_path):
    rows = sheets(30, 21, 0, 3)
    report = imported(file_of(tmp_path, items("dass", 21), rows))
    places = (3, 5, 10, 13, 16, 17, 21)
    assert [t for (t,) in landed(report, "dass21_depression")] == [
        2 * sum(r[i - 1] for i in places) for r in rows
    ]


def test_words_in_order():
    assert ranked(["Nie", "Oft", "Immer"], 3) == {"Nie": 0, "Oft": 1, "Immer": 2}
    assert ranked(["red", "blue", "green"], 3) == {}
    assert [number_in(t) for t in ("2 - often", "often (2)", "(3) always", "often")] == [
        2,
        2,
        3,
        None,
    ]


def test_a_clinic_that_writes_its_scores_from_0_to_100(store, tmp_path):
    rng = random.Random(5)
    rows = [(f"p{i // 4}", i % 4 + 1, "ab"[i // 40], rng.randrange(28)) for i in range(80)]
    path = tmp_path / "two.csv"
    written = [(*r[:3], round(r[3] / 0.27) if r[2] == "b" else r[3]) for r in rows]
    lines = ["patient,session,clinic,phq9", *(",".join(map(str, r)) for r in written)]
    path.write_text("\n".join(lines))
    with pytest.raises(importing.QuestionsOpen, match="in 1 of 2 clinics"):
        imported(path)
    report = imported(path, **{"two-ranges": "percent"})
    assert sorted(landed(report, "phq9")) == sorted((float(r[3]),) for r in rows)
