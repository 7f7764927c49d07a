"""The rows of a dataset version at the finest unit that the asked variables need."""

from analysis.models.language.derived import SUMMARIES, base_names, derived_of
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
    "therapist": "therapist",
    "clinic": "clinic",
}
_BUT_THERAPIST = ("clinic", "patient", "episode")


def dataset_source(dataset: Dataset, cursor, names: tuple[str, ...]) -> Source:
    """Rows at the finest unit among `names`: sessions, episodes, therapists or clinics."""
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
    order = ("clinic", "therapist", "episode", "session")
    finest = max((order.index(u) for u in used), default=2)
    if any(k in ("patient", "episode") for k in keys):
        finest = max(finest, 2)
    table = order[finest]
    owner = dict.fromkeys(("session", "weeks_since_intake"), "session") | units
    owner |= {
        "episode": table if table == "session" else "episode",
        "patient": "episode",
        "therapist": "episode" if finest >= 2 else "therapist",
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
        relation=_joins(table, owners(names)),
        kinds=kinds | dict.fromkeys(made, "number"),
        numbers=numbers | made,
        texts={n: text_of(c, kinds[n]) for n, c in columns.items()},
        name=dataset.info.name,
        version=dataset.info.version,
        relation_of=lambda some: _joins(table, owners(some)),
        ordinals=_with_somebody(cursor, _ordinals(table)) if dataset.meta.get(META) else {},
        homes=HOMES,
        unit=_CALLED[table],
        units={n: _CALLED[u] for n in names if (u := _unit(n, units))},
    )


def _unit(name: str, units: dict[str, str]) -> str:
    """Of a variable, '' of what is none: what sums up a treatment's sessions is the treatment's."""
    made = derived_of(name)
    if made and made.kind in SUMMARIES:
        return "episode"
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
            if units.get(made.variable) == "session" and table in ("session", "episode"):
                sql = _summary(made.kind, made.variable, table)
        else:
            own = {made.group: columns[made.group]} if made.group in columns else {}
            sql = derived_sql(made, numbers[made.variable], keys | own, "session.session")
        if sql and not (made.kind == "lag" and table != "session"):
            out[name] = sql
    return out


def _summary(kind: str, variable: str, table: str) -> str:
    """One value of the sessions of each row's treatment."""
    value = f"CAST(own.{quoted(variable)} AS DOUBLE)"
    told = {
        "early": f"avg({value}) FILTER (own.session BETWEEN {EARLY[0]} AND {EARLY[1]})",
        "mean": f"avg({value})",
        "last": f"arg_max({value}, own.session) FILTER ({value} IS NOT NULL)",
    }[kind]
    return f"(SELECT {told} FROM session AS own WHERE own.episode = {table}.episode)"


def _ordinals(table: str) -> dict[str, str]:
    if table not in ("episode", "session"):
        return {}
    return {key: f"{table}.{quoted(column)}" for key, column in ORDINALS.items()}


def _with_somebody(cursor, ordinals: dict[str, str]) -> dict[str, str]:
    """The ordinals, without therapists' where some treatments name none: texts tell them then."""
    named = f"SELECT count(*) = count({somebody('therapist')}) FROM therapist"
    kept = KEYS if one_row(cursor, named)[0] else _BUT_THERAPIST
    return {key: column for key, column in ordinals.items() if key in kept}


def _joins(table: str, needed: set[str]) -> str:
    """FROM the row's table, joined outwards as far as a needed table lies."""
    chain = ["session", "episode", "therapist", "clinic"]
    start = chain.index(table)
    last = max([start, *(chain.index(n) for n in needed)])
    sql = table
    for inner, outer in zip(chain[start:last], chain[start + 1 : last + 1], strict=True):
        sql += f" JOIN {outer} ON {inner}.{outer} = {outer}.{outer}"
    return sql
