"""Any small table as a dataset for page tests: each row a session of its patient."""

from pathlib import Path

import pandas as pd

from analysis.importing import doors as importing


def dataset_of(name: str, frame: pd.DataFrame, folder: Path, patient: str, **keys: str) -> None:
    """patient and keys (therapist='th', clinic='c'): the columns that name the units; sessions are
    numbered as the rows of a patient come. Texts are categories, everything else a number."""
    rows = frame.assign(session_no=frame.groupby(patient).cumcount() + 1)
    path = folder / f"{name}.csv"
    rows.to_csv(path, index=False)
    units = {"patient": patient, "session": "session_no", **keys}
    lines = ["[keys]", *(f'{unit} = "{column}"' for unit, column in units.items())]
    for column in frame.columns.difference(list(units.values())):
        kind = "number" if pd.api.types.is_numeric_dtype(frame[column]) else "category"
        lines += [f"[variables.{column}]", 'unit = "session"', f'kind = "{kind}"']
    importing.import_files(name, [path], importing.Mapping.from_text("\n".join(lines)))
