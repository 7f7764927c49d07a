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
# Ways to write a date in numbers. With points the day comes first wherever they are written so.
_WAYS = ("%d.%m.%Y", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y")


def with_dates(source: Source, names: tuple[str, ...]) -> Source:
    """The source with those of `names` that hold dates as numbers of days since 1970-01-01, R's
    number of a date; a time of day (YYYY-MM-DD HH:MM) is a fraction of a day.

    As groups and in C(…) they stay what they are. Dates that can be read in two ways (3/4/2024)
    stay texts, and are noted.
    """
    if source.inline:
        return source
    days, unsure = {}, []
    for name in names:
        if source.kinds.get(name) != "category" or name not in source.texts:
            continue
        if name in source.homes:  # a dataset's own keys
            continue
        ways = _ways(source, name)
        if len(ways) == 1:
            days[name] = ways[0]
        elif ways:
            unsure.append(name)
    return replace(
        source,
        kinds=source.kinds | dict.fromkeys(days, "number"),
        numbers=source.numbers | days,
        dates=Dates(tuple(days), tuple(unsure)),
    )


def _ways(source: Source, name: str) -> list[str]:
    """The ways to read all entries as dates, as SQL of a number of days; two of '' where they look
    like dates that none of the known ways can read."""
    text = f"trim({source.texts[name]})"
    relation = source.relation_of((name,)) if source.relation_of else source.relation
    some = f"{source.texts[name]} IS NOT NULL"
    sql = f"SELECT {text} FROM {relation} WHERE {some} LIMIT {LOOKED_AT}"
    found = [str(row[0]) for row in source.cursor.execute(sql).fetchall()]
    if not found:
        return []
    if all(_ISO.fullmatch(entry) for entry in found):
        ways = [f"TRY_CAST({text} AS TIMESTAMP)"]
    elif all(_OTHER.fullmatch(entry) for entry in found):
        ways = [f"TRY_STRPTIME({text}, '{way}')" for way in _WAYS]
    else:
        return []
    counted = ", ".join(f"count(*) FILTER (WHERE {some} AND {way} IS NULL)" for way in ways)
    try:
        bad = source.cursor.execute(f"SELECT {counted} FROM {relation}").fetchall()[0]
    except DatabaseError:
        return []
    good = [way for way, lost in zip(ways, bad, strict=True) if not lost]
    if not good:
        return ["", ""] if len(ways) > 1 else []
    return [f"epoch({way}) / 86400.0" for way in good]
