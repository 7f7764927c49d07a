"""The commands: exit status, what reaches standard output, and the keys of the JSON."""

import json
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.application import cli
from analysis.base.errors import ModelError
from analysis.base.settings import of_process
from analysis.models.result import Correlation, Fit, FixedEffect, RandomEffect, Seconds, Status
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.partition.result import (
    AdjustedFor,
    BlockShare,
    Bootstrap,
    LevelShare,
    Partition,
    Unexplained,
)
from analysis.store.place import Store

ROOT = Path(__file__).resolve().parents[3]
STATUS = Status(converged=True, singular=True, messages=("The therapist variance is 0.",))
FIT = Fit(
    formula="phq9 ~ month + (month | patient)",
    method="REML",
    criterion=14217.036,
    log_likelihood=-7108.518,
    rows=2433,
    rows_dropped=392,
    groups={"patient": 246},
    fixed=(
        FixedEffect("(Intercept)", 18.26743, 0.4, None, 45.6, 0.0, 17.5, 19.0),
        FixedEffect("month", -0.21132, 0.02, 244.1, math.nan, 1e-9, -0.25, -0.17),
    ),
    random=(RandomEffect("patient", "(Intercept)", 5.39),),
    correlations=(Correlation("patient", "(Intercept)", "month", None),),
    sigma=3.9,
    r2_marginal=0.05332,
    r2_conditional=0.67504,
    status=STATUS,
    seconds=Seconds(0.1, 0.2, 0.3),
)
PARTITION = Partition(
    dataset="demo",
    version="a1b2c3",
    synthetic=True,
    question="end",
    outcome="phq9",
    adjusted_for=AdjustedFor(("phq9 at intake",), 0.2),
    rows=2000,
    rows_out={"no early session": 30},
    groups={"therapist": 80, "clinic": 8},
    blocks=(BlockShare("alliance", ("wai_bond", "wai_goal"), 0.1, 0.06, math.inf, 0.12, 0.07),),
    unexplained=(Unexplained("therapist", 0.05), Unexplained("patient", 0.65)),
    levels=(LevelShare("patient", "alliance", 0.1, None, None),),
    bootstrap=Bootstrap(200, 1, "cluster: therapist", 1),
    status=STATUS,
    truth={"alliance": 0.08},
    fit=FIT,
    seconds=1.5,
)


@pytest.fixture
def engine(monkeypatch):
    """Stands in for the engine: remembers how it was asked; `answer` may be an exception."""
    asked = SimpleNamespace(calls=[], answer=None)

    def reply(*arguments, **named):
        asked.calls.append((arguments, named))
        print("a library's chatter")
        if isinstance(asked.answer, BaseException):
            raise asked.answer
        return asked.answer

    for room, name in (("lab.answer", "fit"), ("partition.answer", "partition")):
        fake = SimpleNamespace(**{name: reply})
        monkeypatch.setitem(sys.modules, f"analysis.questions.{room}", fake)
    return asked


def test_fit_prints_one_json_object_with_the_keys_of_the_contract(engine, capsys):
    engine.answer = FIT
    assert cli.main(["fit", "y ~ x", "--data", "d.csv", "--method", "ml", "--json"]) == 0
    own = Store(of_process().store)
    asked = ModelQuestion("y ~ x", "d.csv", method="ML", store=own)
    assert engine.calls == [((asked,), {})]
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) >= set(
        "formula method criterion log_likelihood rows rows_dropped groups fixed random "
        "correlations sigma r2 status seconds".split()
    )
    assert set(answer["fixed"][0]) == set("term estimate se df statistic p low high".split())
    assert answer["fixed"][1]["statistic"] is None
    assert answer["random"] == [{"group": "patient", "term": "(Intercept)", "sd": 5.39}]
    assert set(answer["correlations"][0]) == {"group", "term_1", "term_2", "r"}
    assert answer["r2"] == {"marginal": 0.05332, "conditional": 0.67504}
    assert answer["status"] == {
        "converged": True,
        "singular": True,
        "messages": ["The therapist variance is 0."],
    }
    assert answer["seconds"] == {"moments": 0.1, "fit": 0.2, "total": 0.3}


def test_partition_prints_the_keys_of_the_contract_and_parts_that_sum_to_one(engine, capsys):
    engine.answer = PARTITION
    assert cli.main(["partition", "demo", "--adjust", "none", "--bootstrap", "0", "--json"]) == 0
    (scope,), named = engine.calls[0]
    assert (scope.dataset, scope.adjust, scope.bootstrap) == ("demo", "none", 0)
    assert named == {"progress": None}  # standard error is no terminal here
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) >= set(
        "dataset version synthetic question outcome adjusted_for rows groups blocks unexplained "
        "levels landmark bootstrap status truth".split()
    )
    block = answer["blocks"][0]
    corrected = {"corrected", "corrected_low", "corrected_high", "reliability"}
    own = set("factor variables share low high alone last".split())
    assert set(block) == own | corrected
    assert block["high"] is None and block["variables"] == ["wai_bond", "wai_goal"]
    own = {"level", "factor", "share", "low", "high", "needed"}
    effects = {f"{w}{e}" for w in ("effect", "true_effect") for e in ("", "_low", "_high")}
    assert set(answer["levels"][0]) == own | corrected | effects
    assert set(answer["bootstrap"]) == {"replicates", "failed", "kind", "seed"}
    parts = [answer["adjusted_for"], *answer["blocks"], *answer["unexplained"]]
    assert sum(part["share"] for part in parts) == pytest.approx(1, abs=1e-12)


def test_text_answers_are_readable_and_say_that_data_are_synthetic(engine, capsys):
    engine.answer = FIT
    assert cli.main(["fit", "y ~ x", "--data", "d.csv"]) == 0
    engine.answer = PARTITION
    assert cli.main(["partition", "demo"]) == 0
    out, err = capsys.readouterr()
    for said in (
        "18.2674",
        "246 patient",
        "<0.0001",
        "The therapist variance is 0.",
        "synthetic",
        "80 therapists",
        "10.0 %",
    ):
        assert said in out
    assert "nan" not in out.lower() and "chatter" not in out
    assert err.count("a library's chatter") == 2


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["partition", "demo", "--bootstrap", "-3"], "'-3' is not a whole number from 0 to"),
        (["partition", "demo", "--seed", "NaN"], "'NaN' is not a whole number"),
        (["partition", "demo", "--question", "when"], "'end'"),
        (["fit", "y ~ x", "--data", "d", "--method", "FOO"], "'REML'"),
        (["fit", "y ~ x"], "--data"),
        (["demo", "--episodes", "1e99"], "10,000,000"),
        (["demo", "--episode", "5"], "--episode"),
        (["strat"], "'partition'"),
        (["moments", "d", "y ~ x"], "--out"),
        (["moments", "d", "y ~ x", "--out", "f", "--levels", "arm"], "VARIABLE=LEVEL"),
        (["pool", "a", "b", "--df", "guess"], "'kenward-roger'"),
        ([], "COMMAND"),
    ],
)
def test_a_wrong_option_gets_one_line_and_status_2(argv, said, capsys):
    assert cli.main(argv) == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err and "--help" in err
    assert err.startswith("Rapport: ") and err.count("\n") == 1


def test_a_refusal_of_the_engine_gets_its_message_and_status_2(engine, capsys):
    engine.answer = ModelError("One therapist", where="therapist", next_step="leave it out")
    assert cli.main(["fit", "y ~ x", "--data", "d", "--json"]) == 2
    assert capsys.readouterr() == (
        "",
        "a library's chatter\nRapport: One therapist. Where: therapist. Next: leave it out.\n",
    )


def test_a_defect_names_its_kind_but_no_value(engine, monkeypatch, capsys):
    monkeypatch.delenv("RAPPORT_DEBUG", raising=False)
    engine.answer = ValueError("patient Ann scored 27")
    assert cli.main(["fit", "y ~ x", "--data", "d"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "ValueError" in err and "RAPPORT_DEBUG" in err
    assert "Ann" not in err and "Traceback" not in err
    monkeypatch.setenv("RAPPORT_DEBUG", "1")
    with pytest.raises(ValueError, match="Ann"):
        cli.main(["fit", "y ~ x", "--data", "d"])


def test_control_c_is_calm(engine, capsys):
    engine.answer = KeyboardInterrupt()
    assert cli.main(["fit", "y ~ x", "--data", "d"]) == 130
    assert capsys.readouterr().err.endswith("Stopped.\n")


def test_a_reader_that_leaves_early_is_no_failure(store):
    command = f"{sys.executable} -m analysis datasets --json"
    # The reader is gone before the first byte is written.
    script = f"({command}; echo status $? >&2) | true"
    done = subprocess.run(script, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == "status 0\n"


@pytest.mark.parametrize(
    "command", ["demo", "import", "datasets", "delete", "fit", "partition", "moments", "pool"]
)
def test_help_of_each_command_has_an_example(command, capsys):
    assert cli.main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"python dashboard.py {command}" in out.split("Example:")[1]


def test_datasets_and_delete_work_on_the_store(store, capsys):
    assert cli.main(["datasets"]) == 0
    assert "No dataset yet" in capsys.readouterr().out
    assert cli.main(["datasets", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"datasets": []}
    assert cli.main(["delete", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err


def test_coefficients_are_tested_together(tmp_path, capsys):
    """As anova(full, reduced) of two linear models: F(2, 9) by hand from the sums of squares."""
    rng = np.random.default_rng(3)
    a, b, y = rng.normal(size=(3, 12))
    rows = "\n".join(",".join(map(repr, row)) for row in np.column_stack([a, b, y]).tolist())
    path = tmp_path / "d.csv"
    path.write_text(f"a,b,y\n{rows}\n")
    assert cli.main(["fit", "y ~ a + b", "--data", str(path), "--joint", "a", "b", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["joint"]
    x = np.column_stack([np.ones(12), a, b])
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    rss, whole = left @ left, ((y - y.mean()) ** 2).sum()
    assert (found["num_df"], found["den_df"]) == (2, pytest.approx(9))
    assert found["statistic"] == pytest.approx((whole - rss) / 2 / (rss / 9))
    assert cli.main(["fit", "y ~ a", "--data", str(path), "--joint", "c"]) == 2
    assert "no coefficient 'c'" in capsys.readouterr().err


def test_published_providers_are_read_as_rates(tmp_path, capsys):
    path = tmp_path / "providers.csv"
    path.write_text(
        "org_name,finished_course_treatment_count,not_at_caseness_count,recovery_count\n"
        "North,100,20,40\nSouth,50,0,\n"
    )
    assert cli.main(["providers", str(path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["providers"]
    (recovery,) = [r for r in rows if r["provider"] == "North" and r["metric"] == "recovery"]
    assert (recovery["count"], recovery["n"], recovery["share"]) == (40, 80, 0.5)
    assert cli.main(["providers", str(path), "--label", "nobody"]) == 2
    assert "no table of providers" in capsys.readouterr().err


def test_an_answer_that_finds_no_room_is_said(monkeypatch, capsys):
    def full(*_answer):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "print_answer", full)
    assert cli.main(["datasets"]) == 2
    assert "The disk is full" in capsys.readouterr().err
