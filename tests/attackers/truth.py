"""The dataset's own treatments, row by row: what the tests of shared reports count again.

Written without the code that protects.
"""

from collections.abc import Sequence
from copy import copy

import numpy as np

from analysis.questions.outcomes.rates import open_treatments

COLUMNS = {
    "Reliable improvement": ("improved", "measured"),
    "Recovery": ("recovered", "at_caseness"),
    "Reliable recovery": ("reliably_recovered", "at_caseness"),
    "Reliable deterioration": ("deteriorated", "measured"),
    "No reliable change": ("unchanged", "measured"),
}
# The same of all finished treatments: who has no last score counts as not improved.
WHOLE_OF_FINISHED = {"measured": "finished", "at_caseness": "possible_cases"}
TABLES = {
    "Outcomes by period": "period",
    "Outcomes by treatment model": "model",
    "Outcomes by severity at intake": "severity",
    "Outcomes by clinic": "clinic",
    "Outcomes by early alliance": "alliance",
}
# Column of waits -> weeks of which they are the rest: who waited longer, of all with a known wait.
WAITS = {"Within 6 weeks": 6, "Within 18 weeks": 18}
ENDINGS = ("planned", "unplanned", "ongoing", "ending_unknown")
WAIT_FLAGS = ("timed", "untimed", *(f"over {weeks}" for weeks in WAITS.values()))
# Who is left over of a share near the whole, which is printed as their rest -> of whom, and who is
# not left over.
LEFT_OVER = {"unscored": ("finished", "measured"), "unfinished": ("episodes", "finished")}
OF_PATIENTS = "Outcomes by group of patients: "
FLAGS = (
    "finished",
    "measured",
    "at_caseness",
    *dict.fromkeys(part for part, _ in COLUMNS.values()),
)

_COMPUTED = {"possible_cases": "finished AND NOT (begun AND NOT cased)"}


class Truth:
    """Every treatment of the dataset: patient, therapist, dimensions and flags.

    groups: caption of a table of groups of patients -> its dimension, beside those of TABLES.
    columns: as COLUMNS, by what the question's rates are shares of. labels: of all variables."""

    def __init__(self, question):
        treatments = open_treatments(question)
        labels = {v.name: v.label or v.name for v in treatments.variables}
        self.labels, self.columns = set(labels.values()), dict(COLUMNS)
        if question.denominator == "finished":
            self.columns = {k: (p, WHOLE_OF_FINISHED[w]) for k, (p, w) in COLUMNS.items()}
        known = treatments.spec.groups
        self.groups = {f"{OF_PATIENTS}{labels[g.name]}": g.dimension for g in known}
        with treatments.cursor() as cursor:
            of_all = ["episode", "patient", "therapist", "wait", "ending", "possible_cases"]
            names = [*of_all, *TABLES.values(), *self.groups.values(), *FLAGS]
            asked = ", ".join(_COMPUTED.get(name, f'"{name}"') for name in names)
            rows = cursor.execute(f"SELECT {asked} FROM treatments ORDER BY episode")
            columns = list(zip(*rows.fetchall(), strict=True))
        self.of = {n: np.array(c, dtype=object) for n, c in zip(names, columns, strict=True)}
        self.flags = {n: self.of[n].astype(bool) for n in FLAGS} | self._waits(treatments.spec)
        ended = np.array([ending or "ending_unknown" for ending in self.of["ending"]])
        self.flags |= {name: ended == name for name in ENDINGS}
        self.flags["possible_cases"] = self.of["possible_cases"].astype(bool)
        self.of |= {name: self.flags[name] for name in (*WAIT_FLAGS, *ENDINGS)}
        self.patient = self.of["patient"].astype(str)
        self.real = np.ones(len(self.patient), dtype=bool)

    def _waits(self, spec) -> dict[str, np.ndarray]:
        """Of the finished: whose wait is known, and who waited longer than each standard."""
        unit = 7 if "day" in spec.wait else 1
        weeks = np.array([np.nan if w is None else w for w in self.of["wait"]], dtype=float) / unit
        finished = self.of["finished"].astype(bool)
        timed = finished & (weeks >= 0)
        over = {f"over {n}": timed & (weeks > n) for n in WAITS.values()}
        return {"timed": timed, "untimed": finished & ~timed} | over

    def with_unseen(self, names: Sequence[str], flags: Sequence[str]) -> "Truth":
        """The same with a place for treatments that could be, and are not: of every clinic, period
        and so on (`names`) that there are together, with every outcome (`flags`). That there are
        none of them is what a reader does not know."""
        there = {tuple(row) for row in np.stack([self.of[n] for n in names], axis=1).tolist()}
        outcomes = {tuple(row) for row in np.stack([self.flags[n] for n in flags], axis=1).tolist()}
        made = [(*place, *outcome) for place in there for outcome in outcomes]
        unseen = copy(self)
        every = (*names, *flags)
        columns = dict(zip(every, zip(*made, strict=True), strict=True))
        unseen.of = {
            name: np.append(self.of[name], np.array(columns[name], dtype=object)) for name in every
        }
        unseen.flags = {name: unseen.of[name].astype(bool) for name in flags}
        unseen.patient = np.append(self.patient, np.full(len(made), ""))
        unseen.real = np.append(self.real, np.zeros(len(made), dtype=bool))
        return unseen

    def selected(self, selection) -> np.ndarray:
        kept = np.ones(len(self.patient), dtype=bool)
        for name, chosen in (
            ("clinic", selection.clinics),
            ("model", selection.models),
            ("severity", selection.severities),
        ):
            if chosen:
                kept &= np.isin(self.of[name].astype(str), chosen)
        first, last = selection.periods
        period = np.array([p or "" for p in self.of["period"]])
        if first:
            kept &= period >= first
        if last:
            kept &= (period <= last) & (period != "")
        return kept


def dimension_values(truth: Truth, by: str) -> np.ndarray:
    return np.array([v or "" for v in truth.of[by]])
