"""A year of a planned series written in play: what each of its reports could show.

What a report may show depends on all those shared before it, so they are built one after the other
against a copy of the ledger, in the store's scratch room. The dataset's own ledger learns nothing,
no file is written, and the copy goes when the answer is there.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.base.errors import ExportRefused, RequestError
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import open_treatments
from analysis.sharing.build import Report, build
from analysis.sharing.export import admit
from analysis.sharing.ledger import ledger
from analysis.sharing.periods_asked import NAMED, periods_of_year
from analysis.sharing.request import ReportRequest
from analysis.sharing.sections.telling.kinds import HIDDEN
from analysis.store.place import Store
from analysis.store.scratch import scratch_folder
from analysis.store.versions import catalogue
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.naming import stamp_path

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One report of the series. kind: of `periods_asked.KINDS`, '' for a single one. kinds:
    (dimension, how) -> rates of groups of 20 treatments and more (`telling.kinds`). refused: why it
    could not be shared, '' where it could."""

    kind: str
    first: str
    last: str
    kinds: Mapping[tuple[str, str], int] = field(repr=False)
    refused: str = ""

    def told(self, dimension: str = "") -> tuple[int, int]:
        """Rates that are told in any way, and all; of one dimension, or of the whole report."""
        own = {k: n for k, n in self.kinds.items() if not dimension or k[0] == dimension}
        return sum(n for (_, how), n in own.items() if how != HIDDEN), sum(own.values())


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The reports of a year in the order of time. grains: of the plan that was tried."""

    year: str
    reports: tuple[Rehearsed, ...]
    grains: tuple[tuple[str, int], ...] = ()

    @property
    def kinds(self) -> Counter[tuple[str, str]]:
        """The rates of all reports that could be shared."""
        found: Counter[tuple[str, str]] = Counter()
        for one in self.reports:
            found.update(one.kinds if not one.refused else {})
        return found


def rehearse(
    request: ReportRequest, every: tuple[str, ...], year: str = "", progress: Progress | None = None
) -> Rehearsal:
    """What the reports of a year could show; without `every` the one report that is asked.

    request: of outcomes, for sharing; its own periods are left aside where `every` names a series.
    year: such as '2025', '' for the last that is over in the data. RequestError for a report that
    stays inside, or data without a period.
    """
    question = request.question
    if request.profile != "share" or question is None:
        raise RequestError(
            "Only a report of outcomes for sharing is tried beforehand",
            next_step="take the profile 'share'",
        )
    tell = progress or (lambda share, sentence: None)
    year = year or last_year(question)
    asked = periods_of_year(every, year) if every else [("", *question.selection.periods)]
    reports = []
    with _copy(request) as tried:
        for place, (kind, first, last) in enumerate(asked):
            what = NAMED[kind].format(last=last) if kind else "The report"
            tell(place / len(asked), f"Trying: {what}")
            reports.append(_tried(tried, kind, first, last))
    return Rehearsal(year, tuple(reports), request.grains)


def with_periods(request: ReportRequest, first: str, last: str) -> ReportRequest:
    """The request about other periods, by quarters, as a series asks."""
    if request.question is None:
        return request
    selection = replace(request.question.selection, periods=(first, last))
    question = replace(request.question, selection=selection, period="quarter")
    return replace(request, question=question)


def last_year(question: OutcomeQuestion) -> str:
    """The last year whose fourth quarter has treatments; without one the last that has any."""
    asked = replace(question, period="quarter")
    known = [name for name in open_treatments(asked).values("period") if name]
    if not known:
        raise RequestError("No treatment has a period", next_step="import data with dates")
    over = [name[:4] for name in known if name.endswith("Q4")]
    return max(over or [name[:4] for name in known])


def _tried(request: ReportRequest, kind: str, first: str, last: str) -> Rehearsed:
    report: Report | None = None
    try:
        report = build(with_periods(request, first, last) if kind else request)
        admit(report)
    except (ExportRefused, RequestError) as error:
        return Rehearsed(kind, first, last, report.kinds if report else {}, str(error))
    return Rehearsed(kind, first, last, report.kinds)


@contextmanager
def _copy(request: ReportRequest) -> Iterator[ReportRequest]:
    """The request to a store of its own, with this version and the ledger as it is now."""
    scope = request.scope
    info = catalogue.find(scope.dataset, scope.version, scope.store)
    with scratch_folder(scope.store, "rehearsal") as folder:
        store = Store(folder)
        _put(info, store.folder(info.name))
        yield replace(
            request,
            scope=replace(scope, version=info.version, store=store),
            question=request.question
            and replace(request.question, version=info.version, store=store),
        )


def _put(info: DatasetInfo, folder: Path) -> None:
    folder.mkdir()
    try:
        os.link(info.path, folder / info.path.name)
    except OSError:  # a file system without links
        shutil.copyfile(info.path, folder / info.path.name)
    (folder / "current").write_text(f"{info.version}\n", encoding="utf-8")
    ledger.copy(info.path.parent, folder)
    stamp = stamp_path(info.path.parent)
    if stamp.exists():
        shutil.copyfile(stamp, stamp_path(folder))
