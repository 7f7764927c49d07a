"""The answers of the alliance's pages as JSON and text: results' fields by their names."""

from dataclasses import asdict, fields, is_dataclass

from analysis.application.printing.as_text import table
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
