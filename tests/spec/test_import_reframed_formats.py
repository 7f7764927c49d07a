"""refraMED's content in nine files gives one version: what a file is makes no difference."""

import io

import pandas as pd
import pyreadstat
import pytest
import xlsxwriter

from analysis.importing import doors as importing
from tests.spec.reframed import FILE

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason="the refraMED file (../shared/data/refraMED) is not here"
)
OWN = ["patient", "site", "therapist", "grp", "age_years", "female", "income"]
SCORES = ["phq9", "hamd"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """The sessions with a number and a score, as they were typed."""
    read = pd.read_csv(FILE, dtype={"patient": str, "site": str}, keep_default_na=False)
    read = read[read["month"] != "Post-Rx"].rename(columns={"month": "session"})
    read["session"] = read["session"].astype(int)
    for score in SCORES:
        # A workbook's writer keeps 16 digits: six decimals are the same number in every file.
        read[score] = pd.to_numeric(read[score].replace("NaN", None)).round(6)
    read = read[read[SCORES].notna().any(axis=1)]
    for number in ("age_years", "female"):
        read[number] = pd.to_numeric(read[number])
    read["therapist"] = read["therapist"].replace({"": None, "NaN": None})
    read["income"] = read["income"].replace({"NaN": None, "": None})
    return read[[*OWN, "session", *SCORES]].reset_index(drop=True)


def workbook(frame: pd.DataFrame, date_1904: bool) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "date_1904": date_1904}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(frame.columns))
        for i, row in enumerate(frame.itertuples(index=False), start=1):
            for j, value in enumerate(row):
                if value is not None and value == value:
                    sheet.write(i, j, value)
    return stream.getvalue()


def statistics(frame: pd.DataFrame, path, write) -> bytes:
    write(
        frame.astype({c: object for c in ("therapist", "income")}).fillna(
            {"therapist": "", "income": ""}
        ),
        str(path),
    )
    return path.read_bytes()


def wide(frame: pd.DataFrame) -> bytes:
    own = frame[OWN].drop_duplicates("patient").set_index("patient")
    for score in SCORES:
        by = frame.pivot(index="patient", columns="session", values=score)
        own = own.join(by.rename(columns=lambda n, s=score: f"{s}_{n}"))
    return own.reset_index().to_csv(index=False).encode()


def long(frame: pd.DataFrame) -> bytes:
    melted = frame.melt([*OWN, "session"], SCORES, "measure", "score").dropna(subset="score")
    return melted.to_csv(index=False).encode()


@pytest.fixture(scope="module")
def files(frame, tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("reframed")
    parquet = io.BytesIO()
    frame.to_parquet(parquet)
    comma = frame.to_csv(index=False, sep=";", decimal=",")
    return {
        "a.csv": frame.to_csv(index=False).encode(),
        "comma.csv": comma.encode("cp1252"),
        "b.xlsx": workbook(frame, False),
        "c.xlsx": workbook(frame, True),
        "d.sav": statistics(frame, folder / "d.sav", pyreadstat.write_sav),
        "e.dta": statistics(frame, folder / "e.dta", pyreadstat.write_dta),
        "f.parquet": parquet.getvalue(),
        "wide.csv": wide(frame),
        "long.csv": long(frame),
    }


def test_nine_files_are_one_version(store, files, tmp_path):
    versions = {}
    for name, content in files.items():
        path = tmp_path / name
        path.write_bytes(content)
        report = importing.import_by_command(
            "refra", [path], None, importing.Answers((("existing", "replace"),), "yes")
        )
        versions[name] = report.version
        counted = [dict(f.cells) for f in report.files]
        assert all(c["read"] == sum(c.values()) - c["read"] for c in counted)
        assert report.tables["therapist"] == 22
    assert len(set(versions.values())) == 1, versions
