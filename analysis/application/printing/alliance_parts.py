"""The answers of the alliance's pages as JSON and text: results' fields by their names."""

from dataclasses import asdict, fields, is_dataclass

from analysis.application.printing.as_text import table
from analysis.questions.alliance.building.mediation import MediationAnswer
from analysis.questions.alliance.building.result import PracticePath, PracticesAnswer
from analysis.questions.alliance.components.result import AllianceAnswer
from analysis.questions.alliance.course.result import CourseAnswer

SCOPE = "question"  # holds the store, which is nobody's number


def alliance_json(answer: AllianceAnswer) -> dict:
    """The JSON of `alliance`: what the page shows, part by part."""
    return {"dataset": answer.question.dataset, **named_fields(answer), **_status(answer)}


def named_fields(answer) -> dict:
    """Each field of a result but its question, results inside as dicts of theirs."""
    return {
        f.name: _plain(getattr(answer, f.name))
        for f in fields(answer)
        if f.name not in (SCOPE, "messages")
    }


def _status(answer) -> dict:
    return {"status": {"messages": answer.messages}}


def _plain(value):
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def alliance_text(answer: AllianceAnswer) -> str:
    """The answer in words, the levels, the components, the reliability."""
    from analysis.presentation.words.alliance import alliance_words as words

    parts = [
        words.lead(answer, answer.outcome.label),
        words.header_line(answer),
        *(_levels(found) for found in answer.levels),
        *([words.within(answer.lag)] if answer.lag else []),
    ]
    if answer.effects:
        rows = [
            (e.level, words.short(answer, e.component), e.apart, e.apart_low, e.apart_high,
             e.together, e.together_low, e.together_high)
            for e in answer.effects
        ]  # fmt: skip
        head = ("level", "component", "apart", "low", "high", "together", "low", "high")
        title = "Components, points of the outcome for one SD more\n"
        parts += [words.components(answer), title + table(head, rows)]
    parts += [words.reliability(answer), words.needed(answer)]
    return "\n\n".join([*parts, *answer.messages])


def _levels(found) -> str:
    rows = [
        (name, e.naive, e.naive_low, e.naive_high, e.lambda_, e.corrected, e.low, e.high)
        for name, e in zip(found.names, found.effects, strict=True)
    ]
    head = ("level", "observed", "low", "high", "reliability", "latent", "low", "high")
    return f"One point of alliance and the {found.target}\n{table(head, rows)}"


def course_json(answer: CourseAnswer) -> dict:
    """The JSON of `ruptures`: counts and shares, never a patient's course."""
    return {"dataset": answer.question.dataset, **named_fields(answer), **_status(answer)}


def course_text(answer: CourseAnswer) -> str:
    """Ruptures, rules, what followed; the effect over the course; the response."""
    from analysis.presentation.words.alliance import course_words as words

    parts = [words.lead(answer), words.header_line(answer)]
    r = answer.ruptures
    if r is not None:
        rows = [(x.rule, x.sessions, x.false_alarms, x.found, r.flags[x.rule]) for x in r.rules]
        head = ("rule", "sessions", "false alarms", "dips found", "flagged here")
        parts += ["Rules, in courses simulated from the fit\n" + table(head, rows)]
        rows = [(f.group, f.treatments, f.change, f.low, f.high, f.unplanned) for f in r.followed]
        head = ("treatments with", "number", "change", "low", "high", "unplanned")
        parts += [words.repairs(r, answer.outcome.label), table(head, rows)]
    if answer.over_time is not None:
        parts.append(words.effect(answer.over_time))
    if answer.response is not None:
        parts.append(words.response(answer.response, answer.outcome.label))
    return "\n\n".join([*parts, *answer.messages])


def practices_json(answer: PracticesAnswer, paths: tuple[PracticePath, ...]) -> dict:
    """The JSON of `practices`: units are keys of the dataset, for those who may see it."""
    fields = {"dataset": answer.question.dataset, "lead": answer.question.lead}
    return fields | named_fields(answer) | {"paths": _plain(paths)} | _status(answer)


def practices_text(answer: PracticesAnswer, paths: tuple[PracticePath, ...]) -> str:
    """Slopes within patients, then the paths to the outcome."""
    from analysis.presentation.words.alliance import practice_words as words

    rows = [
        (p.measure.key, p.filled, p.slope.estimate, p.slope.low, p.slope.high,
         p.other and p.other.estimate, p.robustness)
        for p in answer.practices
        if p.slope
    ]  # fmt: skip
    head = ("practice", "rated in", "to alliance", "low", "high", "other rater", "robustness")
    parts = [words.lead(answer), words.header_line(answer), table(head, rows)]
    parts += [s for s in (words.raters(answer), words.hidden_cause(answer)) if s]
    rows = [
        (f.practice, f.within.a.estimate, f.within.b.estimate, f.within.covariance.estimate,
         f.within.indirect.estimate, f.within.indirect.low, f.within.indirect.high, f.e_value)
        for f in paths
        if f.within
    ]  # fmt: skip
    head = ("practice", "a", "b", "sigma_ab", "indirect", "low", "high", "E-value")
    parts += [words.paths(answer, paths), table(head, rows)]
    return "\n\n".join([*parts, *answer.messages])


def mediation_json(answer: MediationAnswer) -> dict:
    """The JSON of `mediation`: the stacked model's paths, and those of patients' means."""
    return named_fields(answer) | _status(answer)


def mediation_text(answer: MediationAnswer) -> str:
    """The sentence, the paths with their intervals, how patients differ in them."""
    w = answer.within
    paths = (
        ("practice to alliance (a)", w.a),
        ("alliance to outcome (b)", w.b),
        ("covariance of both (sigma_ab)", w.covariance),
        ("through the alliance", w.indirect),
        ("not through it (c)", w.direct),
        ("in all", w.total),
    )
    rows = [(name, p.estimate, p.se, p.low, p.high) for name, p in paths]
    spread = [("a", w.sd_a), ("b", w.sd_b), ("c", w.sd_direct)]
    parts = [
        answer.sentence,
        f"{w.groups:,} patients, {answer.rows:,} sessions; the outcome {answer.lead} later",
        table(("", "estimate", "se", "low", "high"), rows),
        "How patients differ (SD)\n" + table(("path", "SD"), spread),
    ]
    if answer.between:
        b = answer.between
        parts.append(f"Of patients' means: {b.indirect:.4f} [{b.low:.4f}, {b.high:.4f}]")
    return "\n\n".join([*parts, *answer.messages])
