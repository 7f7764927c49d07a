"""Tables about the data themselves: datasets, an import, how long treatments last."""

from collections.abc import Iterable, Mapping

from analysis.presentation.tables import cells
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.rounding import size

UNITS = ("clinic", "therapist", "patient", "episode", "session")
MOST_REASONS = 30


def datasets(found: Iterable) -> Table:
    """One row a version: Name, Data, Version, counts, Created, Size."""
    found = list(found)
    rows = [
        {
            "Name": cells.text(i.name),
            "Data": cells.text(_kind(i)),
            "Version": cells.text(i.version),
            **{f"{u.capitalize()}s": cells.count(i.counts.get(u)) for u in UNITS},
            "Created": cells.text(str(i.created)[:16].replace("T", " ")),
            "Size": cells.text(size(i.size_bytes)),
        }
        for i in found
    ]
    exact = [
        dict(name=i.name, version=i.version, synthetic=i.synthetic, created=i.created)
        | {u: i.counts.get(u) for u in UNITS}
        | dict(bytes=i.size_bytes, problem=i.problem)
        for i in found
    ]
    return laid_out("Datasets", rows, exact=exact, right=("Size",))


def versions(found: Iterable) -> Table:
    """One row a version of one dataset: Version, whether it is current, counts, Created, Size."""
    rows = [
        {
            "Version": cells.text(i.version),
            "Is": cells.text("damaged" if i.problem else "current" if i.current else "kept"),
            **{f"{u.capitalize()}s": cells.count(i.counts.get(u)) for u in UNITS},
            "Created (UTC)": cells.text(str(i.created)[:16].replace("T", " ")),
            "Size": cells.text(size(i.size_bytes)),
        }
        for i in found
    ]
    return laid_out("Versions", rows, right=("Size",))


def integrity(found: Iterable) -> Table:
    """What reading each version again found of it."""
    rows = [
        {
            "Version": cells.text(i.version),
            "State": cells.text(i.state),
            "Found": cells.text(i.sentence),
        }
        for i in found
    ]
    return laid_out("Whether each version is as it was written", rows)


_CELLS = {
    "read": "Cells read",
    "landed": "Landed",
    "refused": "Refused",
    "superseded": "Superseded",
    "unused": "Unused",
}


def imported(report) -> Table:
    """One row a file: rows read, kept and set aside, and what became of the cells."""
    rows = [
        {
            "File": cells.text(f.file),
            "Rows of": cells.text(f.role),
            "Read": cells.count(f.rows_read),
            "Kept": cells.count(f.kept),
            "Set aside": cells.count(f.quarantined),
        }
        | {name: cells.count(dict(f.cells)[key]) for key, name in _CELLS.items()}
        for f in report.files
    ]
    return laid_out(f"Import of {report.name}", rows)


def refusals(found: Iterable) -> Table:
    """Why rows were set aside, the most frequent reasons."""
    rows = [
        {
            "File": cells.text(r.file),
            "Column": cells.text(r.column),
            "Reason": cells.text(r.reason),
            "Remedy": cells.text(r.remedy),
            "Rows": cells.count(r.rows),
        }
        for r in list(found)[:MOST_REASONS]
    ]
    return laid_out("Why rows were set aside", rows)


def session_counts(lengths: Mapping[int, int]) -> Table:
    """How many treatments have so many sessions."""
    rows: list[dict[str, Cell]] = [
        {"Sessions": cells.count(k), "Treatments": cells.count(n)} for k, n in lengths.items()
    ]
    exact = [dict(sessions=k, episodes=n) for k, n in lengths.items()]
    return laid_out("Sessions in a treatment", rows, exact=exact)


def _kind(info) -> str:
    return "damaged" if info.problem else "synthetic" if info.synthetic else "real"
