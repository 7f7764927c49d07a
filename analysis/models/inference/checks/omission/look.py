"""The rows that checks look at, and the wider models that they try on them."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.models.inference.checks.omission.neighbours import neighbours_of
from analysis.models.inference.checks.omission.row_design import (
    Neighbours,
    Refit,
    RowDesign,
    as_in_moments,
    refit,
)
from analysis.models.language.design import INTERCEPT, BasisFunction, Level
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import Solution

MOST_ROWS = 60_000  # whole groups are taken until there are as many; they tell enough
# A column of which less than this share of the variance lies within the groups has no slope there.
VARIES = 0.01
FEWEST_PAIRS = 20  # neighbours that serial correlation is looked for in
Slope = tuple[tuple[str, ...], str]  # the grouping's names, the column


@dataclass(frozen=True, slots=True)
class Wide:
    """A model with further slopes, bends of the terms `bent` and a correlation r of neighbours,
    fitted."""

    slopes: tuple[Slope, ...]
    bent: tuple[str, ...]
    r: float
    found: Refit


@dataclass(frozen=True, slots=True)
class Look:
    """rows: those looked at. theta, blocks: the fit's own estimate and its number of blocks a
    level. neighbours, ordered_by: which row follows which, and by which column ('' for the data's
    own order). named: each number among the fixed effects, (N,) about its mean and of size one,
    by the name `about(column)`; scales: its SD."""

    rows: RowDesign
    reml: bool
    theta: np.ndarray
    blocks: tuple[int, ...]
    neighbours: Neighbours | None
    ordered_by: str
    named: dict[str, np.ndarray]
    scales: dict[str, float]

    @classmethod
    def of(cls, moments: Moments, solution: Solution, columns: dict, codes: dict) -> "Look":
        """From `design_arrays`: columns by name (N,), codes by grouping (N,)."""
        codes = dict(zip(moments.groupings, as_in_moments(moments, codes), strict=True))
        moments, columns, codes = _some(moments, columns, codes)
        neighbours, by = None, ""
        if moments.groupings:
            neighbours, by = neighbours_of(moments, columns, codes[moments.groupings[0]])
        named, scales = {}, {}
        for name in _numbers(moments):
            values, size = columns[name], float(columns[name].std())
            if size > 0:
                named[about(name)], scales[name] = (values - values.mean()) / size, size
        blocks = tuple(sum(b.label == g for b in moments.design.blocks) for g in moments.groupings)
        rows = RowDesign.of(moments, columns, codes)
        return cls(rows, solution.reml, solution.theta, blocks, neighbours, by, named, scales)

    @property
    def pairs(self) -> int:
        """Neighbours that follow each other."""
        return 0 if self.neighbours is None else int((self.neighbours.previous >= 0).sum())

    def plain(self) -> Wide:
        """The fit's own model on these rows."""
        return Wide((), (), 0.0, refit(self.rows, self.reml, self.theta, list(self.blocks)))

    def candidates(self) -> list[tuple]:
        """('slope', grouping's names, column) of every slope that could differ between groups, and
        ('serial',) where enough rows follow each other."""
        out: list[tuple] = []
        design = self.rows.moments.design
        for group, code in zip(self.rows.moments.groupings, self.rows.codes, strict=True):
            names = next(b.group for b in design.blocks if b.label == group)
            known = {c for b in design.blocks if b.label == group for c in b.columns}
            out += [
                ("slope", names, column)
                for column in self.scales
                if column not in known and varies(self.named[about(column)], code)
            ]
        return out + ([("serial",)] if self.pairs >= FEWEST_PAIRS else [])

    def wider(self, like: Wide, slopes=(), bent=(), r: float | None = None) -> Wide:
        """`like` with further slopes and bends, or with another r."""
        slopes, bent = (*like.slopes, *slopes), (*like.bent, *bent)
        r = like.r if r is None else r
        known = [len(level.blocks) for level in like.found.problem.levels]
        start = like.found.theta
        if slopes != like.slopes:  # a new term may stand anywhere among a level's others
            start, known = self.theta, list(self.blocks)
        found = refit(self.rows_of(slopes, bent), self.reml, start, known, self.neighbours, r)
        return Wide(slopes, bent, r, found)

    def rows_of(self, slopes: tuple[Slope, ...], bent: tuple[str, ...]) -> RowDesign:
        """The rows with a random term for each slope and the powers of each bent term."""
        if not slopes and not bent:
            return self.rows
        named = {about(c): self.named[about(c)] for _, c in slopes}
        powers = {n: v for term in bent for n, v in self.powers(term).items()}
        return self.rows.with_columns(
            named | powers, [(g, about(c)) for g, c in slopes], tuple(powers)
        )

    def powers(self, term: str) -> dict[str, np.ndarray]:
        """Square and cube of a number, (N,) each, less what a line says of them."""
        z = self.named[about(term)]
        cube = z**3 - z * float(np.mean(z**4))
        return {f"{term} squared": z**2 - 1.0, f"{term} cubed": cube / (cube.std() or 1.0)}


def about(column: str) -> str:
    """The name of a column less its mean."""
    return f"{column} about its mean"


def varies(values: np.ndarray, code: np.ndarray) -> bool:
    """Whether standardised values (N,) vary within the groups (N,) `code`."""
    within = values - (np.bincount(code, values) / np.bincount(code))[code]
    return float(np.mean(within**2)) > VARIES


def _numbers(moments: Moments) -> list[str]:
    """Fixed effects that are one number each: no category, no part of a curve."""
    by_name = {c.name: c for c in moments.design.columns}
    columns = (by_name[x] for x in moments.design.x if x != INTERCEPT)
    return [
        c.name
        for c in columns
        if len(c.atoms) == 1 and not isinstance(c.atoms[0], Level | BasisFunction)
    ]


def _some(moments: Moments, columns: dict, codes: dict) -> tuple[Moments, dict, dict]:
    """All rows, or whole outermost groups until there are MOST_ROWS of them."""
    if moments.rows <= MOST_ROWS or not moments.groupings:
        return moments, columns, codes
    outer = codes[moments.groupings[-1]]
    kept = np.isin(outer, np.flatnonzero(np.cumsum(np.bincount(outer)) <= MOST_ROWS))
    if not kept.any():
        return moments, columns, codes
    new = {g: np.unique(codes[g][kept], return_inverse=True)[1] for g in moments.groupings}
    inner = new[moments.groupings[0]]
    first = np.unique(inner, return_index=True)[1]
    some = replace(
        moments,
        rows=int(kept.sum()),
        counts=np.bincount(inner).astype(float),
        codes=tuple(new[g][first] for g in moments.groupings),
        labels=(),
    )
    return some, {n: v[kept] for n, v in columns.items()}, new
