"""Random pairs of a shared report and a file of sums against integer programmes.

    python -m benchmarks.shared_sums [pairs] [treatments] [seed]

Of each pair one is shared first, the other where the ledger lets it. Prints how often the second
was refused, how many of the pairs gave a reader of both a set of 1 to 7 patients narrowed to less
than 1 to 7, and how often an effect size stood beside sums of the same scores of a set that few
patients set apart. docs/sharing.md has the last figures.
"""

import os
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

from analysis.application import cli
from analysis.base.errors import ExportRefused
from analysis.questions.opening import open_source
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.request import KINDS, ReportRequest
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.programmes import SumsFile, narrowed
from tests.attackers.truth import TABLES, Truth
from tests.random_clinics import random_clinic

LOOKED_AT = 4  # small sets of each breakdown, drawn at random
# Formula -> its variables, the dimensions whose groups it counts.
FORMULAS = {
    "age ~ 1": (("age",), ()),
    "age ~ clinic": (("age",), ("clinic",)),
    "age ~ arm": (("age",), ("model",)),
    "last(phq9) ~ age": (("last(phq9)", "age"), ()),
    "last(phq9) ~ clinic": (("last(phq9)",), ("clinic",)),
    "phq9 ~ session": (("phq9", "session"), ()),
    "phq9 ~ session + age": (("phq9", "session", "age"), ()),
    "phq9 ~ session + clinic": (("phq9", "session"), ("clinic",)),
    "phq9 ~ session + age + (1 | therapist)": (("phq9", "session", "age"), ()),
}


def main(pairs: int = 60, treatments: int = 300, seed: int = 1) -> None:
    store = Path(tempfile.mkdtemp())
    os.environ["RAPPORT_STORE"] = str(store)
    rng = np.random.default_rng(seed)
    began, said = time.process_time(), dict.fromkeys(("refused", "told", "open", "near means"), 0)
    made = 0
    for number in range(pairs):
        random_clinic(seed + number // 4, "d", treatments=treatments, ageless=number % 4 * 2)
        for name in ("d/shared.ledger", ".shared-d.json"):
            (store / name).unlink(missing_ok=True)
        truth = Truth(OutcomeQuestion("d"))
        formula = list(FORMULAS)[rng.integers(len(FORMULAS))]
        selection = _chosen(rng, truth)
        if number % 2:
            first = document = _shared(selection)
            second = file = _summed(formula, truth, store)
        else:
            first = file = _summed(formula, truth, store)
            second = document = _shared(selection)
        what = f"{formula}, {_words(selection)}, {'file' if number % 2 == 0 else 'report'} first"
        if document is None or file is None:
            said["refused"] += second is None and first is not None
            print(f"{number + 1}: {what}: not both", flush=True)
            continue
        made += 1
        tables = TABLES | truth.groups
        found = narrowed([(document, selection)], truth, LOOKED_AT, rng, tables, sums=[file])
        sure = [one for one in found if False in one[2:]]
        said["told"] += bool(sure)
        said["open"] += bool(found and not sure)
        near = _near_means(document, truth, selection, file) if "phq9" in formula else []
        said["near means"] += bool(near)
        print(f"{number + 1}: {what}: {_found(sure)} {near}", flush=True)
    took = time.process_time() - began
    print(
        f"{made} of {pairs} pairs shared, {said['refused']} refused, {said['told']} narrowed, "
        f"{said['open']} undecided, {said['near means']} with means few apart; {took:.0f} s"
    )


def _chosen(rng, truth: Truth) -> Selection:
    """The whole service for half, else some periods or clinics."""
    kind = rng.integers(4)
    if kind == 0:
        quarters = sorted({p for p in truth.of["period"] if p})
        first, last = sorted(rng.integers(0, len(quarters), 2))
        return Selection(periods=(quarters[first], quarters[last]))
    if kind == 1:
        clinics = sorted(set(truth.of["clinic"]))
        return Selection(clinics=tuple(clinics[: max(1, len(clinics) - 1)]))
    return Selection()


def _shared(selection: Selection):
    question = OutcomeQuestion("d", selection=selection)
    try:
        report = build(ReportRequest(Scope("d"), KINDS["outcomes"], question=question))
        admit(report)
    except ExportRefused:
        return None
    return report.document


def _summed(formula: str, truth: Truth, store: Path) -> SumsFile | None:
    """What the command `moments` writes, None where it refuses."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        done = cli.main(["moments", "d", formula, "--out", str(store / "d.sums")])
    variables, by = FORMULAS[formula]
    return None if done else SumsFile(_complete(variables, truth), by)


def _complete(variables: tuple[str, ...], truth: Truth) -> np.ndarray:
    """(N,) the treatments with a row in which nothing of the variables is missing."""
    with open_source("d", (*variables, "episode")) as opened:
        there = " AND ".join(f"{opened.numbers[name]} IS NOT NULL" for name in variables)
        query = f"SELECT {opened.texts['episode']} FROM {opened.relation} WHERE {there}"
        found = [str(episode) for (episode,) in opened.cursor.execute(query).fetchall()]
    return np.isin(truth.of["episode"].astype(str), found)


def _near_means(document, truth: Truth, selection: Selection, file: SumsFile) -> list[int]:
    """How many patients set apart the file's set and that of everybody's effect size."""
    told = [t for t in document.tables for row in t.texts() if "Effect size" in str(row)]
    own = truth.selected(selection) & truth.flags["measured"]
    apart = len(set(truth.patient[own ^ file.rows]))
    return [apart] if told and 1 <= apart <= 7 else []


def _found(sure: list[tuple]) -> str:
    return "; ".join(f"{by}: {n} not {_ends(a, b)}" for by, n, a, b in sure) or "nothing narrowed"


def _ends(one, seven) -> str:
    return " or ".join(n for n, able in (("1", one), ("7", seven)) if able is False)


def _words(selection: Selection) -> str:
    return "some periods" if any(selection.periods) else "clinics" if selection.clinics else "all"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
