"""The rule for small groups: what it found in a site's sums, and the words for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Disclosure:
    """How the rule for small groups was applied.

    patients: how many stand behind all sums; counted_by: what tells them apart, in words.
    least: an entry that stands for fewer patients is small. entries, small_entries: sums by
    pattern and enclosing group. small_cells: (variables joined by ' x ', number of cells that
    fewer patients share). allowed: whether small ones were written all the same. singled_out:
    (what tells, patients that it singles out) of combinations that fewer patients stand behind.
    """

    patients: int
    counted_by: str
    least: int
    entries: int
    small_entries: int
    small_cells: tuple[tuple[str, int], ...]
    allowed: bool
    singled_out: tuple[tuple[str, int], ...] = ()

    @property
    def is_small(self) -> bool:
        few = self.small_entries or self.small_cells or self.singled_out
        return bool(few or self.patients < self.least)

    def sentence(self) -> str:
        """What was done, for the top of the file and for standard error."""
        rule = (
            f"Rule for small groups: every sum stands for at least {self.least} patients "
            f"({self.counted_by})"
        )
        if not self.is_small:
            return f"{rule}; all {self.entries:,} sums by group do, and so do the cells."
        cells = "".join(f", {counted(n, 'cell')} of {name}" for name, n in self.small_cells)
        cells += "".join(f", {name}" for name, _ in self.singled_out)
        return (
            f"{rule} was set aside (--allow-small): {self.small_entries:,} of {self.entries:,} "
            f"sums by group{cells} stand for fewer. Treat this file as data about persons."
        )

    def rows_sentence(self) -> str:
        """Whether a row of the data can be read off the sums."""
        if not self.is_small:
            return "Holds sums over many patients, no row."
        return (
            "Some sums stand for few patients or one; those of a patient with a single measurement "
            "are its values."
        )


def counted(number: int, thing: str) -> str:
    """Worked: (1, 'cell') -> '1 cell'; (2,000, 'cell') -> '2,000 cells'."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
