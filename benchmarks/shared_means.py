"""Effect sizes of random pairs and triples of reports: does any combination of them tell of few?

    python -m benchmarks.shared_means [tries] [treatments] [seed]

The attacker knows exactly whose each effect size is, of how many, and the standard deviation that
it is measured in; of anybody else's change he knows that it lies within three of them. For each set
of 1 to 7 patients whom the told sets set apart, a linear programme finds the combination that
bounds their mean change best. Prints the narrowest bound; 3 and more is no better than knowing
nothing. docs/sharing.md has the last figures.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

from analysis.demo import make_demo
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.sharing.writing.document import KeyFigures
from benchmarks.shared_reports import _shared, chosen
from tests.attackers.truth import TABLES, Truth, dimension_values

RANGE, SMALL = 3.0, 7
_NUMBER = re.compile(r"[-−]?\d+\.(\d+)")
Said = tuple[np.ndarray, float]  # (N,) whose mean; how far the printed one may be off


def main(tries: int = 12, treatments: int = 600, seed: int = 1) -> None:
    store = Path(tempfile.mkdtemp())
    os.environ["RAPPORT_STORE"] = str(store)
    make_demo(name="d", episodes=treatments, seed=seed)
    rng, truth = np.random.default_rng(seed), Truth(OutcomeQuestion("d"))
    tables, least = TABLES | truth.groups, np.inf
    for number in range(tries):
        for name in ("d/shared.ledger", ".shared-d.json"):
            (store / name).unlink(missing_ok=True)
        reports = [r for _ in range(2 + number % 2) if (r := _shared(chosen(rng, truth)))]
        said = [m for d, s in reports for m in means_said(d, truth, s, tables)]
        if said:
            least = min(least, narrowest(said))
            print(f"{number + 1} tries, narrowest bound {least:.1f} SD", flush=True)


def means_said(document, truth: Truth, selection, tables) -> Iterator[Said]:
    """Every effect size of a document."""
    here = truth.selected(selection) & truth.flags["measured"]
    for block in (b for section in document.sections for b in section.blocks):
        for figure in block.figures if isinstance(block, KeyFigures) else ():
            told = _NUMBER.fullmatch(figure.value.text)
            if told and figure.label.startswith("Effect size"):
                yield here, 0.5 * 10 ** -len(told[1])
    for table in (t for t in document.tables if t.caption in tables):
        values = np.char.lower(dimension_values(truth, tables[table.caption]).astype(str))
        for row in table.texts():
            told = _NUMBER.fullmatch(row.get("Effect size", "").split(" (")[0])
            value = next(iter(row.values())).lower()
            own = here & (values == ("" if value == "not recorded" else value))
            if told and own.any():
                yield own, 0.5 * 10 ** -len(told[1])


def narrowest(said: list[Said]) -> float:
    """The best bound, in SD to either side, of the mean of a set of 1 to 7 that is set apart."""
    sets = np.stack([rows for rows, _ in said])
    parts, size = np.unique(sets, axis=1, return_counts=True)
    parts, best = parts.astype(float), np.inf
    off = np.array([each for _, each in said]) * (parts @ size)
    for a in np.flatnonzero((size <= SMALL) & parts.any(axis=0)):
        others = np.arange(len(size)) != a
        rest, one = parts[:, others].T, np.eye(len(size) - 1)
        # What a combination costs: the rounding of each figure, and all that it says of others.
        cost = np.concatenate([off, off, *[RANGE * size[others]] * 2])
        equal = np.vstack(
            [
                np.hstack([rest, -rest, -one, one]),
                np.concatenate([parts[:, a], -parts[:, a], np.zeros(2 * len(one))]),
            ]
        )
        solved = linprog(cost, A_eq=equal, b_eq=np.append(np.zeros(len(one)), 1.0))
        if solved.status == 0:
            best = min(best, solved.fun / size[a])
    return best


if __name__ == "__main__":
    main(*(int(given) for given in sys.argv[1:]))
