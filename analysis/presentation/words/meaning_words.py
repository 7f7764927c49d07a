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


def caption(found) -> str:
    """What the numbers are."""
    by = f" at values of {found.by}" if found.by else ""
    if found.is_slope:
        return (
            f"Change in the outcome for one unit more of {found.of}{by}, the other numbers at "
            "their means and categories averaged."
        )
    return (
        f"Expected outcomes for each {found.of}{by}, the other numbers at their means and "
        "categories averaged; p of the differences by Holm."
    )
