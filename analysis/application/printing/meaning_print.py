"""What a model says of one predictor, as JSON and as text."""

from analysis.presentation.words.meaning_words import caption, regions_sentence


def meaning_json(found) -> dict:
    """of, by, rows as Meaning.tidy has them, regions as low, high and sign."""
    regions = [dict(low=r.low, high=r.high, sign=r.sign) for r in found.regions]
    return dict(of=found.of, by=found.by, rows=found.tidy(), regions=regions)


def meaning_text(found) -> str:
    """A line a number under what they are."""
    lines = [f"{found.of}: {caption(found)}"]
    for row in found.tidy():
        named = " ".join(x for x in (row["what"], row["of"], row["by"] and f"at {row['by']}") if x)
        p = "" if row["what"] == "mean" else f", p {row['p']:.4f}"
        interval = f"({row['low']:.4f} to {row['high']:.4f})"
        lines.append(f"  {named}: {row['estimate']:.4f} {interval}{p}")
    said = regions_sentence(found)
    return "\n".join([*lines, *([said] if said else [])])
