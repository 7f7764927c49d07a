"""The grain that a series tells each breakdown in, proposed from a year in play.

A breakdown told each quarter makes four tables of few, one told by the year one table of many. Of a
clinic's few the most is hidden, and what is hidden in a quarter is missing from the year.
"""

from dataclasses import dataclass, replace

from analysis.sharing.request import ReportRequest
from analysis.sharing.sections.telling.kinds import HIDDEN
from analysis.sharing.series.rehearsal import Progress, Rehearsal, rehearse

GRAINS = {1: "quarter", 2: "half", 4: "year"}
ALIKE = 0.05  # shares of told rates that are no reason to tell less often


@dataclass(frozen=True, slots=True)
class Proposal:
    """grains: breakdown -> quarters of its proposed blocks. shown: (breakdown, quarters) -> share
    of its rates that were told in the year in play, None where no group had 20 treatments."""

    grains: dict[str, int]
    shown: dict[tuple[str, int], float | None]

    @property
    def by_half(self) -> tuple[str, ...]:
        return tuple(name for name, quarters in self.grains.items() if quarters == 2)

    @property
    def by_year(self) -> tuple[str, ...]:
        return tuple(name for name, quarters in self.grains.items() if quarters == 4)


def propose(
    request: ReportRequest,
    every: tuple[str, ...],
    breakdowns: tuple[str, ...],
    year: str = "",
    progress: Progress | None = None,
    played: Rehearsal | None = None,
) -> Proposal:
    """The finest grain of each breakdown of which no coarser one is told better by over ALIKE.

    Breakdowns of one report touch each other through everybody's figures alone, so each grain is
    tried for all of them at once: three years in play. What the data do not have is left out.
    played: a Rehearsal of the same series and year, which is not played again in its own grain.
    """
    tell = progress or (lambda share, sentence: None)
    tried: dict[int, Rehearsal] = {}
    for place, quarters in enumerate(GRAINS):
        if played and {dict(played.grains).get(name, 1) for name in breakdowns} == {quarters}:
            tried[quarters] = played
            continue
        asked = replace(request, grains=tuple((name, quarters) for name in breakdowns))

        def part(share: float, sentence: str, place: int = place) -> None:
            tell((place + share) / len(GRAINS), sentence)

        tried[quarters] = rehearse(asked, every, year, part)
    shown = {(name, q): _share(tried[q], name) for name in breakdowns for q in GRAINS}
    grains = {}
    for name in breakdowns:
        found = {q: s for q in GRAINS if (s := shown[name, q]) is not None}
        if found:
            best = max(found.values())
            grains[name] = next(q for q, s in found.items() if s >= best - ALIKE)
    return Proposal(grains, shown)


def _share(rehearsal: Rehearsal, dimension: str) -> float | None:
    own = {how: n for (of, how), n in rehearsal.kinds.items() if of == dimension}
    every = sum(own.values())
    return 1 - own.get(HIDDEN, 0) / every if every else None
