"""Small clinics and the frames that loops make of them, row by row."""

from collections import Counter
from contextlib import contextmanager

import numpy as np
import pandas as pd

from analysis.measures.variables import Variable
from analysis.store.queries.frames import FrameSpec
from analysis.store.versions import catalogue
from analysis.store.versions.dataset import open_dataset
from tests.unit.questions.datasets import write

PHQ = Variable("phq9", "PHQ-9", "session", factor="outcome")
BOND = Variable("bond", "Bond", "session")
TASK = Variable("task", "Task", "session")
AGE = Variable("age", "Age", "episode")
MOOD = Variable("mood", "Mood", "session", kind="category")
WORK = Variable("work", "In work", "episode", kind="category")
YEARS = Variable("years", "Years", "therapist")
SIZE = Variable("size", "Size", "clinic")
EVERY = (PHQ, BOND, TASK, AGE, WORK, YEARS, SIZE)


def made(seed: int, episodes: int = 60) -> dict[str, pd.DataFrame]:
    """Tables with forms missing everywhere, sessions with gaps, rows in disorder."""
    rng = np.random.default_rng(seed)

    def lose(values, share=0.12):
        return np.where(rng.random(len(values)) < share, np.nan, values)

    clinic = pd.DataFrame({"clinic": [f"k{i}" for i in range(4)], "size": rng.normal(size=4)})
    therapist = pd.DataFrame({"therapist": [f"t{i:02d}" for i in range(12)]})
    therapist["clinic"] = rng.choice(clinic["clinic"], 12)
    therapist["years"] = lose(rng.integers(0, 30, 12), 0.1)
    episode = pd.DataFrame({"episode": [f"e{i:03d}" for i in range(episodes)]})
    episode["patient"] = episode["episode"]
    episode["therapist"] = rng.choice(therapist["therapist"], episodes)
    episode["age"] = lose(rng.integers(18, 80, episodes))
    episode["work"] = rng.choice(np.array(["no", "yes", "student", None], object), episodes)
    rows = [
        (name, number)
        for name in episode["episode"]
        for number in rng.choice(12, rng.integers(0, 9), replace=False)
    ]
    session = pd.DataFrame(rows, columns=["episode", "session"])
    for name in ("phq9", "bond", "task"):
        session[name] = lose(np.round(rng.normal(10, 4, len(rows)), 1))
    session["mood"] = rng.choice(["a", "b"], len(rows))
    return {"clinic": clinic, "therapist": therapist, "episode": episode, "session": session}


@contextmanager
def opened(tables, variables):
    write("d", tables, variables)
    with open_dataset(catalogue.find("d")) as dataset, dataset.cursor() as cursor:
        yield cursor


def rows_of(cursor, relation: str) -> list[dict]:
    found = cursor.execute(f"SELECT * FROM {relation}")
    names = [c[0] for c in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def spec(*predictors, adjust="intake", window=(3, 5), clinics=(), outcome=PHQ) -> FrameSpec:
    return FrameSpec(outcome, predictors, adjust, window, clinics)


def absent(value) -> bool:
    return value is None or value != value


# --- The loops ------------------------------------------------------------------------------------


def outer_values(tables, episode: dict) -> dict:
    therapist = by_key(tables["therapist"], "therapist")[episode["therapist"]]
    clinic = by_key(tables["clinic"], "clinic")[therapist["clinic"]]
    return {
        "clinic": therapist["clinic"],
        "therapist": episode["therapist"],
        "patient": episode["episode"],
        "age": episode["age"],
        "work": episode["work"],
        "years": therapist["years"],
        "size": clinic["size"],
    }


def by_key(table: pd.DataFrame, key: str) -> dict:
    return {row[key]: row for row in table.to_dict("records")}


def sessions_of(tables, episode: str) -> list[dict]:
    own = tables["session"][tables["session"]["episode"] == episode]
    return sorted(own.to_dict("records"), key=lambda row: row["session"])


def naive_episodes(tables, window) -> tuple[list[dict], Counter]:
    rows, out = [], Counter()
    for episode in tables["episode"].to_dict("records"):
        sessions, row = sessions_of(tables, episode["episode"]), outer_values(tables, episode)
        scores = [s["phq9"] for s in sessions if not absent(s["phq9"])]
        for name in ("bond", "task"):
            early = [
                s[name]
                for s in sessions
                if window[0] <= s["session"] <= window[1] and not absent(s[name])
            ]
            row[name] = sum(early) / len(early) if early else None
        scored = [s["session"] for s in sessions if not absent(s["phq9"])]
        if not scores:
            out["no outcome score"] += 1
        elif scored[0] >= window[1]:
            out[f"no score before session {window[1]}"] += 1
        elif scored[-1] <= window[1]:
            out[f"no score after session {window[1]}"] += 1
        elif absent(row["bond"]) or absent(row["task"]):
            out[f"no early value (sessions {window[0]} to {window[1]})"] += 1
        elif any(absent(row[n]) for n in ("age", "work", "years", "size")):
            out["a predictor is missing"] += 1
        else:
            rows.append(row | {"y": scores[-1], "intake": scores[0]})
    return rows, out


def naive_sessions(tables) -> tuple[list[dict], Counter]:
    rows, out = [], Counter()
    for episode in tables["episode"].to_dict("records"):
        sessions, outer = sessions_of(tables, episode["episode"]), outer_values(tables, episode)
        scores = [s["phq9"] for s in sessions if not absent(s["phq9"])]
        for now, after in zip(sessions, [*sessions[1:], None], strict=False):
            if after is None:
                out["no session follows"] += 1
            elif after["session"] != now["session"] + 1:
                out["the next session number is missing"] += 1
            elif absent(after["phq9"]):
                out["the next session has no outcome score"] += 1
            elif absent(now["phq9"]):
                out["this session has no outcome score"] += 1
            elif absent(now["bond"]) or absent(now["task"]):
                out["a session's predictor is missing"] += 1
            elif any(absent(outer[n]) for n in ("age", "work", "years", "size")):
                out["a patient's or therapist's predictor is missing"] += 1
            else:
                own = {"y": after["phq9"], "current": now["phq9"], "intake": scores[0]}
                rows.append(outer | own | {n: now[n] for n in ("bond", "task")})
    return rows, out


def naive_growth(tables, adjust: str) -> tuple[list[dict], Counter]:
    rows, out = [], Counter()
    for episode in tables["episode"].to_dict("records"):
        sessions, outer = sessions_of(tables, episode["episode"]), outer_values(tables, episode)
        early = {
            n: [s[n] for s in sessions if 3 <= s["session"] <= 5 and not absent(s[n])]
            for n in ("bond", "task")
        }
        scored = [s for s in sessions if not absent(s["phq9"])]
        for session in sessions:
            if absent(session["phq9"]):
                out["the session has no outcome score"] += 1
            elif session["session"] <= 5:
                out["the score lies before session 6"] += 1
            elif adjust == "intake" and scored[0]["session"] >= 5:
                out["no score before session 5"] += 1
            elif not all(early.values()):
                out["no early value (sessions 3 to 5)"] += 1
            elif any(absent(outer[n]) for n in ("age", "work", "years", "size")):
                out["a patient's or therapist's predictor is missing"] += 1
            else:
                own = {"y": session["phq9"], "t": session["session"] - 5}
                means = {n: sum(v) / len(v) for n, v in early.items()}
                rows.append(outer | own | means | {"intake": scored[0]["phq9"]})
    return rows, out


def comparable(rows: list[dict], names) -> list[tuple]:
    """Sorted rows as text of nine digits: the order and the last bit of a mean are free."""
    return sorted(
        tuple(f"{row[n]:.9g}" if isinstance(row[n], float | int) else row[n] for n in names)
        for row in rows
    )


def as_columns(frame, rows: list[dict]) -> list[dict]:
    """The loop's rows with the frame's own column names."""
    named = []
    for row in rows:
        out = {k: row[k] for k in ("clinic", "therapist", "patient", "y", "t") if k in row}
        for column in frame.columns:
            variable, _, level = column.term.partition("[")
            if column.variable is None:
                out[column.name] = row[column.name]
            elif level:
                out[column.name] = float(row[variable] == level.rstrip("]"))
            else:
                out[column.name] = row[variable]
        named.append(out)
    return named
