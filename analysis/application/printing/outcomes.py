"""What the commands outcomes and providers print: rates with counts and intervals, by cell."""

from analysis.application.printing.as_json import plain
from analysis.application.printing.as_text import table
from analysis.questions.outcomes.benchmark import Counts, rates_of
from analysis.questions.outcomes.rates import Outcomes
from analysis.questions.outcomes.waits import tidy

COUNTS = ("episodes", "finished", "measured")


def outcomes_json(answer: Outcomes, by: tuple[str, ...]) -> dict:
    """The rates of the cells of the breakdowns `by`; shares and bounds are null where there is
    nobody to count."""
    return plain(
        {
            "dataset": answer.dataset,
            "version": answer.version,
            "synthetic": answer.synthetic,
            "outcomes": [rule.measure for rule in answer.spec.rules],
            "denominator": answer.question.denominator,
            "counts": {
                "patients": answer.all.patients["episodes"],
                **{name: answer.all.counts[name] for name in COUNTS},
            },
            "rates": _rows(answer, by),
            "waits": tidy(answer, lambda cell: cell.by in by),
            "messages": list(answer.messages),
        }
    )


def outcomes_text(answer: Outcomes, by: tuple[str, ...]) -> str:
    """One line a cell and rate; sentences on what to know at the end."""
    counts = answer.all.counts
    head = (
        f"{counts['episodes']:,} treatments, {counts['finished']:,} of them finished, "
        f"{counts['measured']:,} with a first and a last score."
    )
    rows = [
        (
            r["by"],
            r["value"],
            r["metric"].replace("_", " "),
            r["count"],
            r["n"],
            r["share"],
            r["low"],
            r["high"],
        )
        for r in _rows(answer, by)
    ]  # yet unrounded: the table rounds
    columns = ("by", "value", "rate", "count", "of", "share", "low", "high")
    messages = [f"{m}." for m in answer.messages]
    return "\n".join([head, "", table(columns, rows), *_waits(answer, by), *messages])


def _waits(answer: Outcomes, by: tuple[str, ...]) -> list[str]:
    """Waits within the standard: [] where no variable says them in weeks or days."""
    columns = ("by", "value", "wait", "count", "of", "share", "low", "high", "standard", "unknown")
    rows = [
        (r["by"], r["value"], r["metric"].replace("_", " "), r["count"], r["n"], r["share"])
        + (r["low"], r["high"], r["standard"], r["unknown"])
        for r in tidy(answer, lambda cell: cell.by in by)
    ]
    if not rows:
        return []
    said = "Waits of finished treatments; unknown: those of which nobody says how long."
    return ["", table(columns, rows), said]


def _rows(answer: Outcomes, by: tuple[str, ...]) -> list[dict]:
    return [row for row in answer.tidy() if row["by"] in by]


def providers_json(found: tuple[Counts, ...]) -> dict:
    """The rates that each provider's counts allow, in the order of the file."""
    return plain({"providers": _provider_rows(found)})


def providers_text(found: tuple[Counts, ...]) -> str:
    """One line a provider and rate."""
    columns = ("provider", "metric", "count", "n", "share", "low", "high")
    return table(columns, ([row[c] for c in columns] for row in _provider_rows(found)))


def _provider_rows(found: tuple[Counts, ...]) -> list[dict]:
    names = ("metric", "count", "n", "share", "low", "high")
    return [
        {"provider": counts.label} | {name: getattr(rate, name) for name in names}
        for counts in found
        for rate in rates_of(counts)
    ]
