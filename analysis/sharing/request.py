"""What a report is asked to be: its data, sections, profile, title and notes."""

from dataclasses import dataclass, replace

from analysis.base.errors import RequestError, did_you_mean
from analysis.base.languages import ENGLISH, language
from analysis.questions.lab.studies.study import Member
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import METRICS
from analysis.questions.scope import Scope
from analysis.sharing.cover.cover import NO_COVER, Cover

PROFILES = {"share": "for sharing", "internal": "not for sharing"}
SECTIONS = {
    "summary": "Summary",
    "outcomes": "Outcomes",
    "change": "Change from the period before",
    "access": "Waiting, endings and scores",
    "clinics": "Clinics",
    "equity": "Outcomes by group of patients",
    "alliance": "Alliance and outcome",
    "partition": "What explains outcome",
    "order": "Which comes first",
    "levels": "The alliance within and between",
    "raters": "Two people, one alliance",
    "ruptures": "Ruptures and repairs",
    "practices": "Building the alliance",
    "signals": "How well the signals work",
    "lab": "Models of a study",
    "method": "How this was made",
}
KINDS = {
    "outcomes": (
        "summary", "outcomes", "change", "access", "clinics", "equity", "alliance", "method",
    ),
    "partition": ("partition", "method"),
    "alliance": ("order", "levels", "raters", "ruptures", "practices", "method"),
    "signals": ("signals", "method"),
    "lab": ("lab", "method"),
}  # fmt: skip
IN_EVERY_LANGUAGE = KINDS["outcomes"]  # the other sections are told in English alone
LONGEST_TITLE, LONGEST_NOTES, LONGEST_LINE = 120, 2000, 100


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A report to be made.

    scope: dataset, version, outcome, clinics, and how the partition is asked. question: what the
    outcomes are asked, on the scope's dataset; None for the scope's outcome (without one the NHS
    pair or the main outcome) and clinics. sections: of SECTIONS. profile: 'share' (figures
    protected) or 'internal' (exact, not for sharing). title: '' takes one from the sections.
    notes: the sender's own words, plain text, a paragraph a line. grains: dimension -> quarters of
    the blocks in which a series tells its groups; a report that does not begin and end with such
    blocks leaves them out. Dimensions that are not named are told by the quarter. language: of
    `base/languages.py`. targets: (metric, per cent) that the summary sets the rates
    beside. cover: who hands it on. comments: (section, the sender's own words on it). study: the
    models of the section 'lab'.
    """

    scope: Scope
    sections: tuple[str, ...] = KINDS["outcomes"]
    profile: str = "share"
    title: str = ""
    notes: str = ""
    question: OutcomeQuestion | None = None
    grains: tuple[tuple[str, int], ...] = ()
    language: str = ENGLISH
    targets: tuple[tuple[str, int], ...] = ()
    cover: Cover = NO_COVER
    comments: tuple[tuple[str, str], ...] = ()
    study: tuple[Member, ...] = ()

    @property
    def typed(self) -> dict[str, tuple[str, int]]:
        """What the sender typed: its name -> text, and how many characters it may have."""
        cover = self.cover
        return {
            "title": (self.title, LONGEST_TITLE),
            "notes": (self.notes, LONGEST_NOTES),
            "organisation": (cover.organisation, LONGEST_LINE),
            "contact": (cover.contact, LONGEST_LINE),
            "confidentiality line": (cover.confidentiality, LONGEST_LINE),
        } | {f"comment on {name}": (text, LONGEST_NOTES) for name, text in self.comments}


def of_kind(kind: str, scope: Scope, **others) -> ReportRequest:
    """The report that the command line calls 'outcomes', 'partition', 'alliance', 'signals' or
    'lab'; checked."""
    known("kind of report", kind, KINDS)
    return checked_request(ReportRequest(scope, KINDS[kind], **others))


def without_words(request: ReportRequest) -> ReportRequest:
    """The same without what the sender typed, of which no figure depends."""
    return replace(request, title="", notes="", cover=NO_COVER, comments=())


def for_the_ledger(request: ReportRequest) -> ReportRequest:
    """The same without the place of its dataset and its logo, which nobody needs to keep."""
    question = request.question and replace(request.question, store=None)
    cover = replace(request.cover, logo=None)
    return replace(
        request, scope=replace(request.scope, store=None), question=question, cover=cover
    )


def checked_request(request: ReportRequest) -> ReportRequest:
    """`request` itself; RequestError where a section, the profile or a text is not allowed."""
    known("profile", request.profile, PROFILES)
    _check_language(request)
    for section in (*request.sections, *(name for name, _ in request.comments)):
        known("section", section, SECTIONS)
    _check_targets(request)
    if not set(request.sections) - {"method"}:
        raise RequestError(
            "The report has no section that answers something", next_step="choose at least one"
        )
    if request.profile == "share" and request.question and request.question.period == "month":
        raise RequestError(
            "A report for sharing does not go month by month",
            where="option period",
            allowed="quarters or years: a month tells too well when somebody was treated",
            next_step="choose quarters",
        )
    for name, (text, longest) in request.typed.items():
        if len(text) > longest:
            raise RequestError(
                f"The {name} has {len(text):,} characters",
                where=f"the report's {name}",
                allowed=f"up to {longest:,}",
                next_step="shorten it",
            )
    return request


def _check_targets(request: ReportRequest) -> None:
    for metric, points in request.targets:
        known("outcome with a target", metric, METRICS)
        if not 0 <= points <= 100:
            raise RequestError(
                f"A target of {points} is no rate",
                where=f"the target of {metric}",
                allowed="whole numbers of per cent, 0 to 100",
            )


def _check_language(request: ReportRequest) -> None:
    found = language(request.language)
    english = [name for name in request.sections if name not in IN_EVERY_LANGUAGE]
    if found.code != ENGLISH and english:
        raise RequestError(
            f"The section '{english[0]}' is told in English alone",
            where=f"a report in {found.name}",
            allowed=", ".join(IN_EVERY_LANGUAGE),
            next_step="leave the section out, or take the language en",
        )


def known(what: str, name: str, allowed) -> None:
    """RequestError, with what there is, where `name` is none of `allowed`."""
    if name not in allowed:
        raise RequestError(
            f"There is no {what} '{name[:40]}'",
            allowed=", ".join(allowed),
            next_step=did_you_mean(name, tuple(allowed)) or "choose one of these",
        )
