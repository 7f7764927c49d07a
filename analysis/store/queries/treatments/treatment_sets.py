"""Whom each count is about: the treatments of a selection with patient, therapist and flags."""

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.store.queries.treatments.outcome_cells import COUNTS, Selection, column, selected
from analysis.store.versions.naming import quoted


@dataclass(frozen=True, slots=True)
class TreatmentSets:
    """N treatments of a selection; nothing of it is ever shown.

    treatments: (N,) their names. patients: the distinct ones, sorted; patient, therapist: (N,)
    codes. groups: dimension ->
    (its values, (N,) codes), '' where it is not recorded. flags: name of COUNTS ->
    (N,) bool.
    change: (N,) last minus first score of the first measure, NaN without both.
    """

    treatments: np.ndarray = field(repr=False)
    patients: tuple[str, ...] = field(repr=False)
    patient: np.ndarray = field(repr=False)
    therapist: np.ndarray = field(repr=False)
    groups: dict[str, tuple[np.ndarray, np.ndarray]] = field(repr=False)
    flags: dict[str, np.ndarray] = field(repr=False)
    change: np.ndarray = field(repr=False)

    def members(self, by: str, value: str, count: str = "episodes") -> np.ndarray:
        """(N,) True for the treatments that one count of a cell counts. A year is its quarters."""
        counted = self.flags[count]
        if by == "all":
            return counted
        if by not in self.groups:  # a group of patients that this version does not know
            return np.zeros_like(counted)
        values, codes = self.groups[by]
        own = values == value
        if by == "period" and value and not own.any():
            own = np.array([str(v).startswith(f"{value} ") for v in values], dtype=bool)
        return counted & own[codes] if own.any() else np.zeros_like(counted)

    def selected(self, selection: Selection) -> np.ndarray:
        """(N,) True for the treatments of a narrower selection; needs the dimensions it names."""
        kept = np.ones(len(self.patient), dtype=bool)
        for name, chosen in (
            ("clinic", selection.clinics),
            ("model", selection.models),
            ("severity", selection.severities),
        ):
            if chosen:
                values, codes = self.groups[name]
                kept &= np.isin(values, chosen)[codes]
        if any(selection.periods):
            first, last = selection.periods
            values, codes = self.groups["period"]
            # '2023' ends with its last quarter: '2023 Q4' < '2023~'.
            within = [bool(v) and v >= first and (not last or v <= f"{last}~") for v in values]
            kept &= np.array(within, dtype=bool)[codes]
        return kept

    def where(self, rows: np.ndarray) -> "TreatmentSets":
        """The same of (N,) rows alone; patients keep their codes."""
        return replace(
            self,
            treatments=self.treatments[rows],
            patient=self.patient[rows],
            therapist=self.therapist[rows],
            groups={n: (values, codes[rows]) for n, (values, codes) in self.groups.items()},
            flags={n: flag[rows] for n, flag in self.flags.items()},
            change=self.change[rows],
        )

    def people(self, members: np.ndarray) -> np.ndarray:
        """The distinct patients' codes, sorted, of (N,) members."""
        there = np.zeros(len(self.patients), dtype=bool)  # tens of times as fast as np.unique
        there[self.patient[members]] = True
        return np.flatnonzero(there)

    def caseloads(self, members: np.ndarray) -> np.ndarray:
        """How many of the members each of their therapists treats, the most first."""
        counts = np.bincount(self.therapist[members])
        return np.sort(counts[counts > 0])[::-1]


def treatment_sets(cursor, selection: Selection, by: tuple[str, ...]) -> TreatmentSets:
    """The TreatmentSets of a selection by these dimensions: one pass over 'treatments'."""
    where, values = selected(selection)
    keys = [f"coalesce({column(name)}, '') AS {quoted(f'{name}_')}" for name in by]
    flags = [f"({condition}) AS flag_{i}" for i, condition in enumerate(COUNTS.values())]
    change = "(last_0 - first_0)::DOUBLE AS change_"
    columns = ", ".join(["episode", "patient", "therapist", *keys, *flags, change])
    found = cursor.execute(f"SELECT {columns} FROM treatments {where}", values).fetchnumpy()
    patients, patient = _coded(found["patient"])
    return TreatmentSets(
        treatments=np.asarray(found["episode"], dtype=object).astype(str),
        patients=tuple(map(str, patients)),
        patient=patient,
        therapist=_coded(found["therapist"])[1],
        groups={name: _coded(found[f"{name}_"]) for name in by},
        flags={n: np.asarray(found[f"flag_{i}"], dtype=bool) for i, n in enumerate(COUNTS)},
        change=np.ma.filled(np.ma.asarray(found["change_"], dtype=float), np.nan),
    )


def _coded(column) -> tuple[np.ndarray, np.ndarray]:
    values, codes = np.unique(np.asarray(column, dtype=object).astype(str), return_inverse=True)
    return values, codes.reshape(-1)
