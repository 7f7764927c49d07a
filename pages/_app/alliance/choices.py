"""Widgets that the alliance's pages share: which measure is meant."""

from analysis.questions.alliance.measures import Measure


def chosen_measure(
    place, label: str, offered: tuple[Measure, ...], key: str, usual: str = "", help: str = ""
) -> Measure:
    """One of the measures, by label; bound to the address."""
    keys = [m.key for m in offered]
    labels = {m.key: m.label for m in offered}
    picked = place.selectbox(
        label,
        keys,
        index=keys.index(usual) if usual in keys else 0,
        format_func=labels.__getitem__,
        key=key,
        bind="query-params",
        help=help or None,
    )
    return next(m for m in offered if m.key == picked)
