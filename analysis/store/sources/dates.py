"""Dates among the texts of a source: a date is a number of days, not a category for each day."""

import re
from dataclasses import replace

from analysis.store.sources.relation import Dates, Source
from analysis.store.versions.hardened import DatabaseError

LOOKED_AT = 20  # entries that tell whether a whole column is worth reading
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")
# Day, month and year in an order that differs between countries, or a month written out.
_OTHER = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{4}[./]\d{1,2}[./]\d{1,2}"
    r"|\d{1,2}[. -]+[A-Za-z]{3,9}[. -]+\d{4}|[A-Za-z]{3,9}[. -]+\d{1,2},? +\d{4}"
)


def with_dates(source: Source, names: tuple[str, ...]) -> Source:
    """The source with those of `names` that hold dates (YYYY-MM-DD, with a time or without) as
    numbers of days since 1970-01-01, R's number of a date; a time of day is a fraction of a day.

    As groups and in C(…) they stay what they are. Other ways to write a date are noted only.
    """
    if source.inline:
        return source
    days, unsure = [], []
    for name in names:
        if source.kinds.get(name) != "category" or name not in source.texts:
            continue
        form = _form(source, name)
        if form is _ISO and _all_are_days(source, name):
            days.append(name)
        elif form is _OTHER:
            unsure.append(name)
    return replace(
        source,
        kinds=source.kinds | dict.fromkeys(days, "number"),
        numbers=source.numbers | {n: _days(source, n) for n in days},
        dates=Dates(tuple(days), tuple(unsure)),
    )


def _form(source: Source, name: str) -> re.Pattern | None:
    text = source.texts[name]
    relation = source.relation_of((name,)) if source.relation_of else source.relation
    sql = f"SELECT {text} FROM {relation} WHERE {text} IS NOT NULL LIMIT {LOOKED_AT}"
    found = [str(row[0]).strip() for row in source.cursor.execute(sql).fetchall()]
    for form in (_ISO, _OTHER):
        if found and all(form.fullmatch(entry) for entry in found):
            return form
    return None


def _all_are_days(source: Source, name: str) -> bool:
    text, relation = source.texts[name], source.relation
    if source.relation_of:
        relation = source.relation_of((name,))
    bad = f"{text} IS NOT NULL AND {_days(source, name)} IS NULL"
    sql = f"SELECT count(*) FROM {relation} WHERE {bad}"
    try:
        return source.cursor.execute(sql).fetchall()[0][0] == 0
    except DatabaseError:
        return False


def _days(source: Source, name: str) -> str:
    return f"epoch(TRY_CAST(trim({source.texts[name]}) AS TIMESTAMP)) / 86400.0"
