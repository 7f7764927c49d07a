"""The variables that the files' columns are taken for, each with its reason."""

from collections import Counter
from dataclasses import dataclass, replace

from analysis.importing.guessing.other_names import same_variable
from analysis.importing.guessing.scales import Scale, find_scales, proposed
from analysis.importing.guessing.surveys import tool_columns
from analysis.importing.meaning.columns import Column, instrument_of, instruments_called, look
from analysis.importing.meaning.key_evidence import can_be
from analysis.importing.meaning.key_names import is_referral
from analysis.importing.meaning.mapping import MappedVariable
from analysis.importing.meaning.words import factor_of, plain, rater_of
from analysis.importing.reading.file_mapping import FileMapping
from analysis.importing.reading.read import Staged
from analysis.store.versions.naming import RESERVED

WAIT = "its name and its dates say when somebody was referred: the wait is counted from there"
MANY = 50  # categories; a text column with more, most of them rare, is free text
_TIMES = ("month", "mes", "monat", "time", "day", "week", "weeks", "semana", "woche")


def guess_variables(
    connection,
    files: list[Staged],
    entries: list[FileMapping],
    keys: dict[str, str],
    baselines: dict[str, Staged],
) -> tuple[list[MappedVariable], list[FileMapping], list[tuple[str, str]]]:
    """The variables, the files' entries with what they call otherwise, and reasons.

    baselines: columns that only baseline rows fill, with these rows; they describe treatments.
    """
    found = _Found([], [], set(), set())
    named = []
    for staged, entry in zip(files, entries, strict=True):
        own = keys | dict(entry.keys)
        others = _of_file(connection, staged, entry.role, own, baselines, found)
        named.append(replace(entry, columns=tuple(others.items())))
    return _told_apart(found.variables), named, found.reasons


def _told_apart(variables: list[MappedVariable]) -> list[MappedVariable]:
    """Variables of one label with who rated behind it, or else under their columns' names.

    Worked: two columns 'wai_p', 'wai_t', both 'WAI' -> 'WAI (patient)', 'WAI (therapist)'.
    """
    for name in (lambda v: f"{v.label} ({v.rater})" if v.rater else v.label, lambda v: v.source):
        count = Counter(v.label for v in variables)
        variables = [replace(v, label=name(v)) if count[v.label] > 1 else v for v in variables]
    return variables


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found so far. seen: (role, column) pairs and scales that are settled."""

    variables: list[MappedVariable]
    reasons: list[tuple[str, str]]
    taken: set[str]
    seen: set

    def add(self, variable: MappedVariable, why: str) -> None:
        self.taken.add(variable.name)
        self.variables.append(variable)
        self.reasons.append((f"variable {variable.name}", why))


def _of_file(
    connection,
    staged: Staged,
    role: str,
    keys: dict[str, str],
    baselines: dict[str, Staged],
    found: _Found,
) -> dict[str, str]:
    """Adds the file's variables; returns what it calls otherwise, variable -> column."""
    scored = {}
    for scale in find_scales(connection, staged, keys):
        scored |= dict.fromkeys((*scale.items, scale.total), scale)
    added, others, earlier = tool_columns(staged), {}, list(found.variables)
    for column in staged.header:
        scale = scored.get(column)
        if scale is not None and scale not in found.seen:
            found.seen.add(scale)
            _add_scale(scale, role, found)
        timed = column == keys.get("session") and plain(column) in _TIMES
        is_key = column in keys.values() and not timed
        if scale is not None or is_key or (role, column) in found.seen:
            continue
        found.seen.add((role, column))
        if column in added:
            found.reasons.append((f"column {column}", "the survey tool added it; left out"))
            continue
        seen = look(connection, baselines.get(column, staged), column, keys)
        unit = "episode" if column in baselines else role
        if _is_referral(connection, baselines.get(column, staged), seen, unit):
            variable, why = _wait(seen, found.taken), WAIT
        else:
            variable, why = _variable(seen, unit, found.taken)
        if variable is None:
            found.reasons.append((f"column {column}", why))
        elif known := same_variable(variable, earlier, tuple(staged.columns)):
            others[known.name] = column
            found.reasons.append((f"column {column}", f"the same as '{known.name}'"))
        else:
            found.add(variable, why)
    return others


def _add_scale(scale: Scale, role: str, found: _Found) -> None:
    """The total and the subscales of a scale whose items stand in the file."""
    why = (
        f"scored from {len(scale.items)} columns, '{scale.items[0]}' to '{scale.items[-1]}', "
        f"which are called as the items of {scale.instrument.name} and hold such answers"
    )
    if scale.total:
        why += f"; '{scale.total}' is the total that came along"
    for variable in proposed(scale, role, lambda name: _taking(name, found.taken)):
        found.add(variable, why)


def _taking(name: str, taken: set) -> str:
    free = _free_name(name, taken)
    taken.add(free)
    return free


def _variable(seen: Column, role: str, taken: set) -> tuple[MappedVariable | None, str]:
    if not seen.present:
        return None, "it is empty; left out"
    numeric = seen.numeric or _soiled(seen)
    if not numeric and seen.distinct > MANY and seen.distinct * 2 > seen.present:
        return None, "it looks like free text or another id; left out"
    unit = seen.constant if role == "session" and seen.constant else role
    instrument, limits = instrument_of(seen) if numeric else (None, (None, None))
    factor, component = factor_of(seen.name)
    why = []
    if unit != "session":
        why.append(f"it never changes within one {unit}")
    if instrument:
        factor = factor or instrument.factor
        why.append(f"its name and range are those of {instrument.name}")
    if unit != "session" and factor == "outcome":
        factor = "extra-therapeutic"
        why.append("a score that never changes is the severity at intake, not an outcome")
    why.append(f"{seen.numbers} of {seen.present} values are numbers")
    if seen.sign:
        why.append(f"without the '{seen.sign}' behind each")
    if seen.missing:
        why.append("and these texts say that there is none: " + ", ".join(seen.missing))
    if not numeric and seen.distinct == 1:
        why.append("it holds one text only: where it is empty it is missing, not 'no'")
    variable = MappedVariable(
        _free_name(seen.name, taken),
        column=seen.name,
        label=instrument.name if instrument and not component else seen.name,
        unit=unit,
        kind="number" if numeric else "category",
        factor=factor,
        component=component,
        rater=rater_of(seen.name) if factor == "alliance" else "",
        instrument=instrument.id if instrument else "",
        minimum=limits[0],
        maximum=limits[1],
        higher_is=instrument.higher_is if instrument else "",
        missing=seen.missing,
    )
    return variable, "; ".join(why)


def _is_referral(connection, staged: Staged, seen: Column, role: str) -> bool:
    """Whether a column holds the day on which a treatment's patient was referred."""
    one = role == "episode" or (role == "session" and seen.constant)
    return bool(one and is_referral(seen.name) and can_be(connection, staged, "date", seen.name))


def _wait(seen: Column, taken: set) -> MappedVariable:
    return MappedVariable(
        _free_name("wait_days", taken),
        column=seen.name,
        label="Days from referral to the first session",
        unit="episode",
        factor="process",
        component="waiting",
        until_first_session=True,
    )


def _soiled(seen: Column) -> bool:
    """Whether half the texts are numbers in a column that is called as an instrument: the others
    are damaged, and set aside one by one."""
    half = not seen.is_text and seen.numbers * 2 >= seen.present
    return half and seen.numbers > 0 and bool(instruments_called(seen.name))


def _free_name(column: str, taken: set) -> str:
    """The column's name in plain words, numbered if it is a key's name or given already."""
    name = plain(column) or "variable"
    free, number = name, 2
    while free in taken or free in RESERVED:
        free, number = f"{name}_{number}", number + 1
    return free
