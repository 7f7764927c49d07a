"""Which file plays which role, and which of its columns are read: the mapping meets the files."""

from dataclasses import dataclass, replace

from analysis.base.errors import did_you_mean
from analysis.importing.converting.sheets import IN
from analysis.importing.meaning.columns import Column, instrument_of
from analysis.importing.meaning.mapping import KEYS, ROLES, MappedVariable, Mapping
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.headers import clean_name
from analysis.importing.reading.read import Staged
from analysis.importing.reading.sniff import refused
from analysis.measures.instruments import instruments
from analysis.store.versions.naming import check_column_name

# Words that clinics' exports use for the three kinds of ending.
ENDINGS = {
    "planned": (
        *("planned", "completed", "complete", "finished", "agreed", "alta", "regulär", "geplant"),
        *("regulär beendet", "planmäßig", "abgeschlossen", "alta terapéutica", "completado"),
        *("finalizado", "fin prévue", "terminé", "afgerond", "regulier", "planerad", "avslutad"),
    ),
    "unplanned": (
        *("unplanned", "dropout", "drop-out", "drop out", "dropped out", "abandono", "abbruch"),
        *("abgebrochen", "therapieabbruch", "ungeplant", "abandon", "abandoned", "uitval"),
        *("afgebroken", "avbruten", "avhopp", "lost to follow-up"),
    ),
    "ongoing": (
        *("ongoing", "open", "active", "in treatment", "en curso", "laufend", "in behandlung"),
        *("en tratamiento", "en cours", "lopend", "pågående"),
    ),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The mapping and the staged files, and for each variable the files it is read from.

    reads: one tuple of file indices for each variable of the mapping. earlier: how many of the
    files, the first ones, are of an earlier import that the others are added to.
    """

    mapping: Mapping
    files: tuple[Staged, ...]
    reads: tuple[tuple[int, ...], ...]
    earlier: int = 0

    @property
    def main_outcome(self) -> str:
        """The mapping's main outcome, else the first outcome of the sessions, '' for none."""
        outcomes = (v for v in self.mapping.variables if v.factor == "outcome")
        first = next((v.name for v in outcomes if v.unit == "session"), "")
        return self.mapping.main_outcome or first

    def column(self, staged: Staged, key: str) -> str:
        """The column of `key` in this file, '' when the file has none."""
        name = clean_name(self.mapping.key(key, staged.file))
        return name if name in staged.columns else ""

    def source(self, staged: Staged, variable: MappedVariable) -> str:
        """The column of `variable` in this file."""
        return source_in(staged, variable)

    def variables_of(self, staged: Staged) -> list[tuple[int, MappedVariable]]:
        """The variables that this file gives, with their position in the mapping."""
        return [
            (i, v) for i, v in enumerate(self.mapping.variables) if staged.index in self.reads[i]
        ]

    def has(self, key: str, *roles: str) -> bool:
        """Whether a file of one of these roles (any role when none is given) has this key."""
        return any(self.column(s, key) for s in self.files if not roles or s.file.role in roles)


def file_mapping(mapping: Mapping, name: str, only: bool) -> FileMapping | None:
    """The mapping's entry for the file `name`; `only`: there is no other file.

    Of a workbook's sheet that has none: that of the workbook, else of the sheet of last month's.
    """
    entries = {entry.name: entry for entry in reversed(mapping.files)}
    if name in entries:
        return entries[name]
    if only and len(mapping.files) == 1:
        return mapping.files[0]
    book, within, sheet = name.partition(IN)
    alike = [book, *(other for other in entries if within and other.endswith(IN + sheet))]
    if within and (entry := next((entries[n] for n in alike if n in entries), None)):
        return entry
    if mapping.files and not (only and not any(entry.name for entry in mapping.files)):
        names = [entry.name for entry in mapping.files]
        raise refused(
            "The mapping does not name this file",
            name,
            did_you_mean(name, names) or "add a [[files]] entry for it",
            ", ".join(names),
        )
    return None


def make_plan(mapping: Mapping, files: list[Staged]) -> Plan:
    """Checks the mapping against the files. ImportRefused names what is absent or missing."""
    files = [_with_role(mapping, staged, len(files) == 1) for staged in files]
    mapping = _with_instruments(mapping)
    _check_keys(mapping, files)
    reads = tuple(_files_of(variable, files) for variable in mapping.variables)
    plan = Plan(mapping, tuple(files), reads)
    _check_units(plan)
    return plan


def endings_of(mapping: Mapping) -> dict[str, str]:
    """Lower-case text of a file -> 'planned', 'unplanned' or 'ongoing'; the mapping's own first."""
    known = {word: ending for ending, words in ENDINGS.items() for word in words}
    return known | {text.lower(): ending for text, ending in mapping.endings}


def _with_role(mapping: Mapping, staged: Staged, only: bool) -> Staged:
    """Finds the role of a file that the mapping does not list, by the keys it has."""
    if staged.file.role:
        return staged
    has = {key for key in KEYS if clean_name(mapping.key(key, staged.file)) in staged.columns}
    if only or (has & {"session", "date", "weeks"} and has & {"patient", "episode"}):
        role = "session"
    elif has & {"patient", "episode"}:
        role = "episode"
    else:
        role = "therapist" if "therapist" in has else "clinic"
    return replace(staged, file=replace(staged.file, role=role))


def _with_instruments(mapping: Mapping) -> Mapping:
    """Fills range, direction and label of the variables that name an instrument."""
    return replace(mapping, variables=tuple(_filled(v) for v in mapping.variables))


def _filled(variable: MappedVariable) -> MappedVariable:
    check_column_name(variable.name)
    if not variable.instrument:
        variable = replace(variable, instrument=_told(variable))
    if not variable.instrument:
        return variable
    instrument = instruments().get(variable.instrument)
    if instrument is None:
        raise refused(
            "A variable names an instrument that is not known",
            f"variable '{variable.name}', instrument '{variable.instrument}'",
            did_you_mean(variable.instrument, list(instruments())) or "leave it out",
            ", ".join(instruments()),
        )
    if variable.component:  # a subscale: its range is not that of the total
        return variable
    given = {"label": instrument.name, "higher_is": instrument.higher_is}
    if instrument.total_range is not None:
        given |= {"minimum": instrument.total_range[0], "maximum": instrument.total_range[1]}
    empty = {k: v for k, v in given.items() if getattr(variable, k) in ("", None)}
    return replace(variable, **empty)


def _told(variable: MappedVariable) -> str:
    """The instrument that a variable's name and range tell, '' for none."""
    if variable.component or variable.kind != "number" or variable.unit != "session":
        return ""
    limits = (variable.minimum, variable.maximum)
    seen = Column(variable.source, 0, 0, 0, *limits)
    instrument, told = instrument_of(seen) if None not in limits else (None, ())
    whole = instrument is not None and instrument.total_range == limits == told
    return instrument.id if instrument is not None and whole else ""


def _check_keys(mapping: Mapping, files: list[Staged]) -> None:
    known = sorted({c for staged in files for c in staged.columns})
    for key, column in mapping.keys:
        if clean_name(column) not in known:
            raise _absent(f"key '{key}'", column, files, known)
    for staged in files:
        for key, column in staged.file.keys:
            if clean_name(column) not in staged.columns:
                raise _absent(f"key '{key}'", column, [staged], list(staged.columns))


def source_in(staged: Staged, variable: MappedVariable) -> str:
    """The column that this file calls the variable by."""
    if variable.items:
        return variable.source
    return clean_name(dict(staged.file.columns).get(variable.name, variable.source))


def _files_of(variable: MappedVariable, files: list[Staged]) -> tuple[int, ...]:
    """The files of the variable's own unit that have its column, else of the next finer unit."""
    column = clean_name(variable.source)
    for role in ROLES[ROLES.index(variable.unit) :]:
        found = tuple(
            s.index for s in files if s.file.role == role and source_in(s, variable) in s.columns
        )
        if found:
            return found
    coarser = [s.name for s in files if column in s.columns]
    if coarser:
        raise refused(
            f"A variable of unit '{variable.unit}' stands only in a file of a coarser unit",
            f"variable '{variable.name}', file {coarser[0]}",
            "give the variable that file's unit",
        )
    known = sorted({c for staged in files for c in staged.columns})
    raise _absent(f"variable '{variable.name}'", variable.source, files, known)


def _check_units(plan: Plan) -> None:
    if not plan.mapping.variables:
        raise refused("The mapping names no variable", "mapping", "add a [variables.…] table")
    names = [v.name.lower() for v in plan.mapping.variables]
    for name in names:
        if names.count(name) > 1:
            raise refused("Two variables have one name", f"variable '{name}'", "rename one")
    sessions = [s for s in plan.files if s.file.role == "session"]
    if not sessions:
        raise refused("No file has session rows", "mapping", 'give one file role = "session"')
    for staged in sessions:
        if not (plan.column(staged, "patient") or plan.column(staged, "episode")):
            raise _no_key(staged, "patient", "whose session each row is")
        if not any(plan.column(staged, key) for key in ("session", "date", "weeks")):
            raise _no_key(staged, "session", "the order of the sessions (or a date, or weeks)")
    for staged in plan.files:
        role = staged.file.role
        keys = ("patient", "episode") if role == "episode" else (role,)
        if role != "session" and not any(plan.column(staged, key) for key in keys):
            raise _no_key(staged, keys[0], f"which {role} each row describes")


def _no_key(staged: Staged, key: str, meaning: str):
    return refused(
        f"The mapping names no column of this file that says {meaning}",
        staged.name,
        f'add {key} = "…" under [keys] in the mapping',
        "columns of the file: " + ", ".join(list(staged.columns)[:40]),
    )


def _absent(what: str, column: str, files: list[Staged], known: list[str]):
    return refused(
        f"The mapping names a column that is not there: '{column}'",
        f"{what}, in " + ", ".join(staged.name for staged in files),
        did_you_mean(column, known) or "take one of the columns that are there",
        ", ".join(known[:40]),
    )
