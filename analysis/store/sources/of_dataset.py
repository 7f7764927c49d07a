"""The rows of a dataset version at the finest unit that the asked variables need.

A row of a patient is that of the first treatment (in the order of their names), whose therapist
counts as the patient's; what is summed up over a patient is of all treatments.
"""

from analysis.models.language.derived import SUMMARIES, Derived, base_names, derived_of
from analysis.store.sources.derived import EARLY, derived_sql
from analysis.store.sources.relation import Source, text_of
from analysis.store.versions.dataset import Dataset
from analysis.store.versions.hardened import one_row
from analysis.store.versions.naming import ORDINALS, quoted, somebody
from analysis.store.versions.ordinals import HOMES, META

KEYS = ("clinic", "therapist", "patient", "episode")
_CALLED = {
    "session": "session",
    "episode": "treatment",
    "patient": "patient",
    "therapist": "therapist",
    "clinic": "clinic",
}
_BUT_THERAPIST = ("clinic", "patient", "episode")


def dataset_source(dataset: Dataset, cursor, names: tuple[str, ...]) -> Source:
    """Rows at the finest unit among `names`: sessions, episodes, patients, therapists, clinics."""
    units = {v.name: v.unit for v in dataset.variables} | {
        "session": "session",
        "weeks_since_intake": "session",
        "ending": "episode",
    }
    kinds = {v.name: v.kind for v in dataset.variables}
    kinds |= dict.fromkeys((*KEYS, "ending"), "category")
    kinds |= {"session": "number", "weeks_since_intake": "number"}
    used = {_unit(n, units) for n in names} - {""}
    keys = [k for k in KEYS if k in base_names(names)]
    row = _finest(used, keys)
    table = "episode" if row == "patient" else row
    is_treatment = table in ("episode", "session")
    owner = dict.fromkeys(("session", "weeks_since_intake"), "session") | units
    owner |= {
        "episode": table if table == "session" else "episode",
        "patient": "episode",
        "therapist": "episode" if is_treatment else "therapist",
        "clinic": "clinic" if table == "clinic" else "therapist",
    }
    columns = {n: f"{owner[n]}.{quoted(n)}" for n in owner}
    # No therapist is no group: such rows lack it, as they would lack a value.
    columns["therapist"] = somebody(columns["therapist"])
    # An ongoing treatment has no ending yet; counted as 'not unplanned' it would bias every rate.
    columns["ending"] = "CASE WHEN episode.ending <> 'ongoing' THEN episode.ending END"
    numbers = {n: f"CAST({c} AS DOUBLE)" for n, c in columns.items() if kinds[n] == "number"}
    made = _derived(names, table, units, numbers, columns)

    def owners(some: tuple[str, ...]) -> set[str]:
        far = [*KEYS[:3], "episode"] if any(n in made for n in some) else []
        return {owner[n] for n in (*base_names(some), *far) if n in owner}

    return Source(
        cursor=cursor,
        relation=_joins(row, owners(names)),
        kinds=kinds | dict.fromkeys(made, "number"),
        numbers=numbers | made,
        texts={n: text_of(c, kinds[n]) for n, c in columns.items()},
        name=dataset.info.name,
        version=dataset.info.version,
        relation_of=lambda some: _joins(row, owners(some)),
        ordinals=_usable(cursor, _ordinals(table), names) if dataset.meta.get(META) else {},
        homes=HOMES,
        unit=_CALLED[row],
        units={n: _CALLED[u] for n in names if (u := _unit(n, units))},
    )


def _unit(name: str, units: dict[str, str]) -> str:
    """Of a variable, '' of what is none: what sums up a treatment's sessions is the treatment's, or
    that of the unit that it is summed up over."""
    made = derived_of(name)
    if made and made.kind in SUMMARIES:
        return made.over or "episode"
    return units.get(made.variable if made else name, "")


def _derived(names, table: str, units, numbers, columns) -> dict[str, str]:
    """SQL of those of `names` that are made of others, at rows of `table`."""
    out, keys = {}, {k: columns[k] for k in KEYS}
    for name in names:
        made = derived_of(name)
        if made is None or made.variable not in numbers:
            continue
        if made.kind in SUMMARIES:
            sql = None
            if made.over:
                sql = _over_unit(made, units.get(made.variable, ""), columns[made.over])
            elif units.get(made.variable) == "session" and table in ("session", "episode"):
                sql = f"({_summary(made)} WHERE own.episode = {table}.episode)"
        else:
            own = {made.group: columns[made.group]} if made.group in columns else {}
            sql = derived_sql(made, numbers[made.variable], keys | own, "session.session")
        if sql and not (made.kind == "lag" and table != "session"):
            out[name] = sql
    return out


def _finest(used: set[str], keys: list[str]) -> str:
    """The unit of the rows, from those of the variables and the keys that are named."""
    order = ("clinic", "therapist", "patient", "episode", "session")
    row = max(used, key=order.index, default="episode")
    above = row in ("clinic", "therapist") and "patient" in keys
    return "episode" if above or ("episode" in keys and row != "session") else row


def _over_unit(made: Derived, unit: str, mine: str) -> str | None:
    """The mean over the treatments of each row's patient, therapist or clinic: of a session's
    variable of each treatment's summary, of a treatment's of the variable."""
    other = f"CAST(own.{quoted(made.variable)} AS DOUBLE)"
    treated = f"SELECT {made.over} AS unit, episode.episode AS episode FROM episode"
    if made.over == "clinic":
        treated += " JOIN therapist USING (therapist)"
    if unit == "session":
        one = _summary(made).replace("SELECT", "SELECT own.episode AS episode,", 1)
        one += " GROUP BY own.episode"
        rows = f"({one}) AS summed JOIN ({treated}) AS treated USING (episode)"
        return f"(SELECT avg(summed.value) FROM {rows} WHERE treated.unit = {mine})"
    if unit == "episode" and made.kind == "mean":
        rows = f"episode AS own JOIN ({treated}) AS treated USING (episode)"
        return f"(SELECT avg({other}) FROM {rows} WHERE treated.unit = {mine})"
    return None


def _summary(made: Derived) -> str:
    """One value of the sessions of each row's treatment; with a landmark up to it, of treatments
    that have a session then or later: others were over, and would tell of their end."""
    value = f"CAST(own.{quoted(made.variable)} AS DOUBLE)"
    landmark = made.landmark
    first, end = EARLY if landmark is None else (landmark - (EARLY[1] - EARLY[0]), landmark)
    known = "true" if landmark is None else f"own.session <= {landmark}"
    told = {
        "early": f"avg({value}) FILTER (own.session BETWEEN {first} AND {end})",
        "mean": f"avg({value}) FILTER ({known})",
        "last": f"arg_max({value}, own.session) FILTER ({value} IS NOT NULL AND {known})",
    }[made.kind]
    told = told if landmark is None else f"CASE WHEN max(own.session) >= {landmark} THEN {told} END"
    return f"SELECT {told} AS value FROM session AS own"


def _ordinals(table: str) -> dict[str, str]:
    if table not in ("episode", "session"):
        return {}
    return {key: f"{table}.{quoted(column)}" for key, column in ORDINALS.items()}


def _usable(cursor, ordinals: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """The ordinals, but therapists' only where they are asked for and each treatment names one:
    texts tell them otherwise."""
    named = f"SELECT count(*) = count({somebody('therapist')}) FROM therapist"
    kept = KEYS if "therapist" in names and one_row(cursor, named)[0] else _BUT_THERAPIST
    return {key: column for key, column in ordinals.items() if key in kept}


def _joins(table: str, needed: set[str]) -> str:
    """FROM the row's table, joined outwards as far as a needed table lies."""
    chain = ["session", "episode", "therapist", "clinic"]
    first = "QUALIFY row_number() OVER (PARTITION BY patient ORDER BY episode) = 1"
    sql = f"(SELECT * FROM episode {first}) AS episode" if table == "patient" else table
    start = chain.index("episode" if table == "patient" else table)
    last = max([start, *(chain.index(n) for n in needed)])
    for inner, outer in zip(chain[start:last], chain[start + 1 : last + 1], strict=True):
        sql += f" JOIN {outer} ON {inner}.{outer} = {outer}.{outer}"
    return sql
