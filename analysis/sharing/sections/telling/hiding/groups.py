"""A breakdown of hundreds of groups, asked group by group: of a reader who knows more than any has.

In one programme over all groups a set of few costs seconds, and there are hundreds of sets. So each
set is asked of a reader of its own group and of everybody's figures, who is told in addition how
many treatments of each kind all other groups have, but for what each of them lends: one kind may
be more, or fewer, by as many as that group's own figures leave open. The groups' loans do not touch
each other, so whole numbers that agree with what this reader knows agree with all that is
printed (decision 0096): what stays open here is open to everybody. What is closed here counts as
told.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.sharing.protection.reader import Statement, atoms, constraints
from analysis.sharing.sections.telling.blocks import Block
from analysis.sharing.sections.telling.hiding.seen import Seen
from analysis.store.queries.treatments.outcome_cells import Cell

ELSEWHERE = "\x1f"  # the group of all treatments outside; no group is called so
MOST_LENT = 50  # of a kind, by a group whose figures leave any number open
_EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Part:
    """Some groups of a breakdown with everybody's figures. known: loans of the other groups."""

    view: Seen
    cells: tuple[Cell, ...] = field(repr=False)
    known: tuple[Statement, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Clan:
    """Groups that figures tie together: one, or the quarters of a year. codes: of the groups.
    near: places of what earlier reports told of them."""

    codes: tuple[int, ...]
    cells: tuple[Cell, ...] = field(repr=False)
    near: frozenset[int] = field(repr=False)


def by_group(view: Seen, by: Sequence[str]) -> Iterator[Part]:
    """The small sets of a breakdown in parts, each with all that there is to be asked of them."""
    clans = _clans(view, by)
    of_code = {code: i for i, clan in enumerate(clans) for code in clan.codes}
    asked: dict[tuple[int, ...], list[np.ndarray]] = defaultdict(list)
    for target in view.targets:
        codes = np.unique(view.group[target]).tolist()
        asked[tuple(sorted({of_code[code] for code in codes}))].append(target)
    kinds = _kinds(view)
    lent = _lent(view, clans, kinds)
    for core, targets in asked.items():
        loans = np.delete(lent, core, axis=0).sum(axis=0)
        yield _part(view, [clans[i] for i in core], targets, kinds, loans)


def _clans(view: Seen, by: Sequence[str]) -> list[Clan]:
    """The groups, those together that a cell or an earlier figure is about."""
    parent = list(range(int(view.group.max()) + 1))

    def root(code: int) -> int:
        while parent[code] != code:
            code = parent[code]
        return code

    cells = [(c, _codes(view, view.sets.members(c.by, c.value))) for c in view.cells(by)[1:]]
    near = {i: _codes(view, b.rows) for i, b in enumerate(view.near) if b.key[0] != "all"}
    for codes in (*(codes for _, codes in cells), *near.values()):
        for code in codes[1:]:
            parent[root(code)] = root(codes[0])
    clans: dict[int, tuple[list[int], list[Cell], list[int]]] = {}
    for code in _codes(view, np.ones(len(view.group), dtype=bool)):
        clans.setdefault(root(code), ([], [], []))[0].append(code)
    for cell, codes in cells:
        if codes:
            clans[root(codes[0])][1].append(cell)
    for i, codes in near.items():
        if codes:
            clans[root(codes[0])][2].append(i)
    return [Clan(tuple(codes), tuple(own), frozenset(of)) for codes, own, of in clans.values()]


def _codes(view: Seen, rows: np.ndarray) -> list[int]:
    return np.unique(view.group[rows]).tolist()


def _kinds(view: Seen) -> np.ndarray:
    """(M,) which kinds everybody's figures all count alike."""
    sets = [view.here, *(view.sets.flags[name] for name in view.names)]
    sets += [rows for b in view.near if b.key[0] == "all" for rows in b.sets]
    sums = view.figures.sums.items()
    sets += [s.rest for key, s in sums if key[0] == "all" and not s.complete]
    return atoms(sets)[0]


def _lent(view: Seen, clans: Sequence[Clan], kinds: np.ndarray) -> np.ndarray:
    """(C, 2, K) how many more, and how many fewer, each of the C clans may have of a kind, with all
    of its own figures as they are: one kind each, those that fewest have lent first."""
    lent = np.zeros((len(clans), 2, int(kinds.max()) + 1))
    lenders = np.zeros(lent.shape[1:])
    for own, clan in zip(lent, clans, strict=True):
        rows = np.flatnonzero(np.isin(view.group, clan.codes))
        able = np.zeros_like(own)
        for a, ends in zip(kinds[rows], _able(_narrowed(view, clan, rows), clan).T, strict=True):
            able[:, a] = np.maximum(able[:, a], ends)
        there = np.argwhere(able > 0)
        if len(there):
            first = min(map(tuple, there), key=lambda at: (lenders[at], -able[at]))
            own[first] = able[first]
            lenders[first] += 1
    return lent


def _able(view: Seen, clan: Clan) -> np.ndarray:
    """(2, M) how many more, and how many fewer, there may be of each kind of a clan alone."""
    told = [*view.near, *view.shown(view.figures, clan.cells)]
    one = np.arange(len(view.weight))
    said = [pair for b in told if b.key[0] != "all" for pair in constraints(b.statement, one)]
    ends = np.stack([np.full(len(one), MOST_LENT), np.minimum(view.weight, MOST_LENT)])
    if not said:
        return ends
    rows = np.array([row for row, _ in said])
    left = np.maximum(np.array([limit for _, limit in said]) - rows @ view.weight, 0)
    with np.errstate(divide="ignore"):
        for sign, end in zip((1, -1), ends, strict=True):
            most = np.where(sign * rows > 0, (left[:, None] + _EXACT) / np.abs(rows), np.inf)
            np.minimum(end, np.floor(most.min(axis=0)), out=end, casting="unsafe")
    return ends


def _narrowed(view: Seen, clan: Clan, rows: np.ndarray) -> Seen:
    """What is seen of a clan alone, on its own kinds."""
    return view.on(rows, {(c.by, c.value) for c in clan.cells}, _near(view, [clan]))


def _near(view: Seen, clans: Sequence[Clan]) -> list[Block]:
    """What earlier reports told of everybody and of these clans."""
    own = frozenset[int]().union(*(clan.near for clan in clans))
    return [b for i, b in enumerate(view.near) if i in own or b.key[0] == "all"]


def _part(view: Seen, clans: Sequence[Clan], targets, kinds: np.ndarray, loans) -> Part:
    """The targets with their own clans' kinds, and the kinds of everybody's figures elsewhere."""
    mine = np.isin(view.group, [code for clan in clans for code in clan.codes])
    elsewhere = np.bincount(kinds[~mine], view.weight[~mine], minlength=loans.shape[1])
    place = np.zeros(loans.shape[1], dtype=np.int64)
    place[kinds[~mine]] = np.flatnonzero(~mine)
    there = np.flatnonzero(elsewhere)
    rows = np.concatenate([np.flatnonzero(mine), place[there]])
    cells = [cell for clan in clans for cell in clan.cells]
    own = len(rows) - len(there)
    of = {("all", ""), *((c.by, c.value) for c in cells)}
    narrow = view.on(rows, of, _near(view, clans), targets)
    narrow = narrow.moved(len(there), elsewhere[there], ELSEWHERE)
    known = []
    for i, kind in enumerate(there):
        part = np.arange(len(rows)) == own + i
        n, (more, fewer) = elsewhere[kind], loans[:, kind]
        known.append(Statement(part, n - fewer, n + more))
    return Part(narrow, (view.figures.found.all, *cells), tuple(known))
