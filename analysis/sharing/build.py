"""The report that was asked for: every part computed, protected, and put into one document."""

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from analysis.base.errors import RapportError
from analysis.base.languages import language
from analysis.base.phrase import Phrase, joined, numbered
from analysis.sharing.audit import audit
from analysis.sharing.ledger import keeping, ledger
from analysis.sharing.ledger.elsewhere import check_elsewhere
from analysis.sharing.ledger.overtaken import made_beside
from analysis.sharing.ledger.people import known_people
from analysis.sharing.periods_asked import span
from analysis.sharing.request import KINDS, SECTIONS, ReportRequest, checked_request
from analysis.sharing.sections.method_section import app_version, method_section, rules, short_rules
from analysis.sharing.sections.section import Asked
from analysis.sharing.sources import Sources
from analysis.sharing.writing.document import Document, Section
from analysis.sharing.writing.translated import translated
from analysis.store.queries.patients import patient_contents
from analysis.store.queries.treatments.outcome_cells import Selection
from analysis.store.versions import catalogue
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import open_dataset

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """A finished report. hidden: figures that are '[c]'. cells: its figures' patients as sketches,
    for the ledger; () for a report that stays inside. people: the version's patients, likewise.
    told: what its outcomes were asked and state, likewise. request: with the version filled in.
    beside: what had been shared when it was made (`made_beside`), None for an internal one.
    kinds: how its rates are told (`telling.kinds`). sections: all that were asked for, without
    comments; of those that say nothing of their own the document has only the commented."""

    document: Document
    hidden: int
    cells: tuple[ledger.Cell, ...]
    request: ReportRequest
    info: DatasetInfo
    people: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    told: tuple[str, str] | None = field(default=None, repr=False)
    kinds: Mapping[tuple[str, str], int] = field(default_factory=dict, repr=False)
    sections: tuple[Section, ...] = field(default=(), repr=False)
    beside: tuple[int, int] | None = None


def build(
    request: ReportRequest, progress: Progress | None = None, today: date | None = None
) -> Report:
    """The Report of a request: nothing is written and nothing noted.

    progress(share_done, sentence) is called now and then. today: the report's date. RequestError
    for what cannot be asked; a section that the dataset cannot answer says so in its own words.
    """
    tell = progress or (lambda share, sentence: None)
    checked_request(request)
    scope = request.scope
    info = catalogue.find(scope.dataset, scope.version, scope.store)
    shares = request.profile == "share"
    beside = made_beside(info.path.parent) if shares else None
    asked = _asked(request, info)
    sources = Sources(request, info, asked)
    chosen = sources.sections
    parts = sources.parts(
        lambda name: tell(chosen.index(name) / len(chosen), f"Section: {SECTIONS[name]}")
    )
    hidden = sum(part.hidden for part in parts)
    sections = [part.section for part in parts]
    if "method" in chosen:
        sections.append(method_section(request.profile))
    document = _document(
        request, info, sections, hidden, today or datetime.now(UTC).date(), sources.question
    )
    if shares:
        sets = {name: n for part in parts for name, n in part.sets.items()}
        audit(document, sets, sources.names)
    document = translated(document, language(request.language))
    tell(1.0, "Done")
    cells = tuple(cell for part in parts for cell in part.cells)
    people = asked.people.rows if asked.people else ()
    report = Report(
        document, hidden, cells, request, info, people, sources.told, sources.kinds,
        document.sections, beside,
    )  # fmt: skip
    return worded(report, request)


def judged_beside(request: ReportRequest) -> tuple[int, int] | None:
    """`Report.beside` of a report made now: where that has grown, another must be made. None for an
    internal one, and where the ledger or the dataset cannot be read."""
    scope = request.scope
    with suppress(RapportError):  # `build` says what is wrong
        if request.profile == "share":
            folder = catalogue.find(scope.dataset, scope.version, scope.store).path.parent
            return made_beside(folder)
    return None


def worded(report: Report, request: ReportRequest) -> Report:
    """The Report with what another request, alike but for what is typed, has its sender say:
    title, notes, cover, comments. No figure is made again."""
    checked_request(request)
    comments = {name: lines(text) for name, text in request.comments}
    names = [name for name in SECTIONS if name in request.sections]
    sections = tuple(
        replace(section, comment=comments.get(name, ()))
        for name, section in zip(names, report.sections, strict=True)
    )
    document = replace(
        report.document,
        title=request.title.strip() or report.document.title,
        notes=lines(request.notes),
        cover=request.cover,
        sections=tuple(s for s in sections if s.blocks or s.comment),
    )
    return replace(report, document=document, request=request)


def lines(text: str) -> tuple[str, ...]:
    """The paragraphs of what somebody typed, one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _asked(request: ReportRequest, info: DatasetInfo) -> Asked:
    if request.profile != "share":
        return Asked(request.profile)
    folder = info.path.parent
    key = keeping.secret(folder)
    with open_dataset(info) as dataset, closing(dataset.cursor()) as cursor:
        contents = patient_contents(cursor, dataset.variables)
    if not info.synthetic:
        check_elsewhere(info, contents, request.scope.store)
    return Asked(request.profile, key, known_people(folder, key, contents))


def _document(
    request, info, sections: list[Section], hidden: int, today: date, question
) -> Document:
    figures = numbered(hidden, "{n} figure hidden", "{n} figures hidden")
    made = Phrase(
        "Rapport {release}, dataset {dataset}, version {version}",
        release=app_version(),
        dataset=info.name,
        version=info.version,
    )
    dated = Phrase(
        "{made}, made on {day}. {figures}.", made=made, day=today.isoformat(), figures=figures
    )
    foot = [short_rules(request.profile), figures, made, today.isoformat()]
    said = () if "method" in request.sections else rules(request.profile)
    return Document(
        title=_title(request),
        subtitle=_subtitle(question.selection),
        date=today,
        sections=tuple(sections),
        profile=request.profile,
        synthetic=info.synthetic,
        provenance=(*said, dated),
        footer=joined(foot, " · "),
        period=_period(*question.selection.periods),
    )


def _title(request: ReportRequest) -> str:
    named = [name for name in request.sections if name not in ("summary", "method")]
    if len(named) > 1 and set(named) <= set(KINDS["alliance"]):
        return Phrase("The alliance: {dataset}", dataset=request.scope.dataset)
    main = SECTIONS[named[0] if named else "summary"]
    return Phrase("{section}: {dataset}", section=main, dataset=request.scope.dataset)


def _period(first: str, last: str) -> str:
    """Worked: '2024 Q1 to 2024 Q2', '2024'; 'from 2024 Q3'; '' for all periods."""
    ends = (f"from {first}" if first else "", f"to {last}" if last else "")
    return span(first, last) if first and last else "".join(ends)


def _subtitle(chosen: Selection) -> str:
    """Which treatments, in words; names of clinics are the director's own."""
    parts: list[str] = ["All clinics"]
    if chosen.clinics:
        parts = [Phrase("Clinics: {names}", names=joined(chosen.clinics, ", "))]
    if chosen.models:
        parts.append(Phrase("treatment models: {names}", names=joined(chosen.models, ", ")))
    if chosen.severities:
        bands = joined(chosen.severities, ", ")
        parts.append(Phrase("severity at intake: {names}", names=bands))
    first, last = chosen.periods
    if first or last:
        ends = {"first": first or "the start", "last": last or "now"}
        parts.append(Phrase("from {first} to {last}", **ends))
    return joined(parts, "; ")
