"""The SQL of variables that a formula makes of others (analysis/models/language/derived.py).

Means are over all rows of the source in which the variable has a value, also those that lack
another one and are left out of a fit: a patient's mean is known best from all sessions.
"""

from collections.abc import Mapping
from dataclasses import replace

from analysis.models.language.derived import Derived, derived_of
from analysis.store.sources.relation import Source

EARLY = (3, 5)  # sessions, as the main number's default window has them
UNITS = ("patient", "therapist", "clinic")


def derived_sql(made: Derived, value: str, keys: Mapping[str, str], order: str) -> str | None:
    """SQL of a DOUBLE over the source's rows; None where a unit that it needs is not there.

    value: of the variable; keys: the SQL of each unit's key that the source has, and of the named
    group; order: what sorts a patient's rows.
    """
    mine = made.group or "patient"
    if made.kind == "lag":
        whose = keys.get("episode") or keys.get("patient")
        return f"lag({value}) OVER (PARTITION BY {whose} ORDER BY {order})" if whose else None
    if made.kind in ("within", "between"):
        if mine not in keys:
            return None
        if made.kind == "within":
            return f"{value} - {_mean(value, keys[mine])}"
        return _known(f"{_mean(value, keys[mine])} - {_mean(value)}", keys[mine])
    if made.kind not in UNITS or made.kind not in keys:
        return None
    outer = next((keys[u] for u in UNITS[UNITS.index(made.kind) + 1 :] if u in keys), "")
    part = f"{_mean(value, keys[made.kind])} - {_mean(value, outer)}"
    return _known(part, keys[made.kind], outer)


def _mean(value: str, key: str = "") -> str:
    return f"avg({value}) OVER ({f'PARTITION BY {key}' if key else ''})"


def _known(part: str, *keys: str) -> str:
    """Missing where the unit is: who has no therapist is in none's mean."""
    some = " AND ".join(f"{k} IS NOT NULL" for k in keys if k)
    return f"CASE WHEN {some} THEN {part} END"


def with_derived(source: Source, names: tuple[str, ...]) -> Source:
    """A file's source with those of `names` that are made of its columns; columns called patient,
    therapist, clinic and episode are the units, session orders a patient's rows, else the file."""
    keys = {u: source.texts[u] for u in (*UNITS, "episode") if u in source.texts}
    order = source.numbers.get("session", "line")
    found: dict[str, str] = {}
    for name in names:
        made = derived_of(name)
        if made is None or made.variable not in source.numbers:
            continue
        own = {made.group: source.texts[made.group]} if made.group in source.texts else {}
        sql = derived_sql(made, source.numbers[made.variable], keys | own, order)
        if sql:
            found[name] = sql
    if not found:
        return source
    return replace(
        source, kinds=source.kinds | dict.fromkeys(found, "number"), numbers=source.numbers | found
    )
