"""Outcomes in words: the answer in a sentence, what the names mean, what to bear in mind."""

from analysis.base.joining import capital, listed, plural
from analysis.base.phrase import Phrase, listing
from analysis.measures.change import ChangeRule
from analysis.presentation.words.rounding import NONE, count, percent, percent_interval
from analysis.questions.outcomes.benchmark import Comparison, Published
from analysis.questions.outcomes.proportion import Proportion, Rate
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import Outcomes
from analysis.questions.outcomes.trend import Trend
from analysis.store.queries.treatments.treatments import TreatmentSpec

METRIC_LABELS = {
    "reliable_improvement": "Reliable improvement",
    "recovery": "Recovery",
    "reliable_recovery": "Reliable recovery",
    "deterioration": "Reliable deterioration",
    "no_reliable_change": "No reliable change",
}
_WORSE_WHEN_HIGH = ("Reliable deterioration",)
_NEITHER = ("No reliable change",)
CATEGORY_LABELS = {
    "reliably_recovered": "Reliably recovered",
    "improved_only": "Reliably improved",
    "unchanged": "No reliable change",
    "deteriorated": "Reliably deteriorated",
}
BY_LABELS = {
    "period": "Period",
    "clinic": "Clinic",
    "model": "Treatment model",
    "severity": "Severity at intake",
    "alliance": "Early alliance",
    "ending": "Ending",
    "equity": "Groups of patients",
}
NOT_RECORDED = "not recorded"
# What a service's rates can be set beside, and what that comparison cannot say.
CASE_MIX = (
    "Other services treat other people: severity at intake, deprivation, diagnoses and who fills "
    "in the forms differ. A rate above or below the published one is no verdict on a service."
)


def directed(label: str, arrow: str = "→") -> str:
    """A rate's name on an axis that says where better lies. Worked: 'Recovery (better →)'."""
    if label in _NEITHER or label not in METRIC_LABELS.values():
        return label
    if label in _WORSE_WHEN_HIGH:
        return Phrase("{rate} (worse {arrow})", rate=label, arrow=arrow)
    return Phrase("{rate} (better {arrow})", rate=label, arrow=arrow)


def answer(found: Outcomes, outcome: str) -> str:
    """The result in one sentence; where there is none, what is missing.

    outcome: the label that the reader knows the measure by.
    """
    rates = {r.metric: r for r in found.rates(found.all) if r.share is not None}
    if not rates:
        return f"{_missing(found, outcome)}."
    n = found.all.counts
    of = f"Of {_treatments(n['measured'])} with a first and a last {outcome}"
    if found.question.denominator == "finished":
        of = f"Of {_treatments(n['finished'], 'finished ')}, with a last {outcome} or without"
    parts = []
    if "reliable_improvement" in rates:
        parts.append(f"{_with_interval(rates['reliable_improvement'])} improved reliably")
        parts.append(f"{_with_interval(rates['deterioration'])} deteriorated")
    name = "reliable_recovery" if "reliable_recovery" in rates else "recovery"
    if name in rates:
        word = "recovered reliably" if name == "reliable_recovery" else "recovered"
        parts.append(f"{_with_interval(rates[name])} of those who began as cases {word}")
    return f"{of}, {'; '.join(parts)}."


def header_line(found: Outcomes, outcome: str) -> str:
    """What was asked and how much stands behind it: 'PHQ-9 · 2,671 treatments of 2,578 patients ·
    2,400 with a first and a last score'."""
    n, people = found.all.counts, found.all.patients
    return (
        f"{outcome} · {_treatments(n['episodes'])} of {count(people['episodes'])} "
        f"patient{'' if people['episodes'] == 1 else 's'} · {count(n['measured'])} with a first "
        "and a last score"
    )


def rule_sentence(rule: ChangeRule, outcome: str) -> str:
    """What counts as reliable and as recovered, in points."""
    parts = []
    if rule.reliable_change is not None:
        points = _points(rule.reliable_change)
        parts.append(Phrase("a change of at least {points} points is reliable", points=points))
    if rule.caseness is not None:
        below = "below {points} counts as a case"
        case = below if rule.at == "below" else "{points} or more counts as a case"
        parts.append(Phrase(case, points=_points(rule.caseness)))
    said = listing(parts) if parts else "no numbers are known"
    if rule.origin:
        return Phrase(
            "{measure}: {rule} ({origin}).", measure=outcome, rule=said, origin=rule.origin
        )
    return Phrase("{measure}: {rule}.", measure=outcome, rule=said)


def together_sentence(rules: int) -> str:
    """How several measures are judged together; '' for one."""
    if rules < 2:
        return ""
    return (
        "Judged together, as NHS Talking Therapies does: a case by either measure; improved "
        "reliably on either and worse on neither; recovered when below the cut-off on both."
    )


def denominator_sentence(question: OutcomeQuestion) -> str:
    """Whom the rates are shares of."""
    if question.denominator == "finished":
        return (
            "Improvement, deterioration and no change are shares of all finished treatments, "
            "recovery of these minus those not at caseness: who has no last score counts as not "
            "improved, as in NHS England's figures."
        )
    return (
        "Improvement, deterioration and no change are shares of the finished treatments with a "
        "first and a last score, recovery of those among them that began as cases."
    )


def comparison_sentence(rows: tuple[Comparison, ...], national: Published) -> str:
    """Which rates lie apart from the published ones, and which cannot be told from them."""
    apart = [METRIC_LABELS[c.own.metric].lower() for c in rows if c.apart]
    near = [METRIC_LABELS[c.own.metric].lower() for c in rows if c.apart is False]
    parts = []
    if apart:
        parts.append(
            f"{listed(apart)} lie{'s' if len(apart) == 1 else ''} outside what chance "
            f"allows around {national.label}"
        )
    if near:
        parts.append(f"{listed(near)} cannot be told from it")
    return f"{capital('; '.join(parts))}." if parts else ""


def trend_sentence(found: Trend) -> str:
    """Whether anything happened beyond the usual ups and downs."""
    outside = [p.period for p in found.points if p.signal == "outside"]
    runs = [p.period for p in found.points if p.signal == "run"]
    parts = []
    if outside:
        one, many = "{periods} lies beyond the limits", "{periods} lie beyond the limits"
        parts.append(Phrase(one if len(outside) == 1 else many, periods=listing(outside)))
    if runs:
        run = "eight or more periods in a row lie on one side, up to {period}"
        parts.append(Phrase(run, period=runs[-1]))
    label = METRIC_LABELS[found.metric]
    if not parts:
        return Phrase(
            "{rate}: no period stands out from the usual ups and downs around {centre}.",
            rate=label,
            centre=percent(found.centre, decimals=0),
        )
    return Phrase("{rate}: {signals}.", rate=label, signals=listing(parts))


def alliance_sentence(low: Rate, high: Rate) -> str:
    """A rate with weak and with strong early alliance; association, never cause. '' where one
    of them has no treatment."""
    if low.share is None or high.share is None:
        return ""
    apart = any(
        one.high is not None and other.low is not None and one.high < other.low
        for one, other in ((low, high), (high, low))
    )
    said = "the intervals lie apart" if apart else "the intervals overlap"
    return (
        f"{METRIC_LABELS[low.metric]} with early alliance in the lower third: "
        f"{_with_interval(low)}; in the upper third: {_with_interval(high)}; {said}. That outcome "
        "goes with alliance does not say that one brings the other about."
    )


def rate_shown(rate: Proportion) -> str:
    """'45 % (43 to 46 %)', or '–'."""
    return NONE if rate.share is None else _with_interval(rate)


def definitions(spec: TreatmentSpec, labels: dict[str, str]) -> list[str]:
    """What each outcome means, a sentence a measure and one for several together."""
    said = [rule_sentence(r, labels.get(r.measure, r.measure)) for r in spec.rules]
    together = together_sentence(len(spec.rules))
    return [*said, *([together] if together else [])]


def behind(rate: Proportion) -> str:
    """'81 of 263'; 'of 25' where the count may not be told."""
    if rate.count is None:
        return Phrase("of {whole}", whole=count(rate.n))
    return Phrase("{n} of {whole}", n=count(rate.count), whole=count(rate.n))


def value_label(value: str) -> str:
    """A cell's value as a reader sees it; '' is what nobody recorded."""
    return value or NOT_RECORDED


def _with_interval(rate: Proportion) -> str:
    shown = percent(rate.share, rate.low, rate.high, rate.decimals)
    interval = percent_interval(rate.low, rate.high, rate.decimals)
    return Phrase("{share} ({interval})", share=shown, interval=interval)


def _treatments(n: int, kind: str = "") -> str:
    return f"{count(n)} {kind}{plural('treatment', n)}"


def _missing(found: Outcomes, outcome: str) -> str:
    if not found.metrics:
        return (
            f"Nobody says what counts as a reliable change in {outcome}: give a reliability "
            "or the points yourself"
        )
    return next(iter(found.messages), "There is nothing to count")


def _points(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
