"""Tables of the page Outcomes about scores, endings, and who is measured at all."""

from collections.abc import Sequence

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell as Shown
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words import outcome_words as words
from analysis.presentation.words.rounding import estimate
from analysis.questions.outcomes.effect_sizes import EffectSize, pre_post, severity_adjusted
from analysis.questions.outcomes.rates import Cell, Outcomes

ENDING_COUNTS = ("episodes", "planned", "unplanned", "ongoing", "ending_unknown", "too_short")


def effect_sizes(found: Outcomes, caption: str) -> Table:
    """Everybody, each treatment model and each severity band: first, last, effect size raw and at
    everyone's severity."""
    rule, rows, exact = found.spec.rules[0], [], []
    groups = (c for c in (*found.of("model"), *found.of("severity")) if c.value)
    for cell in (found.all, *groups):
        raw = pre_post(cell.scores[0], rule.sign, found.all.scores[0])
        equal = severity_adjusted(cell, found.all, rule.sign)
        scores = cell.scores[0]
        rows.append(
            {
                "Group": cells.text(_group(cell)),
                "Treatments": cells.count(raw.n),
                "First": cells.number(scores.mean_first, decimals=1),
                "Last": cells.number(scores.mean_last, decimals=1),
                "Effect size": _effect(raw),
                "Adjusted": _effect(equal),
            }
        )
        exact.append(_exact_effect(cell, scores, raw, equal))
    return laid_out(caption, rows, exact=exact, right=("Effect size", "Adjusted"))


def endings(groups: Sequence[Cell]) -> Table:
    """How treatments ended, how many sessions, how long the wait: one row a group.
    Columns that nobody filled are left out."""
    rows, exact = [], []
    for cell in groups:
        n = cell.counts
        shares = {name: n[name] / n["episodes"] if n["episodes"] else None for name in n}
        rows.append(
            {
                "Group": cells.text("All" if cell.by == "all" else words.value_label(cell.value)),
                "Treatments": cells.count(n["episodes"]),
                "Planned": cells.share(shares["planned"]),
                "Unplanned": cells.share(shares["unplanned"]),
                "Ongoing": cells.share(shares["ongoing"]),
                "Sessions (median)": _median(cell.sessions.median),
                "Wait (median)": _median(cell.wait.median),
            }
        )
        exact.append(
            dict(by=cell.by, value=cell.value)
            | {name: n[name] for name in ENDING_COUNTS}
            | dict(sessions_mean=cell.sessions.mean, sessions_median=cell.sessions.median)
            | dict(wait_mean=cell.wait.mean, wait_median=cell.wait.median)
        )
    told = {name for row in rows for name, cell in row.items() if cell != cells.NOTHING}
    if not any(c.counts["planned"] + c.counts["unplanned"] for c in groups):
        told -= {"Planned", "Unplanned", "Ongoing"}  # endings were not recorded
    rows = [{name: cell for name, cell in row.items() if name in told} for row in rows]
    return laid_out("Endings, sessions, waiting", rows, exact=exact)


def measured(found: Outcomes) -> Table:
    """From ended treatments to those with both scores: Who, Treatments, Of finished."""
    n = found.all.counts
    lines = (
        ("Ended treatments", n["finished"] + n["too_short"], False),
        ("Of them with fewer sessions than a course", n["too_short"], False),
        ("Finished treatments", n["finished"], False),
        ("… with first and last score", n["measured"], True),
        ("… with one score only", n["one_score"], True),
        ("… without a score", n["no_score"], True),
        ("With both, and a score in the last session", n["fresh"], True),
    )
    rows = [
        {
            "Who": cells.text(label),
            "Treatments": cells.count(k),
            "Of finished": cells.share(k / n["finished"], decimals=1)
            if of_finished and n["finished"]
            else cells.NOTHING,
        }
        for label, k, of_finished in lines
    ]
    exact = [dict(who=label, treatments=k) for label, k, _ in lines]
    return laid_out("Who is measured", rows, exact=exact)


def differences(found: Outcomes) -> list[dict]:
    """How those without both scores differ, in full precision: one row a characteristic."""
    names = ("variable", "level", "n_with", "n_without", "mean_with", "mean_without", "difference")
    return [{name: getattr(d, name) for name in names} for d in found.differences]


def _group(cell: Cell) -> str:
    if cell.by == "all":
        return "All"
    return f"{words.BY_LABELS[cell.by]}: {words.value_label(cell.value)}"


def _exact_effect(cell: Cell, scores, raw: EffectSize, equal: EffectSize) -> dict:
    return dict(
        by=cell.by,
        value=cell.value,
        n=raw.n,
        mean_first=scores.mean_first,
        mean_last=scores.mean_last,
        sd_first=scores.sd_first,
        d=raw.d,
        low=raw.low,
        high=raw.high,
        adjusted=equal.d,
        adjusted_low=equal.low,
        adjusted_high=equal.high,
    )


def _effect(size: EffectSize) -> Shown:
    if size.d is None:
        return cells.NOTHING
    d, low, high = (estimate(v, decimals=2) for v in (size.d, size.low, size.high))
    return cells.text(f"{d} ({low} to {high})")


def _median(value: float | None) -> Shown:
    return cells.NOTHING if value is None else cells.significant(value, 6)
