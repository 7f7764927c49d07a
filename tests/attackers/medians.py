"""A reader of the medians in several shared reports, who knows how many patients each is of.

Written without the code that protects. A median m of n values says that half of them and more are m
or less, and as many m or more. So for a value that several medians are told around, integer
programmes ask how many of each part that the reports cut out can lie above and below.
"""

import re
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.questions.outcomes.rates import open_treatments
from tests.attackers.truth import Truth, dimension_values

WAIT = re.compile(r"half of the patients had ([\d.]+) (?:weeks |days )?or less")
SESSIONS = re.compile(r"Half of the finished treatments had ([\d.]+) sessions")


@dataclass(frozen=True)
class Median:
    """of: 'wait' or 'sessions'. rows: (N,) whose it is."""

    of: str
    value: float
    rows: np.ndarray


class Values:
    """(N,) weeks waited and sessions of each treatment, NaN where not known."""

    def __init__(self, question):
        treatments = open_treatments(question)
        with treatments.cursor() as cursor:
            sql = "SELECT wait::DOUBLE, sessions::DOUBLE, finished FROM treatments ORDER BY episode"
            rows = np.array(cursor.execute(sql).fetchall(), dtype=float)
        self.of = {"wait": rows[:, 0], "sessions": np.where(rows[:, 2] > 0, rows[:, 1], np.nan)}


def medians_said(document, truth: Truth, values: Values, selection) -> list[Median]:
    """Every median of a document."""
    here, found = truth.selected(selection), []
    known = {name: here & ~np.isnan(own) for name, own in values.of.items()}
    for section in document.sections:
        for text in (getattr(block, "text", "") for block in section.blocks):
            for name, said in (("wait", WAIT), ("sessions", SESSIONS)):
                found += [Median(name, float(v), known[name]) for v in said.findall(text)]
    for table in (t for t in document.tables if t.caption == "Medians by period"):
        for row in table.texts():
            period, *told = row.values()
            own = dimension_values(truth, "period") == period
            names = ("wait", "sessions") if len(told) == 2 else ("sessions",)
            for name, text in zip(names, told, strict=True):
                if re.fullmatch(r"[\d.]+", text):
                    found.append(Median(name, float(text), known[name] & own))
    return found


def sided(medians: list[Median], truth: Truth, values: Values) -> list[tuple]:
    """(what, value, patients, least, most) of each part whose patients above or below a told value
    are 1 to 7 in truth, and cannot be 1, or cannot be 7 though the part has as many."""
    found = []
    for name, own in values.of.items():
        told = [m for m in medians if m.of == name]
        if not told:
            continue
        code = np.unique(np.stack([m.rows for m in told]), axis=1, return_inverse=True)[1].ravel()
        parts = [np.flatnonzero(code == c) for c in np.unique(code)]
        parts = [p for p in parts if any(m.rows[p[0]] for m in told)]
        for value in sorted({m.value for m in told}):
            for above in (True, False):
                found += _narrowed(name, value, above, told, parts, own, truth)
    return found


def _narrowed(name, value, above, told, parts, own, truth) -> list[tuple]:
    size = np.array([len(p) for p in parts], dtype=float)
    rows, low, high = [], [], []
    for m in told:
        inside = np.array([float(m.rows[p[0]]) for p in parts])
        n = inside @ size
        beyond = m.value > value if above else m.value < value
        within = m.value <= value if above else m.value >= value
        rows.append(inside)  # unknown: how many of each part lie beyond the value
        low.append(n / 2 if beyond else 0)
        high.append(n / 2 if within else n)
    known = LinearConstraint(np.array(rows), low, high)
    found = []
    for k, part in enumerate(parts):
        here = own[part] > value if above else own[part] < value
        true = len(set(truth.patient[part[here]]))
        if not 1 <= true <= 7:
            continue
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(parts))
            goal[k] = sign
            solved = milp(goal, constraints=known, integrality=np.ones(len(parts)),
                          bounds=Bounds(0, size))  # fmt: skip
            ends.append(sign * solved.fun if solved.fun is not None else np.nan)
        least, most = ends
        if least > 1 or (most < 7 and most < size[k]):
            found.append((name, value, len(set(truth.patient[part])), least, most))
    return found
