"""A breakdown of many groups, asked group by group: never more open than in one system.

`linked.MOST_TOGETHER` is set so low that small services are asked group by group, too.
"""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import open_treatments
from analysis.questions.scope import Scope
from analysis.sharing.build import build
from analysis.sharing.export import admit
from analysis.sharing.protection.nearness import near_an_earlier
from analysis.sharing.protection.reader import Reader, Statement, constraints
from analysis.sharing.request import KINDS, ReportRequest
from analysis.sharing.sections.section import Asked
from analysis.sharing.sections.telling.hiding import linked
from analysis.sharing.sections.telling.hiding.cells import protect_outcomes
from analysis.sharing.sections.telling.hiding.groups import by_group
from analysis.sharing.sections.telling.hiding.seen import seen
from analysis.sharing.sections.telling.told_before import DIMENSIONS, of_everything
from analysis.store.queries.treatments.outcome_cells import Selection
from tests.attackers.programmes import narrowed
from tests.attackers.truth import Truth

BY = ("clinic", "severity")


@pytest.fixture
def service(tmp_path, monkeypatch):
    monkeypatch.setenv("RAPPORT_STORE", str(tmp_path))
    return make_demo(name="s", episodes=900, seed=11).name


def of_service(name: str):
    """Figures before all tables are looked at together, and whom they are about."""
    asked = of_everything(OutcomeQuestion(name))
    treatments = open_treatments(asked)
    sets = treatments.sets(asked, DIMENSIONS)
    found = treatments.ask(asked, BY, differences=False)
    return protect_outcomes(found, BY, Asked("share"), sets), sets, np.ones(len(sets.patient), bool)


def test_what_is_open_group_by_group_is_open_in_one_system(service, monkeypatch):
    figures, sets, here = of_service(service)
    monkeypatch.setattr(linked, "MOST_TOGETHER", 1)
    told = linked.open_together(figures, BY, sets, here)
    assert told.hidden > figures.hidden  # there was something to be hidden
    asked = 0
    for dimension in BY:
        view = seen(told, dimension, BY, sets, here, ())
        statements = [b.statement for b in view.shown(view.figures, view.cells(BY))]
        reader = Reader(statements, view.targets, view.weight)
        asked += len(view.targets)
        assert all(reader.leaves_open(target) for target in view.targets)
    assert asked > 20


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_others_lend_they_can_have(service, seed):
    """Drawn numbers within the loans, against an integer programme over all that the others say."""
    figures, sets, here = of_service(service)
    view, rng, lent = seen(figures, "clinic", BY, sets, here, ()), np.random.default_rng(seed), 0
    told = [b for b in view.shown(view.figures, view.cells(BY)[1:])]
    for part in by_group(view, BY):
        elsewhere = np.flatnonzero(~np.isin(view.group, part.view.group))
        there = set(elsewhere.tolist())
        said = [b.statement for b in told if set(np.flatnonzero(b.rows)) <= there]
        known = [pair for one in said for pair in constraints(one, elsewhere)]
        wanted, drawn = [], []
        for loan in part.known:
            [at] = np.flatnonzero(loan.part)
            alike = [view.sets.flags[n] == part.view.sets.flags[n][at] for n in view.names]
            wanted.append(np.all(alike, axis=0)[elsewhere])
            drawn.append(rng.integers(loan.low, loan.high, endpoint=True))
            lent += loan.high - loan.low
        found = milp(
            np.zeros(len(elsewhere)),
            constraints=[
                LinearConstraint(np.array([row for row, _ in known]), ub=[end for _, end in known]),
                LinearConstraint(np.array(wanted, dtype=float), drawn, drawn),
            ],
            integrality=np.ones(len(elsewhere)),
            bounds=Bounds(0, np.inf),
        )
        assert found.status == 0
    assert lent > 10


def test_reports_told_group_by_group_leave_every_small_set_open(service, monkeypatch):
    monkeypatch.setattr(linked, "MOST_TOGETHER", 1)
    reports = []
    for periods in (("", "2023 Q2"), ("2023 Q1", "")):
        chosen = Selection(periods=periods)
        report = build(
            ReportRequest(
                Scope(service),
                KINDS["outcomes"],
                question=OutcomeQuestion(service, selection=chosen),
            )
        )
        admit(report)
        reports.append((report.document, chosen))
    truth = Truth(OutcomeQuestion(service))
    assert narrowed(reports, truth, 6, np.random.default_rng(0)) == []


def test_sets_that_few_set_apart():
    sets = [np.arange(20), np.arange(13), np.arange(12), np.arange(30, 50), np.arange(30, 50)]
    assert near_an_earlier(sets, 60).tolist() == [False, True, True, False, False]


def test_a_statement_as_rows():
    part, whole = np.array([True, False]), np.array([True, True])
    count = list(constraints(Statement(part, 3, 7), np.arange(2)))
    assert [(row.tolist(), limit) for row, limit in count] == [([1, 0], 7), ([-1, 0], -3)]
    share = list(constraints(Statement(part, 0.25, 0.5, whole), np.arange(2)))
    assert share[0][0] @ [2, 2] > 0 > share[0][0] @ [1, 2]  # below a half
    assert share[1][0] @ [1, 4] > 0 >= share[1][0] @ [1, 3]  # a quarter or more
