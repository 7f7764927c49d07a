"""A study: a question in words, up to six models, notes, and the very data they are of."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from analysis.base.errors import RequestError, StoreError
from analysis.base.toml_text import toml_text
from analysis.measures.variables import Variable
from analysis.models.language.derived import base_names
from analysis.models.language.design import mentioned
from analysis.models.language.events import with_event
from analysis.models.language.formula import parse_formula
from analysis.questions.lab.question import ModelQuestion, checked_question
from analysis.store.place import Store

FORMAT = 1
MOST_MODELS = 6
LONGEST = 20_000  # characters of the notes
_KEPT = ("formula", "family", "method", "df", "quadrature", "weights", "robust", "serial", "spread")


@dataclass(frozen=True, slots=True)
class Member:
    """One model, its options as in ModelQuestion; label: what it is called, '' for its number."""

    formula: str
    family: str = "gaussian"
    method: str = "REML"
    df: str = "satterthwaite"
    quadrature: int = 1
    weights: str = ""
    robust: str = ""
    serial: str = ""
    spread: str = ""
    label: str = ""

    def question(self, dataset: str, version: str, store: Store | None) -> ModelQuestion:
        """What Model lab asks for it."""
        options = {name: getattr(self, name) for name in _KEPT}
        return ModelQuestion(dataset=dataset, version=version, store=store, **options)


@dataclass(frozen=True, slots=True)
class Study:
    """name: as a dataset's. dataset, version: the data. counts: rows of each unit there.
    variables: 'unit kind' of each variable that a model names, by name. created: ISO 8601."""

    name: str
    dataset: str
    version: str
    question: str = ""
    notes: str = ""
    models: tuple[Member, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    created: str = ""

    def link(self) -> str:
        """The query that opens it in Model lab."""
        return f"?dataset={self.dataset}&version={self.version}&study={self.name}"


def member_of(question: ModelQuestion, label: str = "") -> Member:
    """The model of a ModelQuestion."""
    return Member(**{name: getattr(question, name) for name in _KEPT}, label=label)


def checked_models(models: tuple[Member, ...]) -> tuple[Member, ...]:
    """`models` themselves; RequestError for too many, FormulaError for one that cannot be read."""
    if len(models) > MOST_MODELS:
        raise RequestError(
            f"A study has {len(models)} models",
            where="the study",
            allowed=f"at most {MOST_MODELS}, so that they fit side by side",
            next_step="take one out, or begin another study",
        )
    for model in models:
        parse_formula(model.formula, model.weights)
        checked_question(model.question("", "", None))
    return models


def named_variables(models: Iterable[Member]) -> tuple[str, ...]:
    """The data's own variables in the models, sorted."""
    found: set[str] = set()
    for model in models:
        found |= set(base_names(mentioned(with_event(parse_formula(model.formula, model.weights)))))
    return tuple(sorted(found))


def study_text(study: Study) -> str:
    """The study as TOML, its name left to the file."""
    told = asdict(study)
    models = [{k: v for k, v in m.items() if v not in ("", None)} for m in told.pop("models")]
    counts, variables = dict(told.pop("counts")), dict(told.pop("variables"))
    del told["name"]
    return toml_text(
        {"format": FORMAT, **told, "data": {"rows": counts, "variables": variables}}
    ) + ("\n" + toml_text({"models": models}) if models else "")


def study_of(name: str, text: str) -> Study:
    """What study_text wrote. StoreError for what is none, or of a later format."""
    try:
        told = tomllib.loads(text)
        if told.pop("format", None) != FORMAT:
            raise _no_study(name, "its format is not this program's")
        data, models = told.pop("data", {}), told.pop("models", [])
        counts, variables = data.get("rows", {}), data.get("variables", {})
        _check_keys(name, told, {f.name for f in fields(Study)})
        return Study(
            name=name,
            models=checked_models(tuple(Member(**m) for m in models)),
            counts=tuple((str(k), int(v)) for k, v in counts.items()),
            variables=tuple((str(k), str(v)) for k, v in variables.items()),
            **told,
        )
    except (tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError):
        raise _no_study(name, "it cannot be read") from None


def differences(study: Study, version: str, counts: Mapping[str, int], variables) -> list[str]:
    """In what other data differ from the study's, in words; empty for the same version."""
    if version == study.version:
        return []
    out = []
    for unit, rows in study.counts:
        if counts.get(unit, 0) != rows:
            out.append(f"{rows:,} rows of {unit} then, {counts.get(unit, 0):,} here")
    now = dict(kinds_of(variables))
    for name, kind in study.variables:
        if name not in now:
            out.append(f"'{name}' is not here")
        elif now[name] != kind:
            out.append(f"'{name}' was '{kind}' then and is '{now[name]}' here")
    return out or ["the same variables and as many rows, but other values in them"]


def kinds_of(variables: Iterable[Variable]) -> tuple[tuple[str, str], ...]:
    """(name, 'unit kind') of each, and of what every dataset has."""
    own = {"session": "session number", "weeks_since_intake": "session number"}
    own |= dict.fromkeys(("ending", "episode", "patient"), "episode category")
    own |= {"therapist": "therapist category", "clinic": "clinic category"}
    return tuple((own | {v.name: f"{v.unit} {v.kind}" for v in variables}).items())


def _check_keys(name: str, told: dict, allowed: set[str]) -> None:
    unknown = sorted(set(told) - allowed)
    if unknown:
        raise _no_study(name, f"'{unknown[0][:60]}' is no part of one")
    texts = all(isinstance(v, str) for v in told.values())
    if not texts or len(told.get("notes", "")) > LONGEST:
        raise _no_study(name, "a part of it is no text, or too long")


def _no_study(name: str, why: str) -> StoreError:
    return StoreError(
        f"This is not the file of a study: {why}",
        where=f"study '{name}'",
        allowed="a file that Rapport wrote",
        next_step="save the study anew",
    )
