"""Several files with other names for the same column: which variable a column is."""

from analysis.importing.meaning.mapping import MappedVariable
from analysis.importing.meaning.words import plain


def same_variable(
    new: MappedVariable,
    known: list[MappedVariable],
    columns: tuple[str, ...],
    any_unit: bool = False,
) -> MappedVariable | None:
    """The known variable that a column of a further file is: by its name without signs, or by its
    instrument, component and rater. columns: of that file; a variable that has its own column
    there is no other one. any_unit: whether the unit that the column seems to be of doesn't
    count (in a month's few rows a score may never change within a patient)."""
    for variable in known:
        if variable.items or new.items or variable.source in columns:
            continue
        if variable.unit != new.unit and not any_unit:
            continue
        if _bare(variable.source) == _bare(new.source) or (
            new.instrument
            and (variable.instrument, variable.component, variable.rater)
            == (new.instrument, new.component, new.rater)
        ):
            return variable
    return None


def _bare(name: str) -> str:
    return plain(name).replace("_", "")
