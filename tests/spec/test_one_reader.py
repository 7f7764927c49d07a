"""One file, two doors: what an import keeps is what a fit of the file uses."""

from pathlib import Path

import pytest

from analysis.importing import doors as importing
from analysis.questions.lab.effects import fit_formula
from analysis.questions.opening import open_source
from analysis.questions.outcomes.benchmark import provider_counts
from analysis.questions.pooling.pooling import site_sums
from analysis.store.versions import catalogue

FOLDER = Path(__file__).parent / "two_doors"
# File -> rows that a model of phq9 uses, patients, and a word of what is said about the file.
FILES = {
    "trailing_space_ids.csv": (12, 4, ""),
    "repeated_rows.csv": (12, 4, "4 rows repeat a session in every column"),
    "decimal_comma.csv": (12, 4, ""),
    "latin1.csv": (12, 4, "Windows-1252"),
    "signs_and_words.csv": (11, 4, "without the '/27' behind each"),
    "na_code.csv": (10, 4, "1 values of 'phq9' are outside their range and what stands"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_and_its_dataset_give_the_same_fit(store, name):
    rows, patients, said = FILES[name]
    path = FOLDER / name
    time = "`sesión`" if name == "latin1.csv" else "session"
    fit = fit_formula(f"phq9 ~ {time} + (1 | patient)", path)
    assert (fit.rows, fit.groups) == (rows, {"patient": patients})
    assert said in " ".join(fit.status.messages)
    importing.import_files("d", [path], importing.guess_mapping([path]))
    landed = fit_formula("phq9 ~ session + (1 | patient)", "d")
    assert landed.rows == rows and catalogue.find("d").counts["patient"] == patients
    assert landed.criterion == pytest.approx(fit.criterion, rel=1e-12)  # the order of rows


@pytest.mark.parametrize("name", FILES)
def test_sums_for_a_pool_are_those_of_the_same_rows(store, name):
    rows, patients, _ = FILES[name]
    time = "`sesión`" if name == "latin1.csv" else "session"
    formula = f"phq9 ~ {time} + (1 | patient)"
    site = site_sums(formula, FOLDER / name, allow_small=True)
    assert (site.sums.rows, site.sums.groups) == (rows, (patients,))
    assert site.notes == tuple(
        m for m in fit_formula(formula, FOLDER / name).status.messages if name in m
    )


def test_a_table_of_providers_as_a_german_spreadsheet_writes_it(tmp_path):
    path = tmp_path / "providers.csv"
    path.write_bytes(
        "org_name;finished_course_treatment_count;recovery_count\n"
        "Köln ;1.250,0;N/A\nBonn;90,0;45,0\n".encode("cp1252")
    )
    counts = provider_counts(path)
    assert [(c.label, c.finished, c.recovered) for c in counts] == [
        ("Köln", 1250, None),
        ("Bonn", 90, 45),
    ]


def test_rows_that_differ_for_one_session_are_used_where_they_are_the_design(tmp_path):
    """Three raters of each session: an import would ask; a model of raters needs them."""
    path = tmp_path / "raters.csv"
    rows = [f"p{p},{s},r{r},{p + s * r}" for p in range(6) for s in range(3) for r in range(3)]
    path.write_text("patient,session,rater,score\n" + "\n".join(rows))
    with open_source(path, ("patient", "score")) as source:
        count = source.cursor.execute(f"SELECT count(*) FROM {source.relation}").fetchone()[0]
        assert count == 54 and "54 rows share patient and session" in " ".join(source.notes)


@pytest.mark.parametrize("mark", ['"', " ", "\u00a0"])
def test_quotes_and_spaces_around_cells_change_nothing(mark, tmp_path):
    """A file without a space, an underscore or a quote is read with fewer looks at its cells."""
    rows = [("patient", "session", "phq9", "x")]
    rows += [(f"{p:03}", s, (7 * p + 3 * s) % 28, p % 8 / 4) for p in range(20) for s in range(6)]
    fits = []
    for name, around in (("bare", ""), ("marked", mark)):
        lines = [",".join(f"{around}{cell}{around}" for cell in row) for row in rows]
        (tmp_path / f"{name}.csv").write_text("\n".join([*lines, lines[-1]]) + "\n")
        fits.append(fit_formula("phq9 ~ x + session + (1 | patient)", tmp_path / f"{name}.csv"))
    assert [(fit.rows, fit.groups) for fit in fits] == [(120, {"patient": 20})] * 2
    assert "1 rows repeat a session in every column" in " ".join(fits[1].status.messages)
    assert fits[0].criterion == fits[1].criterion
