"""Do expected courses and signals keep what they say, on public data and in worlds of known truth?

    python -m benchmarks.progress --enrichd BDIdata.csv    # both: half an hour
    python -m benchmarks.progress                          # the worlds alone

ENRICHD: CRAN's npmlda 1.0.0, BDI of 557 depressed patients at irregular days. Judged as the
published yardstick: patients seen for 90 days, two scores within 28 days, first score 14 or more;
event: less than 6 points better at the last score; patients left out in five folds, 20 fold sets.

Worlds: risks and bands learnt from 500 finished treatments (tests/worlds, made apart from this
code), tried on 2,000 that were not there. 40 sets a world.
"""

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.measures.change import ChangeRule
from analysis.measures.variables import Variable
from analysis.models.prognosis.bands import LEVELS
from analysis.models.prognosis.discrimination import auc, calibration
from analysis.questions.progress.answer import check_enough
from analysis.questions.progress.courses import Courses, courses_of
from analysis.questions.progress.expected import band_table, coverage
from analysis.questions.progress.learn import elapsed_at, event, features, learn_growth, pair_of
from analysis.questions.progress.left_out import folds, forecasts, standardised
from analysis.store.queries.score_courses import ScoreCourses
from tests.worlds import heavy_tails, mirror, reciprocal, trends, works
from tests.worlds.world import World

WORLDS = {
    "alliance works": works.make,
    "own trends": trends.make,
    "alliance mirrors": mirror.make,
    "reciprocal": reciprocal.make,
    "heavy tails": heavy_tails.make,
}
LEARNT, UNSEEN, LANDMARK = 500, 2000, 4
BDI = Variable("bdi", "BDI", "session", minimum=0, maximum=63, higher_is="worse")
PHQ = Variable("phq9", "PHQ-9", "session", higher_is="worse")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=40)
    parser.add_argument("--enrichd", default="", metavar="FILE")
    options = parser.parse_args()
    if options.enrichd:
        print(enrichd(Path(options.enrichd)))
    print("| world | slope | AUC | early change | 80 % band | 50 % band | worst session |")
    print("| --- |" + " ---: |" * 6)
    for name, make in WORLDS.items():
        print(world_row(name, make, options.sets), flush=True)


def enrichd(path: Path, sets: int = 20) -> str:
    """One line: mean AUC of the signal and of early change alone, mean slope, coverage."""
    courses = bdi_courses(path)
    early = np.zeros(courses.raw.n, bool)
    early[courses.raw.who[(courses.elapsed > 0) & (courses.elapsed <= 4)]] = True
    seen = courses.learn & courses.raw.cased & early & (courses.final_elapsed >= 90 / 7)
    scale = learn_growth(courses, courses.learn).scale
    figures = []
    for seed in range(sets):
        made, errors = forecasts(courses, scale, folds(courses, seed), (LANDMARK,))
        found = made["no_improvement", LANDMARK]
        rows = found.judged & seen
        odds, came = found.log_odds[rows], found.came[rows]
        line = calibration(odds, came)
        held = coverage(errors, 26)
        n = sum(c.n for c in held)
        figures.append(
            (
                auc(odds, came),
                auc(found.early[rows], came),
                line.slope if line else np.nan,
                sum(c.eighty * c.n for c in held) / n,
            )
        )
    mine, theirs, slope, eighty = np.mean(figures, axis=0)
    return (
        f"ENRICHD, {int(rows.sum())} patients, {int(came.sum())} events, {sets} fold sets: AUC "
        f"{mine:.3f} (early change alone {theirs:.3f}), calibration slope {slope:.2f}, the 80 % "
        f"band from the first score holds {100 * eighty:.1f} %."
    )


def bdi_courses(path: Path) -> Courses:
    """CRAN's file as courses by week; of two scores on a day both count, in the file's order."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    patient = np.array([r["ID"] for r in rows])
    weeks = np.array([float(r["time"]) for r in rows]) / 7
    score = np.array([float(r["BDI"]) for r in rows])
    order = np.lexsort((np.arange(len(rows)), weeks, patient))
    rule = ChangeRule("bdi", reliable_change=6, caseness=14)
    raw = raw_of(patient[order], weeks[order], score[order], rule)
    return courses_of(raw, BDI, rule, "week")


def raw_of(patient, time, score, rule: ChangeRule, therapist=None, alliance=None) -> ScoreCourses:
    """Rows (m,) in order of patient and time as the store would read them; all finished."""
    names, first, who = np.unique(patient, return_index=True, return_inverse=True)
    n, empty = len(names), np.full(len(names), "", dtype=object)
    return ScoreCourses(
        episode=names.astype(object),
        patient=names.astype(object),
        clinic=empty,
        therapist=np.full(n, -1) if therapist is None else therapist[first],
        ending=np.full(n, "planned", dtype=object),
        model=empty,
        period=empty,
        finished=np.ones(n, bool),
        cased=score[first] >= (rule.caseness or -np.inf),
        last_day=np.full(n, np.nan),
        traits={},
        who=who,
        session=np.rint(time).astype(np.int64),
        weeks=time.astype(float),
        score=score.astype(float),
        alliance=np.full(len(score), np.nan) if alliance is None else alliance,
        future=0,
    )


def world_courses(world: World) -> Courses:
    """A world's sessions, with half an SD of first scores as reliable change."""
    table = world.table
    number = table["session"].astype(float)
    order = np.lexsort((number, table["patient"]))
    score = table["phq9"].astype(float)[order]
    spread = float(np.std(score[number[order] == number.min()]))
    rule = ChangeRule("phq9", reliable_change=0.5 * spread)
    _, therapist = np.unique(table["therapist"], return_inverse=True)
    alliance = ((table["bond"] + table["goal"]) / 2).astype(float)[order]
    patient = table["patient"][order]
    raw = raw_of(patient, number[order], score, rule, therapist[order], alliance)
    return courses_of(raw, PHQ, rule, "session")


def world_row(name: str, make, sets: int) -> str:
    """Means over the sets; worst session: the coverage of the 80 % band furthest from 80."""
    figures, by_session = [], []
    for seed in range(sets):
        courses = world_courses(make(seed, therapists=125, patients=20))
        figure, held = unseen(courses, np.random.default_rng(seed))
        figures.append(figure)
        by_session.append(held)
    slope, mine, theirs, eighty, half = np.nanmean(figures, axis=0)
    each = 100 * np.nanmean(by_session, axis=0)
    worst = each[np.argmax(np.abs(each - 80))]
    return (
        f"| {name} | {slope:.2f} | {mine:.3f} | {theirs:.3f} | {100 * eighty:.1f} % | "
        f"{100 * half:.1f} % | {worst:.1f} % |"
    )


def unseen(courses: Courses, rng):
    """(slope, AUC, AUC of early change, coverage of 80 and 50 %) on treatments that were not
    there, and the 80 % band's coverage by session 1..10 after the first."""
    chosen = rng.permutation(courses.raw.n)
    train = np.zeros(courses.raw.n, bool)
    train[chosen[:LEARNT]] = True
    test = np.zeros(courses.raw.n, bool)
    test[chosen[LEARNT : LEARNT + UNSEEN]] = True
    finished = replace(courses, learn=courses.learn & train)
    check_enough(finished)
    learned = learn_growth(finished, finished.learn)
    _, errors = forecasts(finished, learned.scale, folds(finished), ())
    table = band_table(errors, 20)
    elapsed, error, _ = standardised(replace(courses, learn=test), learned, 0, test)
    inside = {level: np.zeros(len(error), bool) for level in LEVELS}
    for at in np.unique(np.rint(elapsed)):
        rows, made = np.rint(elapsed) == at, table[0, int(at)]
        for level in LEVELS:
            inside[level][rows] = (error[rows] >= made.low[level]) & (
                error[rows] <= made.high[level]
            )
    after = elapsed_at(courses, LANDMARK)
    x, points = features(finished, learned, after)
    able, came = event(courses, "no_improvement", after)
    pair = pair_of(x, points, able, came, train)
    rows = able & test
    odds, early = pair.full.log_odds(x[rows]), pair.early.log_odds(points[rows, None])
    line = calibration(odds, came[rows])
    held = [inside[0.8][np.rint(elapsed) == at].mean() for at in range(1, 9)]
    figures = (
        line.slope if line else np.nan,
        auc(odds, came[rows]),
        auc(early, came[rows]),
        inside[0.8].mean(),
        inside[0.5].mean(),
    )
    return figures, held


if __name__ == "__main__":
    main()
