"""Treatments made for the tests of open ones."""

import numpy as np

from analysis.measures.change import ChangeRule
from analysis.measures.variables import Variable
from analysis.store.queries.score_courses import ScoreCourses

VARIABLE = Variable("score", "Score", "session", minimum=0, maximum=40, higher_is="worse")
RULE = ChangeRule("score", reliable_change=5)
SAID = ("Sessions have no dates: time is counted in sessions.",)


def raw(n: int, sessions: int, seed: int = 1, open_from: int | None = None) -> ScoreCourses:
    """Straight courses whose pace differs, scored at each session; the last ones are open."""
    rng = np.random.default_rng(seed)
    who, at = np.repeat(np.arange(n), sessions), np.tile(np.arange(1, sessions + 1), n)
    pace = rng.normal(-0.8, 0.6, n)
    score = rng.normal(20, 3, n)[who] + pace[who] * (at - 1) + rng.normal(0, 1.5, len(who))
    ending = np.full(n, "planned", dtype=object)
    ending[rng.random(n) < 0.3] = "unplanned"
    if open_from is not None:
        ending[open_from:] = "ongoing"
    names = np.array([f"T{i:04d}" for i in range(n)], dtype=object)
    return ScoreCourses(
        episode=names,
        patient=names,
        clinic=np.array([f"c{i % 4}" for i in range(n)], dtype=object),
        therapist=np.arange(n) % 12,
        ending=ending,
        model=np.full(n, "", dtype=object),
        period=np.array([str(2020 + i % 3) for i in range(n)], dtype=object),
        finished=ending != "ongoing",
        cased=np.ones(n, bool),
        last_day=np.full(n, np.nan),
        traits={"age": rng.uniform(18, 70, n)},
        who=who,
        session=at,
        weeks=np.full(len(who), np.nan),
        score=score,
        alliance=np.full(len(who), np.nan),
        future=0,
    )
