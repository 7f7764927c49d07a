"""The way back is run: Python from the dataset, R from the rows beside its script."""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.presentation import exports
from analysis.presentation.tables import cells
from analysis.presentation.tables.table import laid_out
from analysis.presentation.words.models.methods_words import apa, methods
from analysis.presentation.words.models.scripts import plain_formula, r_script
from analysis.presentation.words.models.term_words import term_words
from analysis.questions.lab.answer import fit
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.way_back.analysis_rows import analysis_rows
from analysis.sharing.way_back import model_name, write_way_back

ROOT = Path(__file__).resolve().parents[3]
PARTS = "within(wai_bond) + patient(wai_bond) + therapist(wai_bond)"
MODELS = [
    (f"phq9 ~ session*({PARTS}) + (session | patient) + (1 | therapist)", "gaussian"),
    ("phq9 ~ ns(session, df=3) + C(gender, Treatment('male')) + (1 | therapist)", "gaussian"),
    ("phq9 ~ session + age", "gaussian"),
    (
        "I(ending == 'unplanned') ~ early(wai_bond) + ns(age, df=2) + C(gender, Treatment('male')) "
        "+ (1 | therapist)",
        "binomial",
    ),
]
NEEDED = "for (p in c('lmerTest', 'clubSandwich')) library(p, character.only = TRUE)"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    from analysis.demo import make_demo

    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_STORE", str(folder))
        make_demo(episodes=300)
        yield folder


def r_is_here() -> bool:
    if not shutil.which("Rscript"):
        return False
    done = subprocess.run(["Rscript", "-e", NEEDED], capture_output=True)
    return done.returncode == 0


def test_r_reads_a_category_as_one(tmp_path):
    file = tmp_path / "tasters.csv"
    lines = [f"{k % 7 + k % 3 + k % 2},t{k % 3},p{k % 4},j{k // 12}" for k in range(96)]
    file.write_text("y,tv,picture,judge\n" + "\n".join(lines))
    question = ModelQuestion("y ~ tv*picture + (1 | judge/tv)", str(file))
    rows = analysis_rows(question)
    # A category that groups, too: a number in its place would be another model.
    assert set(rows.columns["tv"]) == {"t0", "t1", "t2"}
    assert set(rows.columns["judge"]) == set(range(1, 9))
    script = r_script(question, fit(question), "rows.csv")
    assert 'colClasses = c(tv = "character", picture = "character")' in script


@pytest.mark.parametrize(("formula", "family"), MODELS)
def test_python_gives_every_number_again(store, tmp_path, formula, family):
    question = ModelQuestion(formula, "demo", family=family)
    written = write_way_back(question, fit(question), tmp_path)
    (script,) = [p for p in written if p.suffix == ".py"]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT), "RAPPORT_STORE": str(store)}

    def run():
        command = [sys.executable, str(script)]
        return subprocess.run(command, capture_output=True, text=True, env=surroundings)

    done = run()
    assert done.returncode == 0 and "rows are as shown" in done.stdout, done.stderr
    text = script.read_text()
    first = re.search(r"    \('', '\(Intercept\)', (-?[0-9.]+)", text)
    script.write_text(text.replace(first[1], f"{float(first[1]) * (1 + 1e-6)!r}"))
    assert run().returncode == 1  # one digit off is seen


@pytest.mark.skipif(not r_is_here(), reason="R with lmerTest and clubSandwich is not here")
@pytest.mark.parametrize(("formula", "family"), MODELS)
def test_r_gives_the_same_numbers_from_the_rows(store, tmp_path, formula, family):
    question = ModelQuestion(formula, "demo", family=family)
    found = fit(question)
    written = write_way_back(question, found, tmp_path)
    (script,) = [p for p in written if p.suffix == ".R"]
    code = script.read_text() + "cat('NUMBERS', format(coef(fit), digits = 12))"
    if found.groups:
        code = code.replace("format(coef(fit)", "format(lme4::fixef(fit)")
    script.write_text(code)
    done = subprocess.run(
        ["Rscript", script.name], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    theirs = [float(x) for x in done.stdout.split("NUMBERS")[1].split()]
    # Another optimiser: lmer's flat end, and glmer's tolerance.
    near = 1e-4 if family == "binomial" else 1e-5
    ours = [f.estimate for f in found.fixed]
    assert theirs == pytest.approx(ours, rel=near, abs=near * max(map(abs, ours)))


def test_the_rows_name_nobody_and_say_that_they_are_internal(store, tmp_path):
    question = ModelQuestion(MODELS[0][0], "demo")
    found = analysis_rows(question)
    assert set(found.columns) == {
        "phq9", "session", "within_wai_bond", "patient_wai_bond", "therapist_wai_bond",
        "patient", "therapist",
    }  # fmt: skip
    assert {type(v) for v in found.columns["patient"]} == {int}
    assert len(set(found.columns["patient"])) == fit(question).groups["patient"]
    rows = next(p for p in write_way_back(question, fit(question), tmp_path) if "rows" in p.name)
    assert rows.name.startswith("internal_demo_phq9-by-session")
    (first, *_) = csv.DictReader(io.StringIO(rows.read_text(encoding="utf-8-sig")))
    assert "not for sharing" in first["mark"]


def test_a_decimal_comma_for_spreadsheets_that_have_one():
    rows = [{"a": 0.5, "b": "x;y", "c": 3}, {"a": None, "b": "=1", "c": -2}]
    rows += [{"a": -0.5, "b": "-x", "c": np.float64(-1e-9)}]
    lines = exports.table_csv2(rows).decode("utf-8-sig").splitlines()
    # A negative number stays one; a text that begins like a formula does not.
    assert lines == ["a;b;c", '0,5;"x;y";3', ";'=1;-2", "-0,5;'-x;-1e-09"]


def test_latex_takes_every_sign_as_it_is():
    rows = [{"Term": cells.text("a_b & c|d ^2"), "p": cells.p_value(0.0001)}]
    text = exports.table_latex(laid_out("5 % of {all}", rows, notes=["x#1"]), internal=True)
    assert r"a\_b \& c$|$d \textasciicircum{}2 & $<$.001 \\" in text
    assert r"\caption{5 \% of \{all\}}" in text and r"x\#1" in text and "not for sharing" in text


def test_words_for_a_paper(store):
    labels = {"wai_bond": "Bond", "gender": "Gender"}
    found = fit(ModelQuestion(MODELS[0][0], "demo"))
    said = methods(found, labels, "the demo")
    assert "Bond, within patients" in said and "Session number × Bond, between patients" in said
    assert "patients in their level and in the effect of Session number" in said
    assert "Satterthwaite" in said and "restricted maximum likelihood" in said
    sentence = apa(found, labels)[1]
    f = found.fixed[1]
    assert sentence.startswith(f"Session number: b = −{abs(f.estimate):.2f}, 95 % CI [−")
    robust = fit(ModelQuestion("phq9 ~ session", "demo"))
    assert "rows of one patient being alike" in methods(robust, labels, "the demo")


def test_names():
    assert term_words("gender[male]:lag(x)", {"gender": "Gender"}) == (
        "Gender: male × x, the session before"
    )
    assert model_name("phq9 ~ session + (1 | patient)") == "phq9-by-session-1-patient"
    assert plain_formula("y ~ within(`a b`) + `a b` + (1 | g)") == "y ~ within_a_b + a_b + (1 | g)"
