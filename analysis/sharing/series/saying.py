"""A year in play as a table, in sentences, and as JSON."""

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Table, laid_out
from analysis.presentation.words import outcome_words
from analysis.presentation.words.rounding import percent
from analysis.sharing.periods_asked import NAMED
from analysis.sharing.sections.telling.kinds import HIDDEN, KINDS, LIMIT, RANGE, RATE
from analysis.sharing.series.grain import GRAINS, Proposal
from analysis.sharing.series.rehearsal import Rehearsal, Rehearsed

COLUMNS = {RATE: "As a rate", LIMIT: "As a limit", RANGE: "As a range", HIDDEN: "Hidden"}
NOTE = (
    "Counted are the rates of everybody and of groups of 20 treatments and more. Nothing was "
    "written, and nothing of this counts as shared."
)


def rehearsal_table(found: Rehearsal) -> Table:
    """One row a report: how many rates it has, and how they are told."""
    rows = []
    for one in found.reports:
        by_kind = {kind: _sum(one, kind) for kind in KINDS}
        told, every = one.told()
        shown = "refused" if one.refused else percent(told / every, decimals=0) if every else "–"
        rows.append(
            {
                "Report": cells.text(named(one)),
                "Rates": cells.count(every),
                "Told": cells.text(shown),
                **{label: cells.count(by_kind[kind]) for kind, label in COLUMNS.items()},
            }
        )
    exact = [
        {"report": named(one), **{kind: _sum(one, kind) for kind in KINDS}} for one in found.reports
    ]
    caption = f"What the reports of {found.year} can show" if found.year else "What it can show"
    return laid_out(caption, rows, (NOTE, *refusals(found)), exact, right=("Told",))


def refusals(found: Rehearsal) -> tuple[str, ...]:
    """Which reports could not be shared, and why."""
    return tuple(f"{named(one)}: {one.refused}" for one in found.reports if one.refused)


def named(one: Rehearsed) -> str:
    """Worked: 'Year to date, to 2025 Q2'."""
    return NAMED[one.kind].format(last=one.last) if one.kind else "The report"


def proposal_sentence(found: Proposal, options: bool = False) -> str:
    """What is proposed, and what it shows instead. options: as the command's options."""
    if not found.grains:
        return "No group of a breakdown had 20 treatments: there is nothing to plan."
    if options:
        given = [f"--by-half {','.join(found.by_half)}"] * bool(found.by_half)
        given += [f"--by-year {','.join(found.by_year)}"] * bool(found.by_year)
        start = f"Shows most: {' '.join(given) or 'every breakdown each quarter'}."
    else:
        start = "Shows most:"
    parts = [_of_breakdown(found, name) for name in found.grains]
    return f"{start} {'; '.join(parts)}."


def as_json(found: Rehearsal, proposal: Proposal | None) -> dict:
    """What `report --preview --json` prints."""
    reports = [
        {
            "series": one.kind or None,
            "from": one.first,
            "to": one.last,
            "refused": one.refused or None,
            "rates": {kind: _sum(one, kind) for kind in KINDS},
        }
        for one in found.reports
    ]
    proposed = proposal and {"by_half": list(proposal.by_half), "by_year": list(proposal.by_year)}
    return {"year": found.year, "reports": reports, "proposed": proposed}


def as_text(found: Rehearsal, proposal: Proposal | None) -> str:
    """The same for a terminal."""
    table = rehearsal_table(found)
    names = [column.name for column in table.columns]
    rows = [names, *([cell.text for cell in row] for row in table.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(names))]
    lines = [table.caption + ":"]
    for row in rows:
        padded = zip(row, widths, strict=True)
        texts = [t.rjust(w) if p else t.ljust(w) for p, (t, w) in enumerate(padded)]
        lines.append("  " + "  ".join(texts))
    said = [proposal_sentence(proposal, options=True)] if proposal else []
    return "\n".join([*lines, *table.notes, *said])


def _of_breakdown(found: Proposal, name: str) -> str:
    label = outcome_words.BY_LABELS[name].lower()
    chosen = found.grains[name]
    shares = [(q, s) for q in GRAINS if (s := found.shown[name, q]) is not None]
    told = ", ".join(f"{percent(s, decimals=0)} by the {GRAINS[q]}" for q, s in shares)
    return f"{label} by the {GRAINS[chosen]} ({told})"


def _sum(one: Rehearsed, kind: str) -> int:
    return sum(n for (_, how), n in one.kinds.items() if how == kind)
