"""Means, differences and slopes of a fitted model in words."""

_SIGNS = {-1: "below zero", 0: "not told from zero", 1: "above zero"}


def regions_sentence(found) -> str:
    """Where the slope differs from zero, over the middle 90 % of the moderator's rows; '' where
    nobody asked for regions. found: a Meaning."""
    if not found.regions:
        return ""
    parts = [f"from {r.low:.3g} to {r.high:.3g} {_SIGNS[r.sign]}" for r in found.regions]
    return (
        f"Along '{found.by}' (the middle 90 % of the rows) the slope of '{found.of}' is "
        + ", ".join(parts)
        + " (Johnson–Neyman, 95 %)."
    )


def picture_caption(found) -> str:
    """How to read the picture. found: a Curve."""
    what = "Chances in a typical group (random effect 0)" if found.logit else "Expected outcomes"
    return (
        f"{what} with 95 % bands over the middle 90 % of the rows, the other numbers at their "
        "means and categories averaged. Circles: means of the data, by twentieths of the "
        "predictor where it has many values; they are not adjusted for anything else."
    )


def _of_chances(found, by: str) -> str:
    if found.is_slope:
        return (
            f"By how much the logit changes for one unit more of {found.of}{by}, and the odds "
            "ratio; the other numbers at their means and categories averaged."
        )
    return (
        f"Chances for each {found.of}{by}: in a typical group (random effect 0) with 95 % "
        "intervals, and averaged over the groups; the other numbers at their means and categories "
        "averaged on the logit. Differences are odds ratios; p by Holm."
    )


def caption(found) -> str:
    """What the numbers are."""
    by = f" at values of {found.by}" if found.by else ""
    if found.logit:
        return _of_chances(found, by)
    if found.is_slope:
        return (
            f"Change in the outcome for one unit more of {found.of}{by}, the other numbers at "
            "their means and categories averaged."
        )
    return (
        f"Expected outcomes for each {found.of}{by}, the other numbers at their means and "
        "categories averaged; p of the differences by Holm."
    )
