"""What a report says of two periods: rates that were told, and their difference, worked again."""

from math import sqrt

from tests.attackers.before import Before
from tests.attackers.forms import Share, Unread
from tests.attackers.printed import ALL, Change, Printed

ROUNDED = 0.5 + 1e-6  # points


def check_changes(printed: Printed, selection, before: Before) -> None:
    """Unread where a figure of a change is none that stands in this report or in earlier ones, or
    a difference says more than the two rates do. Rates of two periods of this report are read."""
    for change in printed.changes:
        if change.group == ALL and _ends(change.later) != selection.periods:
            for period, told in ((change.earlier, change.before), (change.later, change.after)):
                printed.share(("period", period), change.metric, told)
            _check_points(change, change.before, change.after)
            continue
        by, value = change.group
        now = printed.shares.get((by, value.lower(), *change.metric))
        if now is None:
            printed.share(change.group, change.metric, change.after)
        elif not now.agrees(change.after):
            raise Unread(f"{change}, and elsewhere {now}")
        then = list(_earlier(change, selection, before))
        fitting = [one for one in then if one.agrees(change.before)]
        if then and not fitting:
            raise Unread(f"{change}, and in earlier reports {then}")
        if not then:
            _check_sum(change, before)
        _check_points(change, fitting[0] if fitting else change.before, now or change.after)


def _ends(span: str) -> tuple[str, str]:
    """The first and last quarter of '2024 Q3', '2024' or '2024 Q1 to 2024 Q2'."""
    first, _, last = span.partition(" to ")
    return (first, last or first) if "Q" in first else (f"{first} Q1", f"{first} Q4")


def _earlier(change: Change, selection, before: Before):
    """What earlier reports of exactly the period before, and else the same, said of the group."""
    for asked, printed in before.reports:
        same = (asked.clinics, asked.models, asked.severities) == (
            selection.clinics,
            selection.models,
            selection.severities,
        )
        by, value = change.group
        told = printed.shares.get((by, value.lower(), *change.metric))
        if same and asked.periods == _ends(change.earlier) and told:
            yield told


def _check_sum(change: Change, before: Before) -> None:
    """A rate that no one report told lies among those that it adds up: everybody's are told of
    periods, too."""
    (by, value), told = change.group, []
    for _, printed in before.reports:
        for (own, name, *metric), share in printed.shares.items():
            same = (own, name) == (by, value.lower()) or (own == "period" and by == "all")
            told += [share] if share and same and tuple(metric) == change.metric else []
    low = min((share.low for share in told), default=101)
    if not low - 1 <= change.before.low <= max((share.high for share in told), default=-1) + 1:
        raise Unread(f"{change}, of which nothing was told")


def _check_points(change: Change, before: Share, after: Share) -> None:
    """Newcombe's interval (1998, method 10) of the two printed ones."""
    points = after.low - before.low
    if change.points[0] != points:
        raise Unread(f"{change.points[0]} points from {before} to {after}")
    if None in (before.first, before.last, after.first, after.last):
        return
    low = points - sqrt((after.low - after.first) ** 2 + (before.last - before.low) ** 2)
    high = points + sqrt((after.last - after.low) ** 2 + (before.low - before.first) ** 2)
    if abs(change.points[1] - low) > ROUNDED or abs(change.points[2] - high) > ROUNDED:
        raise Unread(f"{change.points} from {before} to {after}")
