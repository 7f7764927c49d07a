"""A workbook that is guessed from and landed is converted once, and its copy does not stay."""

from analysis.importing import doors as importing
from analysis.importing.converting import as_text
from tests.spec.bad_input_files import GOOD, workbook

ROWS = [row.split(",") for row in GOOD.splitlines()]


def test_the_command_converts_a_workbook_once(store, tmp_path, monkeypatch):
    convert, conversions = as_text._convert, []

    def counted(path, *how):
        conversions.append(path.name)
        return convert(path, *how)

    monkeypatch.setattr(as_text, "_convert", counted)
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(ROWS))
    report = importing.import_by_command("d", [path], None, importing.Answers((), "yes"))
    assert report.kept == 12 and len(conversions) == 1
    assert not list(store.glob(".scratch/converted*"))
    importing.guess_mapping([path])  # outside of an import nothing is kept
    assert len(conversions) == 2
