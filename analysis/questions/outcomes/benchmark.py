"""Rates from published counts, and a service's own beside them: another case-mix, and said so."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.base.errors import RequestError
from analysis.questions.opening import open_source
from analysis.questions.outcomes.proportion import Rate
from analysis.questions.outcomes.question import OutcomeQuestion
from analysis.questions.outcomes.rates import METRICS, Outcomes

FILE = Path(__file__).resolve().parents[3] / "data" / "literature" / "national.toml"
# Count -> the column of NHS England's provider tables.
PROVIDER_COLUMNS = {
    "finished": "finished_course_treatment_count",
    "not_at_caseness": "not_at_caseness_count",
    "improved": "improvement_count",
    "recovered": "recovery_count",
    "reliably_recovered": "reliable_recovery_count",
    "deteriorated": "deterioration_count",
    "unchanged": "no_reliable_change_count",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one provider or country; None where a count is suppressed or missing.

    finished: courses with two sessions or more. not_at_caseness: of them, None counts as 0.
    """

    label: str
    finished: int | None
    not_at_caseness: int | None = None
    improved: int | None = None
    recovered: int | None = None
    reliably_recovered: int | None = None
    deteriorated: int | None = None
    unchanged: int | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """National counts with their source. measures: the instruments judged together."""

    id: str
    label: str
    source: str
    measures: tuple[str, ...]
    who: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rate beside the published one. apart: the published share lies outside the interval."""

    own: Rate
    published: Rate

    @property
    def apart(self) -> bool | None:
        low, share, high = self.own.low, self.published.share, self.own.high
        if low is None or share is None or high is None:
            return None
        return not low <= share <= high


def rates_of(counts: Counts) -> tuple[Rate, ...]:
    """The rates that the counts allow, in the order of METRICS; as NHS England divides them.

    Worked (England 2024-25): recovery 321,061 of 670,419 - 35,234 is 50.5 %.
    """
    of = {"finished": counts.finished or 0}
    of["possible_cases"] = of["finished"] - (counts.not_at_caseness or 0)
    found = []
    for metric, (name, _, denominator) in METRICS.items():
        count = getattr(counts, name)
        if count is not None and of[denominator] > 0:
            found.append(Rate(metric, count, of[denominator]))
    return tuple(found)


@cache
def published() -> tuple[Published, ...]:
    """The national figures of data/literature/national.toml that were read in their source."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))["national"]
    return tuple(_published(e) for e in entries if e.pop("checked", "") == "read")


def same_definition(
    national: Published, instruments: Collection[str], question: OutcomeQuestion
) -> bool:
    """Whether a question counts as the published figures do: the same measures judged together, by
    the instruments' own rules, as shares of all finished treatments."""
    return (
        set(instruments) == set(national.measures)
        and question.definition == "published"
        and question.denominator == "finished"
    )


def compare(found: Outcomes, national: Published) -> tuple[Comparison, ...]:
    """The service's rates beside the published ones, where both have them."""
    theirs = {r.metric: r for r in rates_of(national.counts)}
    return tuple(
        Comparison(own, theirs[own.metric])
        for own in found.rates(found.all)
        if own.metric in theirs
    )


def provider_counts(path: str | Path, label: str = "org_name") -> tuple[Counts, ...]:
    """One Counts a row of a table of providers with NHS England's column names, in file order.

    Missing cells become None. label: the column with the providers' names. RequestError where
    the table lacks the column of finished courses or the label.
    """
    names = (label, *PROVIDER_COLUMNS.values())
    with open_source(path, names) as source:
        missing = [n for n in (label, PROVIDER_COLUMNS["finished"]) if n not in source.texts]
        if missing:
            raise RequestError(
                "This is no table of providers: a column is missing",
                where=f"'{Path(path).name}', column {missing[0]}",
                allowed="the columns of NHS England's annual provider table",
                next_step="name the columns as it does",
            )
        known = {c: n for c, n in PROVIDER_COLUMNS.items() if n in source.numbers}
        asked = [source.texts[label], *(source.numbers[n] for n in known.values())]
        sql = f"SELECT {', '.join(asked)} FROM {source.relation}"
        rows = source.cursor.execute(sql).fetchall()
    return tuple(
        Counts(
            str(name),
            **{c: None if v is None else int(v) for c, v in zip(known, values, strict=True)},
        )
        for name, *values in rows
    )


def _published(entry: dict) -> Published:
    about = {k: entry.pop(k) for k in ("id", "label", "source", "who")}
    measures = tuple(entry.pop("measures"))
    return Published(measures=measures, counts=Counts(about["label"], **entry), **about)
