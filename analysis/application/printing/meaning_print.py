"""What a model says of one predictor, as JSON and as text."""

from analysis.presentation.words.meaning_words import caption, regions_sentence


def meaning_json(found, drawn) -> dict:
    """of, by, rows as Meaning.tidy has them, regions as low, high and sign; predicted: rows as
    Curve.tidy has them."""
    regions = [dict(low=r.low, high=r.high, sign=r.sign) for r in found.regions]
    told = dict(of=found.of, by=found.by, rows=found.tidy(), regions=regions)
    return told | dict(predicted=drawn.tidy())


def _chance(row: dict) -> str:
    """A logit as a chance, or as an odds ratio."""
    if row.get("chance") is not None:
        ends = f"({row['chance_low']:.4f} to {row['chance_high']:.4f})"
        return f"; chance {row['chance']:.4f} {ends}, in the population {row['population']:.4f}"
    return f"; odds ratio {row['odds_ratio']:.4f}" if row.get("odds_ratio") is not None else ""


def meaning_text(found) -> str:
    """A line a number under what they are."""
    lines = [f"{found.of}: {caption(found)}"]
    for row in found.tidy():
        named = " ".join(x for x in (row["what"], row["of"], row["by"] and f"at {row['by']}") if x)
        p = "" if row["what"] == "mean" else f", p {row['p']:.4f}"
        interval = f"({row['low']:.4f} to {row['high']:.4f})"
        logit = " on the logit" if found.logit else ""
        lines.append(f"  {named}: {row['estimate']:.4f}{logit} {interval}{p}{_chance(row)}")
    said = regions_sentence(found)
    return "\n".join([*lines, *([said] if said else [])])
