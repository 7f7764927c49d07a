"""What changed from one version of a dataset to another: rows, values, dictionary."""

from dataclasses import dataclass

from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import Dataset, open_dataset
from analysis.store.versions.naming import quoted

MOST_SESSIONS = 5_000_000  # beyond it values are not compared one by one
_KEYS = {"episode": ("episode",), "session": ("episode", "session")}


@dataclass(frozen=True, slots=True)
class Differences:
    """From version `before` to `after`.

    sessions, episodes: (added, removed) rows by their keys. values: (variable, rows of both
    versions whose value differs), those that differ at all; None where there are more than
    MOST_SESSIONS sessions. variables: (added, removed, otherwise defined) names of the dictionary.
    """

    before: str
    after: str
    sessions: tuple[int, int]
    episodes: tuple[int, int]
    values: tuple[tuple[str, int], ...] | None
    variables: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]

    def sentences(self) -> tuple[str, ...]:
        """What changed, in words: counts and variables' names, no value."""
        said = []
        for (added, removed), what in ((self.sessions, "session"), (self.episodes, "treatment")):
            for count, verb in ((added, "more"), (removed, "fewer")):
                if count:
                    said.append(f"{count:,} {what}{'s' * (count != 1)} {verb} than before")
        for name, count in self.values or ():
            said.append(f"'{name}' has another value in {count:,} of the rows that stay")
        for names, verb in zip(self.variables, ("new", "gone", "defined otherwise"), strict=True):
            if names:
                said.append(f"variables {verb}: {', '.join(names)}")
        if self.values is None:
            said.append("too many sessions to compare their values one by one")
        return tuple(said) or ("nothing that counts: the same rows and values",)

    def to_json(self) -> dict:
        """Plain values for the command."""
        return {
            "before": self.before,
            "after": self.after,
            "sessions": {"added": self.sessions[0], "removed": self.sessions[1]},
            "episodes": {"added": self.episodes[0], "removed": self.episodes[1]},
            "values": None if self.values is None else dict(self.values),
            "variables": dict(
                zip(("added", "removed", "changed"), map(list, self.variables), strict=True)
            ),
        }


def differences(before: DatasetInfo, after: DatasetInfo) -> Differences:
    """Compares two versions of a dataset. Rows are the same where their keys are."""
    with open_dataset(before) as old, open_dataset(after) as new, new.cursor() as cursor:
        small = max(before.counts["session"], after.counts["session"]) <= MOST_SESSIONS
        counts, values = {}, []
        for unit, keys in _KEYS.items():
            shared = _shared(old, new, unit) if small else ()
            with old.cursor() as source:
                columns = ", ".join([*keys, *(quoted(n) for n in shared)])
                theirs = source.sql(f"SELECT {columns} FROM {unit}").to_arrow_table()
            cursor.register("theirs", theirs)
            joined = f"{unit} a FULL JOIN theirs b USING ({', '.join(keys)})"
            unlike = "".join(
                f", count(*) FILTER (a.{quoted(n)} IS DISTINCT FROM b.{quoted(n)} "
                "AND a.episode IS NOT NULL AND b.episode IS NOT NULL)"
                for n in shared
            )
            sql = (
                "SELECT count(*) FILTER (b.episode IS NULL), count(*) FILTER (a.episode IS NULL)"
                f"{unlike} FROM {joined}"
            )
            ((added, removed, *changed),) = cursor.execute(sql).fetchall()
            cursor.unregister("theirs")
            counts[unit] = (added, removed)
            values += [(n, c) for n, c in zip(shared, changed, strict=True) if c]
        return Differences(
            before.version,
            after.version,
            counts["session"],
            counts["episode"],
            tuple(values) if small else None,
            _dictionary(old, new),
        )


def _shared(old: Dataset, new: Dataset, unit: str) -> tuple[str, ...]:
    """Variables of the unit in both versions, of one kind."""
    theirs = {(v.name, v.unit, v.kind) for v in old.variables}
    return tuple(
        v.name for v in new.variables if v.unit == unit and (v.name, v.unit, v.kind) in theirs
    )


def _dictionary(old: Dataset, new: Dataset):
    was, now = {v.name: v for v in old.variables}, {v.name: v for v in new.variables}
    return (
        tuple(n for n in now if n not in was),
        tuple(n for n in was if n not in now),
        tuple(n for n in now if n in was and now[n] != was[n]),
    )
