"""A saved report: a TOML file with what the options say, for command and scheduler."""

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path

from analysis.base.errors import RequestError, did_you_mean
from analysis.base.toml_text import toml_text
from analysis.questions.lab.studies.keeping import checked_data, find, opened
from analysis.questions.lab.studies.study import Member
from analysis.questions.outcomes.question import DEFINITIONS, OutcomeQuestion, nhs_pair
from analysis.questions.scope import Scope
from analysis.sharing.cover.cover import Cover
from analysis.sharing.cover.logo import read_logo
from analysis.sharing.periods_asked import KINDS as SERIES
from analysis.sharing.periods_asked import asked_periods, due_periods, known_kinds
from analysis.sharing.request import KINDS, SECTIONS, ReportRequest, checked_request, known
from analysis.store.place import Store
from analysis.store.queries.treatments.outcome_cells import Selection
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset

BREAKDOWNS = ("model", "severity", "clinic", "alliance", "equity")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a report is to be, as texts. dataset: its name. every: of SERIES, for `due`; empty lists
    and texts leave open. by_half, by_year: breakdowns too fine for a quarter, told only by
    reports of whole half-years and years. logo: path of a PNG or JPEG file, or the picture itself
    (`cover.logo.carried`). comments: 'section=the sender's words on it'. targets: 'recovery=50', in
    per cent. study: the name of a study of Model lab, or the path of its file: the models of the
    section 'lab'.
    Field by field the option of the command `report`."""

    dataset: str = ""
    kind: str = "outcomes"
    sections: tuple[str, ...] = ()
    profile: str = "share"
    formats: tuple[str, ...] = ("html",)
    out: str = ""
    title: str = ""
    notes: str = ""
    outcome: str = ""
    clinics: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    period: str = "quarter"
    definition: str = "published"
    denominator: str = "measured"
    language: str = "en"
    question: str = "end"
    version: str = ""
    bootstrap: int = 1000
    seed: int = 1
    every: tuple[str, ...] = ()
    by_half: tuple[str, ...] = ()
    by_year: tuple[str, ...] = ()
    organisation: str = ""
    contact: str = ""
    confidentiality: str = ""
    logo: str = ""
    comments: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    study: str = ""


def request_of(plan: Plan, store: Store | None = None) -> ReportRequest:
    """The ReportRequest of a plan; RequestError or StoreError where it cannot be."""
    known("kind of report", plan.kind, KINDS)
    known("definition", plan.definition, DEFINITIONS)
    periods = asked_periods(plan.first, plan.last, plan.period)
    chosen = Selection(plan.clinics, plan.models, plan.severities, periods)
    scope = Scope(
        dataset=plan.dataset,
        version=plan.version,
        question=plan.question,
        outcome=plan.outcome,
        clinics=plan.clinics,
        bootstrap=plan.bootstrap,
        seed=plan.seed,
        store=store,
    )
    asked = ReportRequest(
        scope,
        plan.sections or KINDS[plan.kind],
        plan.profile,
        plan.title,
        plan.notes,
        language=plan.language,
        cover=cover_of(plan),
        comments=comments_of(plan),
        targets=targets_of(plan),
        study=study_of(plan, store),
    )
    checked_request(asked)
    info = catalogue.find(plan.dataset, plan.version, store)
    with open_dataset(info) as dataset:
        measures = (plan.outcome,) if plan.outcome else nhs_pair(dataset.variables)
    question = OutcomeQuestion(
        plan.dataset,
        measures=measures,
        period=plan.period,
        definition=plan.definition,
        denominator=plan.denominator,
        selection=chosen,
        store=store,
    )
    grains = tuple((name, n) for n, of in ((2, plan.by_half), (4, plan.by_year)) for name in of)
    for name, _ in grains:
        known("breakdown", name, BREAKDOWNS)
    return checked_request(replace(asked, question=question, grains=grains))


def cover_of(plan: Plan) -> Cover:
    """The Cover of a plan; RequestError where its logo is none."""
    logo = read_logo(plan.logo) if plan.logo else None
    return Cover(
        plan.organisation.strip(), plan.contact.strip(), plan.confidentiality.strip(), logo
    )


def comments_of(plan: Plan) -> tuple[tuple[str, str], ...]:
    """(section, words) of each comment; RequestError for one that names no section."""
    found = {}
    for line in plan.comments:
        section, mark, text = line.partition("=")
        if not mark:
            raise RequestError(
                "A comment does not say which section it is on",
                where=f"'{line[:40]}'",
                allowed="section=words, such as 'clinics=Two sites moved in May.'",
            )
        known("section", section.strip(), SECTIONS)
        found[section.strip()] = text.strip()
    return tuple(found.items())


def study_of(plan: Plan, store: Store | None = None) -> tuple[Member, ...]:
    """The models of the plan's study. RequestError where the section has none, StoreError where it
    cannot be read or is of other data."""
    if "lab" not in (plan.sections or KINDS[plan.kind]):
        return ()
    if not plan.study:
        raise RequestError(
            "The section 'lab' needs a study, whose models it tells",
            where="the report's sections",
            next_step="name one by --study, or leave the section out",
        )
    path = Path(plan.study)
    found = opened(path) if path.suffix == ".toml" else find(plan.study, store)
    if found.dataset != plan.dataset:
        raise RequestError(
            f"The study '{found.name}' is of '{found.dataset}'",
            where=f"a report of '{plan.dataset}'",
            next_step="name a study of the same dataset",
        )
    version = plan.version or catalogue.find(plan.dataset, "", store).version
    return checked_data(found, version, store).models


def targets_of(plan: Plan) -> tuple[tuple[str, int], ...]:
    """(metric, per cent) of each target; RequestError for what is no such pair."""
    found = {}
    for line in plan.targets:
        metric, _, points = line.partition("=")
        try:
            found[metric.strip()] = int(points.strip().removesuffix("%"))
        except ValueError:
            raise RequestError(
                "A target is an outcome and a whole number of per cent",
                where=f"'{line[:40]}'",
                allowed="such as 'recovery=50' or 'deterioration=5'",
            ) from None
    return tuple(found.items())


def due(plan: Plan, today: date) -> tuple[tuple[str, Plan], ...]:
    """(name, Plan) of each report of the plan's series whose period is closed; name: of its files.
    RequestError where the plan names no series."""
    if not plan.every:
        raise RequestError(
            "The plan does not say what is due",
            where="its line 'every'",
            allowed=", ".join(SERIES),
            next_step='write every = ["quarter", "year-to-date", "year"]',
        )
    found = []
    for kind in known_kinds(plan.every):
        first, last = due_periods(kind, today)
        values = asdict(plan) | {"first": first, "last": last, "period": "quarter", "every": ()}
        title = plan.title or plan.dataset
        found.append((f"{title} {kind} {last}", Plan(**values)))
    return tuple(found)


def read_plan(path: Path) -> Plan:
    """The Plan of a TOML file; RequestError where it cannot be read or says what no plan can."""
    try:
        content = path.read_bytes()
    except OSError:
        raise _unread(path) from None
    return plan_of(content, path.name)


def plan_of(file: bytes, name: str) -> Plan:
    """The Plan that a TOML file of that name holds; RequestError as `read_plan`."""
    path = Path(name)
    try:
        content = tomllib.loads(file.decode("utf-8"))
    except ValueError:
        raise _unread(path) from None
    allowed = {f.name: f.default for f in fields(Plan)}
    for name, value in content.items():
        if name not in allowed:
            raise _wrong(path, f"it has a line '{name[:40]}'", did_you_mean(name, tuple(allowed)))
        if isinstance(allowed[name], tuple):
            if not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
                raise _wrong(path, f"'{name}' is no list of texts", f'{name} = ["…"]')
            content[name] = tuple(value)
        elif type(value) is not type(allowed[name]):
            raise _wrong(path, f"'{name}' is of another kind", f"such as {allowed[name]!r}")
    return Plan(**content)


def _unread(path: Path) -> RequestError:
    return RequestError(
        "The plan cannot be read",
        where=f"'{path.name}'",
        allowed='lines of TOML such as dataset = "ourclinic"',
        next_step="have one written by 'report … --save FILE'",
    )


def written_plan(plan: Plan) -> str:
    """The plan as TOML, what is as by default left out."""
    values = {f.name: getattr(plan, f.name) for f in fields(Plan)}
    return toml_text({f.name: values[f.name] for f in fields(Plan) if values[f.name] != f.default})


def _wrong(path: Path, what: str, next_step: str) -> RequestError:
    return RequestError(
        f"The plan says what no report can be: {what}",
        where=f"'{path.name}'",
        allowed=", ".join(f.name for f in fields(Plan)),
        next_step=next_step or "correct it",
    )
