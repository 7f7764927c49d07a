"""Random files as clinics export them, in all formats and shapes, with the truth behind them."""

import datetime
import io
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyreadstat
import xlsxwriter

QUICK = ("csv", "parquet")  # kinds that need no process of their own
KINDS = (*QUICK, "xlsx", "sav", "dta")
SHAPES = ("sessions", "sessions", "items", "wide", "long")
DIRT = ("x", "28", "99", "<5", "=1+1", "-3", "1e30", "inf", "\u00e9t\u00e9", "3 4")


@dataclass(frozen=True)
class Made:
    """seed, kind, shape: how it was made. name, content: the file. truth: (patient, session) ->
    PHQ-9, of sessions whose row holds nothing wrong; dirty: how many cells do."""

    seed: int
    kind: str
    shape: str
    name: str
    content: bytes
    truth: dict[tuple[str, int], float]
    dirty: int


def made(seed: int, kinds: tuple[str, ...] = KINDS) -> Made:
    """The file of a seed: 4 to 12 patients with 2 to 6 sessions."""
    rng = random.Random(seed)
    kind, shape = rng.choice(kinds), rng.choice(SHAPES)
    truth, rows = {}, []
    day = datetime.date(2023, 1, 1)
    for p in range(rng.randint(4, 12)):
        patient, therapist = f"{rng.choice('AB')}{p:03}", rng.choice(["t1", "t2", ""])
        for s in range(1, rng.randint(3, 7)):
            items = [rng.randint(0, 3) for _ in range(9)]
            truth[patient, s] = float(sum(items))
            when = day + datetime.timedelta(7 * s + p)
            rows.append([patient, therapist, s, when.isoformat(), sum(items), *items])
    header = ["patient", "therapist", "session", "date", "phq9"]
    names = [f"phq9_{i}" for i in range(1, 10)]
    frame = pd.DataFrame(rows, columns=[*header, *names])
    if shape == "items":
        frame = frame.drop(columns="phq9")
    else:
        frame = frame[header]
    if shape == "wide":
        frame = frame.pivot(index="patient", columns="session", values="phq9")
        frame = frame.rename(columns=lambda n: f"phq9_t{n}").reset_index()
    elif shape == "long":
        frame = frame.melt(header[:4], ["phq9"], "measure", "score")
        more = frame.assign(measure="gad7", score=[rng.randint(0, 21) for _ in range(len(frame))])
        frame = pd.concat([frame, more])
    dirty = 0
    if shape == "sessions" and kind in ("csv", "xlsx") and rng.random() < 0.6:
        frame, dirty = _soiled(frame, truth, rng)
    name, content = _written(frame, kind, rng, seed)
    return Made(seed, kind, shape, name, content, truth, dirty)


def _soiled(frame: pd.DataFrame, truth: dict, rng: random.Random) -> tuple[pd.DataFrame, int]:
    """Some scores replaced by what is none, some rows twice."""
    frame = frame.astype(object).reset_index(drop=True)
    dirty = rng.sample(range(len(frame)), rng.randint(1, max(1, len(frame) // 6)))
    for row in dirty:
        frame.loc[row, "phq9"] = rng.choice(DIRT)
        truth.pop((frame.loc[row, "patient"], frame.loc[row, "session"]))
    if rng.random() < 0.3:
        frame = pd.concat([frame, frame.iloc[[rng.randrange(len(frame))]]])
    return frame, len(dirty)


def _written(frame: pd.DataFrame, kind: str, rng: random.Random, seed: int) -> tuple[str, bytes]:
    name, stream = f"made{seed}.{kind}", io.BytesIO()
    if kind == "csv":
        mark = rng.choice([",", ";", "\t", "|"])
        text = frame.to_csv(index=False, sep=mark, lineterminator=rng.choice(["\n", "\r\n", "\r"]))
        return name, text.encode(rng.choice(["utf-8", "utf-8-sig", "utf-16"]))
    if kind == "parquet":
        frame.to_parquet(stream)
        return name, stream.getvalue()
    if kind == "xlsx":
        with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, list(frame.columns))
            for i, row in enumerate(frame.itertuples(index=False), start=1):
                for j, value in enumerate(row):
                    if value == value and value != "":
                        sheet.write(i, j, value)
        return name, stream.getvalue()
    write = pyreadstat.write_sav if kind == "sav" else pyreadstat.write_dta
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(frame, str(path))
        return name, path.read_bytes()
