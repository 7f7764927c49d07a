"""What the import's tests share: write a file, import it, look at the tables."""

import csv
from dataclasses import dataclass
from pathlib import Path

from analysis.importing import doors as importing
from analysis.store.versions import catalogue, dataset

KEYS = """
[keys]
patient = "patient"
session = "session"
"""
PHQ = """
[variables.phq9]
factor = "outcome"
minimum = 0
maximum = 27
"""


@dataclass
class Landed:
    """An import's report, with its tables and quarantined rows at hand."""

    report: importing.ImportReport

    def rows(self, query: str) -> list[tuple]:
        with dataset.open_dataset(catalogue.find(self.report.name, self.report.version)) as d:
            return d.cursor().execute(query).fetchall()

    @property
    def quarantine(self) -> list[dict]:
        if self.report.quarantine_path is None:
            return []
        with open(self.report.quarantine_path, encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def warned(self, words: str) -> bool:
        return any(words in warning for warning in self.report.warnings)


def land(folder: Path, files: dict[str, str | bytes] | str | bytes, mapping: str) -> Landed:
    """Writes the files (one is called data.csv), imports them as dataset 'd'."""
    if not isinstance(files, dict):
        files = {"data.csv": files}
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files.items():
        paths.append(folder / name)
        raw = content if isinstance(content, bytes) else content.encode("utf-8")
        paths[-1].write_bytes(raw)
    landed = Landed(importing.import_files("d", paths, importing.Mapping.from_text(mapping)))
    for report in landed.report.files:
        assert report.rows_read == report.kept + report.quarantined
    return landed
