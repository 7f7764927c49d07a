"""Text in, values out: numbers, dates, missing, ranges; and the rows that are refused for them."""

import pytest

from analysis.base.errors import ImportRefused
from analysis.importing.findings.finding import QuestionsOpen
from tests.spec.landing import KEYS, PHQ, land


def values(tmp_path, texts, variable=PHQ, extra=""):
    """Imports one cell a row as session 1, 2, …; returns {session: phq9} and the landing."""
    rows = "\n".join(f'p,{i},"{text}"' for i, text in enumerate(texts, start=1))
    landed = land(tmp_path, f"patient,session,phq9\n{rows}\n", extra + KEYS + variable)
    return dict(landed.rows("SELECT session, phq9 FROM session")), landed


def test_numbers_and_missing(store, tmp_path):
    texts = ["5", " 6 ", "7.5", "1e1", "+3", ".5", "", "NA", "NaN", "nan", "NULL", "null", ".", "0"]
    kept, landed = values(tmp_path, texts)
    assert [kept[i] for i in range(1, 7)] == [5, 6, 7.5, 10, 3, 0.5]
    assert all(kept[i] is None for i in range(7, 14)) and kept[14] == 0
    assert landed.report.quarantined == 0


def test_what_is_no_score_is_quarantined(store, tmp_path):
    wrong = {
        "12 (est)": "text",
        "<5": "text",
        "5*": "text",
        "missing": "text",
        "1_000": "text",
        "0x10": "text",
        "inf": "infinity",
        "-Infinity": "infinity",
        "99999999999999999999999": "number",
        "1e999": "number",
        "28": "number",
        "-3": "number",
    }
    kept, landed = values(tmp_path, ["5", *wrong])
    assert kept == {1: 5}
    assert [q["row"] for q in landed.quarantine] == [str(i) for i in range(3, 3 + len(wrong))]
    assert {q["value"].lstrip("'"): q["value_kind"] for q in landed.quarantine} == wrong
    assert all(q["column"] == "phq9" and q["reason"] and q["remedy"] for q in landed.quarantine)


def test_no_value_stands_in_a_message(store, tmp_path):
    _, landed = values(tmp_path, ["5", "secret-42"])
    assert not landed.warned("secret") and "secret" in landed.quarantine[0]["value"]
    with pytest.raises(ImportRefused) as caught:
        values(tmp_path, ["secret-42"])
    assert "secret" not in str(caught.value)


def test_out_of_range_can_be_kept_with_a_warning(store, tmp_path):
    kept, landed = values(tmp_path, ["5", "28"], PHQ + 'out_of_range = "keep"\n')
    assert kept == {1: 5, 2: 28}
    assert landed.warned("1 rows are kept although 'phq9' is outside the range of PHQ-9: 0 to 27")


def test_the_range_of_an_instrument_is_taken(store, tmp_path):
    kept, landed = values(tmp_path, ["5", "28", "4.5"], '[variables.phq9]\ninstrument = "phq9"\n')
    assert kept == {1: 5, 3: 4.5}
    assert "PHQ-9: 0 to 27" in landed.quarantine[0]["reason"]
    assert landed.warned("1 values of 'phq9' are not whole numbers")


def test_decimal_commas_hold_for_the_whole_column_or_not_at_all(store, tmp_path):
    assert values(tmp_path / "1", ["5,5", "6", "7,25"])[0] == {1: 5.5, 2: 6, 3: 7.25}
    kept, landed = values(tmp_path / "2", ["5,5", "6.5"])
    assert kept == {2: 6.5} and landed.quarantine[0]["row"] == "2"


def test_thousands_marks_are_not_guessed(store, tmp_path):
    open_range = "[variables.phq9]\n"
    with pytest.raises(ImportRefused, match="thousands mark"):
        values(tmp_path / "1", ["1,000", "2,500"], open_range)
    kept, _ = values(tmp_path / "2", ["1,000", "2,500"], open_range + 'decimal = ","\n')
    assert kept == {1: 1, 2: 2.5}


def test_codes_for_missing_are_warned_of_and_can_be_named(store, tmp_path):
    texts, free = ["5", "7", "27", "99", "-9"], "[variables.phq9]\n"
    kept, landed = values(tmp_path / "1", texts, free)
    assert kept[4] is None and kept[5] is None
    assert landed.warned("look like codes for missing: -9 (1 rows), 99 (1 rows)")
    scores = '[answers]\n"missing-codes" = "scores"\n'
    assert values(tmp_path / "3", texts, free + scores)[0][4] == 99
    kept, landed = values(tmp_path / "2", texts, free + 'missing = ["99", "-9"]\n')
    assert kept[4] is None and kept[5] is None and not landed.warned("codes")


def test_ordinary_large_values_are_no_codes(store, tmp_path):
    assert not values(tmp_path, ["90", "99", "120"], "[variables.phq9]\n")[1].warned("codes")


def test_the_missing_texts_of_the_mapping_replace_the_usual(store, tmp_path):
    kept, landed = values(tmp_path, ["5", "k.A.", "NA"], extra='missing = ["", "k.A."]\n')
    assert kept == {1: 5, 2: None} and landed.report.quarantined == 1


def test_an_all_missing_and_a_constant_column_are_accepted(store, tmp_path):
    kept, _ = values(tmp_path, ["", ""])
    assert kept == {1: None, 2: None}


def test_markup_and_formulas_stay_text(store, tmp_path):
    texts = ["<script>alert(1)</script>", "=HYPERLINK(1)", "![x](http://x)", "@SUM(1)"]
    kept, _ = values(tmp_path, texts, '[variables.phq9]\nkind = "category"\n')
    assert list(kept.values()) == texts


def test_the_quarantine_file_cannot_run_a_formula(store, tmp_path):
    _, landed = values(tmp_path, ["5", "=1+1", "-2"])
    assert [q["value"] for q in landed.quarantine] == ["'=1+1", "-2"]


def dates(tmp_path, texts, extra=""):
    rows = "\n".join(f"p,{i},{text},1" for i, text in enumerate(texts, start=1))
    landed = land(
        tmp_path, f"patient,session,day,phq9\n{rows}\n", extra + KEYS + 'date = "day"\n' + PHQ
    )
    found = landed.rows("SELECT session, date::VARCHAR FROM session")
    return dict(found), landed


def test_dates(store, tmp_path):
    days = {
        "2024-04-03": "2024-04-03",
        "2024-4-3": "2024-04-03",
        "2024/04/03": "2024-04-03",
        "2024-04-03T23:30:00+02:00": "2024-04-03",
        "2024-04-03 08:00": "2024-04-03",
        "03.04.2024": "2024-04-03",
        "45292": "2024-01-01",
        "25/04/2024": "2024-04-25",
        "": None,
        "NA": None,
    }
    assert list(dates(tmp_path, days)[0].values()) == list(days.values())


def test_days_that_cannot_be_are_set_aside_as_cells(store, tmp_path):
    wrong = ["2023-02-31", "0024-05-01", "1949-12-31", "2999-01-01", "soon", "3.4.5"]
    kept, landed = dates(tmp_path, ["2024-01-01", *wrong])
    assert kept == {1: "2024-01-01"} | dict.fromkeys(range(2, 8))  # the scores stay
    assert {q["extent"] for q in landed.quarantine} == {"cell"}
    assert [q["value"] for q in landed.quarantine] == wrong
    assert {q["column"] for q in landed.quarantine} == {"day"}


def test_one_proof_of_the_order_decides_for_the_column(store, tmp_path):
    assert dates(tmp_path / "1", ["03/04/2024", "25/04/2024"])[0][1] == "2024-04-03"
    assert dates(tmp_path / "2", ["03/04/2024", "04/25/2024"])[0][1] == "2024-03-04"


def test_an_open_order_is_asked_for(store, tmp_path):
    with pytest.raises(QuestionsOpen, match="nothing decides it"):
        dates(tmp_path / "1", ["03/04/2024"])
    with pytest.raises(QuestionsOpen, match="others only month/day"):
        dates(tmp_path / "2", ["03/04/2024", "25/04/2024", "04/25/2024"])
    assert dates(tmp_path / "3", ["03/04/2024"], 'dates = "mdy"\n')[0] == {1: "2024-03-04"}
    answered = '[answers]\n"date-order:day" = "dmy"\n'
    assert dates(tmp_path / "4", ["03/04/2024"], answered)[0] == {1: "2024-04-03"}


def test_endings(store, tmp_path):
    landed = land(
        tmp_path,
        "patient,session,how,phq9\na,1,Completed,1\nb,1,moved,1\nc,1,?,1\nd,1,,1\n",
        KEYS + 'ending = "how"\n[endings]\nmoved = "unplanned"\n' + PHQ,
    )
    endings = [e for (e,) in landed.rows("SELECT ending FROM episode")]
    assert endings == ["planned", "unplanned", None, None]
    assert landed.warned("1 rows have an ending")
