"""SPSS, Stata and SAS files as CSV text, with labels and declared missings (pyreadstat's home)."""

import csv
from pathlib import Path

import pyreadstat

from analysis.base.errors import ImportRefused
from analysis.importing.converting.texts import text_of

READERS = {
    "sav": pyreadstat.read_sav,
    "dta": pyreadstat.read_dta,
    "sas7bdat": pyreadstat.read_sas7bdat,
    "xport": pyreadstat.read_xport,
}


def convert_statistics(path: Path, kind: str, name: str, folder: Path) -> list[dict]:
    """Writes the file's rows to `folder`; returns one dict as `convert_workbook` does.

    Values that the file declares missing are missing. A value with a label becomes its label
    where all values of the column have one and the file says or lets think that they are names.
    """
    try:
        frame, about = READERS[kind](str(path))
    except Exception:  # pyreadstat's errors have no common base but Exception
        raise ImportRefused(
            "The file is cut off, damaged or of a version that cannot be read",
            where=name,
            next_step="save it again, or export CSV",
        ) from None
    columns = {}
    for column in frame.columns:
        values = frame[column].tolist()
        labels = about.variable_value_labels.get(column, {})
        if _names(column, values, labels, about.variable_measure.get(column, "")):
            values = [labels.get(v, v) for v in values]
        columns[column] = [text_of(v) if v == v else "" for v in values]
    target = folder / "rows.csv"
    with open(target, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    found = dict(sheet="", file=target.name, rows=len(frame), columns=len(columns))
    return [found | dict(hidden=0, unvalued=0, merged=0, invisible=False)]


def _names(column: str, values: list, labels: dict, measure: str) -> bool:
    """Whether labels are names of categories and not words for the steps of a scale."""
    present = {v for v in values if v == v and v is not None}
    if not labels or not present or not present <= set(labels):
        return False
    if measure in ("nominal", "ordinal", "scale"):
        return measure == "nominal"
    return not column[-1:].isdigit()  # phq9_1 … are items, whose labels are answers
