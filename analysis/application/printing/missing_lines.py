"""What the shares would be had nobody been lost, as text and as JSON."""

from analysis.application.printing.as_text import as_shown
from analysis.presentation.tables import partition_tables
from analysis.presentation.words import missing_words
from analysis.questions.partition.missing.result import Missing


def missing_json(m: Missing) -> dict:
    """The JSON of `partition --missing impute` under 'missing'."""
    tipping = m.tipping
    return {
        "began": m.began,
        "lost": m.lost,
        "without_end": m.without_end,
        "left_out": m.left_out,
        "imputations": m.imputations,
        "lines": [
            {
                "way": line.way,
                "rows": line.rows,
                "shares": [
                    {k: getattr(s, k) for k in ("factor", "share", "low", "high", "se", "lost")}
                    for s in line.shares
                ],
            }
            for line in m.lines
        ],
        "chance": {"lowest": m.chance[0], "mean": m.chance[1]} if m.chance else None,
        "tipping": {
            "factor": tipping.factor,
            "reaches": tipping.reaches,
            "changed_at": tipping.changed_at,
            "shifts": [
                {k: getattr(s, k) for k in ("shift", "share", "low", "high")}
                for s in tipping.shifts
            ],
        }
        if tipping
        else None,
        "messages": m.messages,
        "seconds": m.seconds,
    }


def missing_text(m: Missing) -> str:
    """The answer, its lines, and how far those who left may be off."""
    shifts = partition_tables.missing_shifts(m)
    parts = [
        missing_words.answer(m),
        as_shown(partition_tables.missing_lines(m)),
        missing_words.chance(m),
        missing_words.tipping(m),
        as_shown(shifts) if shifts else "",
        *m.messages,
    ]
    return "\n\n".join(p for p in parts if p)
