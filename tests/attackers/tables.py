"""The tables of a shared report of outcomes, by captions and columns; all others are refused."""

import re

from tests.attackers import forms
from tests.attackers.forms import Unread
from tests.attackers.printed import ALL, Change, Printed
from tests.attackers.truth import COLUMNS, OF_PATIENTS, TABLES, WAITS, Truth

COMPLETE = "Finished treatments with both scores, by period"
WITHIN, WITHIN_BY_PERIOD = "Waits within the standard", "Waits within the standard, by period"
ENDINGS = {
    "Planned": "planned",
    "Unplanned": "unplanned",
    "Ongoing": "ongoing",
    "Not recorded": "ending_unknown",
}
# Line -> its count, who is left over of the line above, and what that counts.
LINES = {
    "All treatments": ("episodes", "", ""),
    "Finished": ("finished", "unfinished", "episodes"),
    "With first and last score": ("measured", "unscored", "finished"),
    "Of them with an unknown wait": ("untimed", "", ""),
}
EQUAL = "Clinics at equal case-mix, figures"
SIGNED = r"[+−]?\d+"
POINTS = re.compile(rf"({SIGNED}) \(({SIGNED}) to ({SIGNED})\)")
CHANGE = re.compile(rf"({'|'.join(COLUMNS)}) by group: (.+) and (.+)")
# Columns that others have printed, or that are words.
PUBLISHED = re.compile(r"England .*|England, .*")
VERDICTS = {"Standard", "Target", "Verdict", "Reading"}


def read_table(table, truth: Truth, printed: Printed) -> None:
    """Every figure of a table goes into `printed`. Unread where there is no knowing what it is."""
    known, caption = TABLES | truth.groups, table.caption
    for row in table.texts():
        row = {k: v for k, v in row.items() if k not in VERDICTS and not PUBLISHED.fullmatch(k)}
        if caption in known:
            _group(row, (known[caption], next(iter(row.values()))), printed)
        elif caption in _ROWS:
            _ROWS[caption](row, printed)
        elif change := CHANGE.fullmatch(caption):
            _change(row, change.groups(), truth, printed)
        elif caption.startswith("Beside "):
            _only(row, "Outcome", "This service")
            printed.share(ALL, printed.columns[row["Outcome"]], row["This service"])
        else:
            raise Unread(f"a table called '{caption}'")


def _only(row: dict[str, str], *names: str) -> None:
    if set(row) - set(names):
        raise Unread(f"columns {sorted(set(row) - set(names))}")


def _group(row: dict[str, str], group: tuple[str, str], printed: Printed) -> None:
    _only(row, next(iter(row)), "With both scores", "Effect size", *COLUMNS)
    if "With both scores" in row:
        printed.count(group, "measured", row["With both scores"])
    for column in COLUMNS.keys() & row.keys():
        printed.share(group, printed.columns[column], row[column])
    printed.effect(group, row.get("Effect size", "–"))


def _overall(row, printed: Printed) -> None:
    _only(row, "Outcome", "Treatments", "Of", "Rate", "95 % interval")
    part, whole = printed.columns[row["Outcome"]]
    printed.count(ALL, part, row["Treatments"])
    printed.count(ALL, whole, row["Of"])
    printed.share(ALL, (part, whole), row["Rate"], row["95 % interval"])


def _target(row, printed: Printed) -> None:
    _only(row, "Outcome", "Rate", "95 % interval")
    printed.share(ALL, printed.columns[row["Outcome"]], row["Rate"], row["95 % interval"])


def _ending(row, printed: Printed) -> None:
    _only(row, "Ending", "Treatments", "Rate", "95 % interval")
    name = ENDINGS[row["Ending"]]
    printed.count(ALL, name, row["Treatments"])
    printed.share(ALL, (name, "episodes"), row["Rate"], row["95 % interval"])


def _line(row, printed: Printed) -> None:
    _only(row, "Treatments", "Number", "Of the line above")
    name, left_over, whole = LINES[row["Treatments"]]
    printed.count(ALL, name, row["Number"])
    if whole and "Of the line above" in row:
        told = forms.share(row["Of the line above"])
        printed.share(ALL, (left_over, whole), told and told.rest)


def _complete(row, printed: Printed) -> None:
    _only(row, "Period", "With both scores", "95 % interval")
    told = forms.share(row["With both scores"], row["95 % interval"])
    printed.share(("period", row["Period"]), ("unscored", "finished"), told and told.rest)


def _waits(row, printed: Printed) -> None:
    """Who waited longer: the rest of a share is told as any other share, of a number that no table
    prints."""
    _only(row, "First session", "Rate", "95 % interval")
    told = forms.share(row["Rate"], row["95 % interval"])
    of = f"over {WAITS[row['First session']]}", "timed"
    printed.share(ALL, of, told and told.rest)


def _waits_by_period(row, printed: Printed) -> None:
    _only(row, "Period", *WAITS)
    for column in WAITS.keys() & row.keys():
        told, of = forms.share(row[column]), (f"over {WAITS[column]}", "timed")
        printed.share(("period", row["Period"]), of, told and told.rest)


def _medians(row, printed: Printed) -> None:
    for text in list(row.values())[1:]:
        forms.decimals(text)


def _equal(row, printed: Printed) -> None:
    """Effects are of a model of means; their form alone is looked at."""
    _only(row, "Clinic", "Effect", "95 % interval")
    forms.decimals(f"{row['Effect']} ({row['95 % interval']})")


def _change(row, said: tuple[str, str, str], truth: Truth, printed: Printed) -> None:
    _only(row, "Group", "Before", "Now", "Difference in points")
    named = {
        caption.removeprefix("Outcomes by ").capitalize(): by for caption, by in TABLES.items()
    }
    named |= {caption.removeprefix(OF_PATIENTS): by for caption, by in truth.groups.items()}
    what, _, value = row["Group"].rpartition(": ")
    before, after = forms.share(row["Before"]), forms.share(row["Now"])
    points = POINTS.fullmatch(row["Difference in points"])
    if what not in named or not before or not after or not points:
        raise Unread(f"a change of {row}")
    group, metric = (named[what], value), printed.columns[said[0]]
    printed.share(group, metric, after)
    ends = tuple(int(end.replace("−", "-")) for end in points.groups())
    printed.changes.append(Change(group, metric, said[1], said[2], before, after, ends))


_ROWS = {
    "Outcomes of the service": _overall,
    "Targets": _target,
    "How treatments ended": _ending,
    "How complete the scores are": _line,
    "Of how many the wait is known": _line,
    COMPLETE: _complete,
    WITHIN: _waits,
    WITHIN_BY_PERIOD: _waits_by_period,
    "Medians by period": _medians,
    EQUAL: _equal,
}
