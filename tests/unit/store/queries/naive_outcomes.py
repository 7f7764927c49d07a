"""Small clinics and their outcomes as loops count them, treatment by treatment."""

import statistics
from collections import defaultdict

import numpy as np
import pandas as pd

from analysis.measures.change import ChangeRule
from analysis.measures.instruments import Band
from analysis.measures.variables import Variable
from analysis.store.queries.treatments.outcome_cells import Selection
from analysis.store.queries.treatments.treatments import THIRDS, TreatmentSpec
from tests.unit.measures.change_by_rows import classify
from tests.unit.questions.datasets import KEYS

VARIABLES = (
    Variable("phq9", "PHQ-9", "session", factor="outcome", instrument="phq9"),
    Variable("gad7", "GAD-7", "session", factor="outcome", instrument="gad7"),
    Variable("bond", "Bond", "session", factor="alliance"),
    Variable("goal", "Goal", "session", factor="alliance"),
    Variable("arm", "Treatment", "episode", kind="category", factor="technique"),
    Variable("waited", "Weeks waited", "episode", factor="process"),
    Variable("age", "Age", "episode"),
    # Names that the queries use themselves.
    *(Variable(n, n, "episode") for n in ("Sessions", "measured", "early", "first_0", "wait")),
    *(Variable(n, n, "session") for n in ("final", "last_date", "last_0")),
    Variable("severity", "severity", "therapist"),
    Variable("finished", "finished", "clinic"),
)
RULES = (ChangeRule("phq9", 6, 10), ChangeRule("gad7", 4, 8))
BANDS = (Band("low", 0), Band("middle", 8), Band("high", 15))
BY = ("period", "clinic", "model", "severity", "alliance", "ending", "therapist")


def made(seed: int, episodes: int = 90) -> dict[str, pd.DataFrame]:
    """Tables with everything that a service's data may lack; some patients come back."""
    rng = np.random.default_rng(seed)

    def lose(values, share=0.15):
        return np.where(rng.random(len(values)) < share, np.nan, np.asarray(values, float))

    clinic = pd.DataFrame({"clinic": ["k0", "k1", "k2"]})
    therapist = pd.DataFrame({"therapist": [f"t{i}" for i in range(7)]})
    therapist["clinic"] = rng.choice(clinic["clinic"], 7)
    episode = pd.DataFrame({"episode": [f"e{i:03d}" for i in range(episodes)]})
    episode["patient"] = [f"p{i}" for i in rng.integers(0, episodes * 2 // 3, episodes)]
    episode["therapist"] = rng.choice(therapist["therapist"], episodes)
    start = pd.Timestamp("2023-01-02") + pd.to_timedelta(rng.integers(0, 500, episodes), "D")
    episode["started"] = np.where(rng.random(episodes) < 0.1, None, start.date)
    end = (start + pd.to_timedelta(rng.integers(0, 200, episodes), "D")).date
    episode["ending"] = rng.choice(["planned", "unplanned", "ongoing", None], episodes)
    episode["ended"] = [
        None if ending == "ongoing" or missing else day
        for ending, missing, day in zip(
            episode["ending"], rng.random(episodes) < 0.2, end, strict=True
        )
    ]
    episode["arm"] = rng.choice(np.array(["a", "b", None], object), episodes)
    episode["waited"] = lose(rng.integers(-2, 30, episodes))  # below 0: referred too late
    episode["age"] = lose(rng.integers(18, 80, episodes))
    rows = [
        (name, int(number))
        for name in episode["episode"]
        for number in rng.choice(9, rng.integers(0, 8), replace=False)
    ]
    session = pd.DataFrame(rows, columns=["episode", "session"])
    days = pd.to_timedelta(rng.integers(0, 700, len(rows)), "D")
    dates = (pd.Timestamp("2023-01-01") + days).date
    session["date"] = np.where(rng.random(len(rows)) < 0.3, None, dates)
    session["phq9"] = lose(rng.integers(0, 28, len(rows)))
    session["gad7"] = lose(rng.integers(0, 22, len(rows)))
    session["bond"], session["goal"] = (lose(rng.uniform(1, 5, len(rows)), 0.3) for _ in "ab")
    tables = {"clinic": clinic, "therapist": therapist, "episode": episode, "session": session}
    for variable in VARIABLES[7:]:
        table = tables[variable.unit]
        table[variable.name] = rng.normal(size=len(table))
    return tables


def write(name: str, tables) -> None:
    from analysis.store.versions import dataset

    keys = KEYS | {
        "episode": [*KEYS["episode"], "started", "ended", "ending"],
        "session": [*KEYS["session"], "date"],
    }
    with dataset.new_version(name) as writer:
        writer.add_variables(VARIABLES)
        for unit, own in keys.items():
            columns = [*own, *(v.name for v in VARIABLES if v.unit == unit)]
            names = ", ".join(f'"{c}"' for c in columns)
            writer.connection.register("given", tables[unit][columns])
            writer.connection.execute(f"INSERT INTO {unit} ({names}) SELECT {names} FROM given")
            writer.connection.unregister("given")


# --- The loops ------------------------------------------------------------------------------------


def absent(value) -> bool:
    return value is None or value != value


def naive(tables, spec: TreatmentSpec) -> list[dict]:
    """One dict a treatment, by the definitions in words."""
    clinic_of = dict(
        zip(tables["therapist"]["therapist"], tables["therapist"]["clinic"], strict=True)
    )
    out = [
        one_treatment(episode, tables["session"], clinic_of, spec)
        for episode in tables["episode"].to_dict("records")
    ]
    for name, of in (("alliance", "early"), ("third", "first")):
        known = [row[of] for row in out if not absent(row[of])]
        low, high = np.quantile(known, [1 / 3, 2 / 3])
        for row in out:
            value = row[of]
            at = None if absent(value) else 0 if value <= low else 1 if value <= high else 2
            row[name] = None if at is None else THIRDS[at]
    for row in out:
        if not spec.bands:
            row["severity"] = row["third"]
    return out


def one_treatment(episode, sessions, clinic_of, spec) -> dict:
    own = sessions[sessions["episode"] == episode["episode"]].sort_values("session")
    own = own.to_dict("records")
    firsts, lasts, complete = [], [], True
    for rule in spec.rules:
        scored = [(s["session"], s[rule.measure]) for s in own if not absent(s[rule.measure])]
        if spec.points:
            at = dict(scored)
            first, last = at.get(spec.points[0]), at.get(spec.points[1])
            complete &= first is not None and last is not None
        else:
            first = scored[0][1] if scored else None
            last = scored[-1][1] if scored else None
            complete &= len(scored) >= 2
        firsts.append(np.nan if first is None else first)
        lasts.append(np.nan if last is None else last)
    finished = episode["ending"] != "ongoing" and len(own) >= spec.least_sessions
    measured = finished and complete
    change = classify([firsts], [lasts], spec.rules)
    cased = any(f >= r.caseness for f, r in zip(firsts, spec.rules, strict=True))
    begun = not np.isnan(firsts).any()
    flag = lambda name: bool(measured and getattr(change, name)[0])  # noqa: E731
    dates = [s["date"] for s in own if not absent(s["date"])]
    day = next(
        (
            d
            for d in (episode["ended"], max(dates, default=None), episode["started"])
            if not absent(d)
        ),
        None,
    )
    early = [
        statistics.fmean(values)
        for name in spec.alliance
        if (
            values := [
                s[name]
                for s in own
                if spec.window[0] <= s["session"] <= spec.window[1] and not absent(s[name])
            ]
        )
    ]
    band = None if np.isnan(firsts[0]) else [b.name for b in spec.bands if firsts[0] >= b.lowest]
    ended, wait = episode["ending"] != "ongoing", episode["waited"]
    weeks = wait / spec.per_week if spec.per_week and wait >= 0 else None
    return dict(
        patient=episode["patient"],
        clinic=clinic_of[episode["therapist"]],
        therapist=episode["therapist"],
        model=episode["arm"],
        ending=episode["ending"],
        period=None if day is None else f"{day.year} Q{(day.month + 2) // 3}",
        severity=band[-1] if band else None,
        first=firsts[0],
        last=lasts[0],
        early=statistics.fmean(early)
        if spec.alliance and len(early) == len(spec.alliance)
        else None,
        sessions_=len(own),
        wait=wait if wait >= 0 else np.nan,
        waited=wait >= 0,
        timed=finished and weeks is not None,
        untimed=finished and weeks is None,
        over_6_weeks=finished and weeks is not None and weeks > 6,
        over_18_weeks=finished and weeks is not None and weeks > 18,
        age=episode["age"],
        ended=ended,
        episodes=True,
        planned=episode["ending"] == "planned",
        unplanned=episode["ending"] == "unplanned",
        ongoing=episode["ending"] == "ongoing",
        ending_unknown=absent(episode["ending"]),
        too_short=ended and not finished,
        finished=finished,
        unscored=finished and not measured,
        unfinished=not finished,
        no_score=finished and not begun,
        one_score=finished and begun and not measured,
        measured=measured,
        fresh=measured and all(not absent(own[-1][r.measure]) for r in spec.rules),
        at_caseness=measured and cased,
        not_at_caseness=finished and begun and not cased,
        possible_cases=finished and not (begun and not cased),
        improved=flag("improved"),
        recovered=flag("recovered"),
        reliably_recovered=flag("reliably_recovered"),
        improved_only=flag("improved") and not flag("recovered"),
        deteriorated=flag("deteriorated"),
        unchanged=flag("unchanged"),
    )


def naive_cells(rows: list[dict], by) -> dict[tuple[str, str], list[dict]]:
    cells = defaultdict(list)
    cells["all", ""] = rows
    for row in rows:
        for name in by:
            cells[name, "" if absent(row[name]) else row[name]].append(row)
    return cells


def selected(rows: list[dict], chosen: Selection) -> list[dict]:
    first, last = chosen.periods
    return [
        r
        for r in rows
        if (not chosen.clinics or r["clinic"] in chosen.clinics)
        and (not chosen.models or r["model"] in chosen.models)
        and (not chosen.severities or r["severity"] in chosen.severities)
        and (not first or (r["period"] is not None and r["period"] >= first))
        and (not last or (r["period"] is not None and r["period"] <= last))
    ]
