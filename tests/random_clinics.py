"""Small random datasets whose every identifier, date and score can be recognised in a file."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.measures.variables import Variable
from analysis.store.versions.dataset import new_version
from tests.inserted import insert

WAIT = Variable(
    "wait_days",
    "Days from referral to the first session",
    unit="episode",
    factor="process",
    component="waiting",
)
SCORE = dict(unit="session", kind="number", minimum=0.0, maximum=27.0, higher_is="worse")


@dataclass(frozen=True)
class Secrets:
    """What no shared file may hold: texts that occur in the dataset and nowhere else."""

    name: str
    texts: frozenset[str]
    patients: int
    episodes: int


def random_clinic(
    seed: int, name: str = "", without_first: bool = False, treatments: int = 0, ageless: int = 0
) -> Secrets:
    """Writes the dataset and tells its secrets: 2 to 4 clinics, 40 to 160 treatments or so many.

    Every third calls clinics and treatments by numbers that could be counts. without_first: leaves
    the first patient out of what is written. ageless: so many treatments have no age.
    """
    rng, waits = random.Random(seed), random.Random(f"waits {seed}")
    name = name or f"random{seed}"
    numbers = seed % 3 == 1
    clinics = [f"Site {letter}" for letter in "ABCD"]
    clinics = (["4", "7", "10", "25"] if numbers else clinics)[: rng.randint(2, 4)]
    arms = ["1", "5"] if numbers else ["CBT", "IPT"]
    staff = [
        (f"THER-{rng.randrange(16**6):06x}", clinic)
        for clinic in clinics
        for _ in range(rng.choice([1, 2, 2, 3]))
    ]
    episodes, sessions, texts = [], [], {t for t, _ in staff}
    for number in range(treatments or rng.randint(40, 160)):
        patient = f"PAT-{rng.randrange(16**8):08x}"
        if number % 9 == 8:
            patient = episodes[-1][1]  # somebody who came twice
        episode = f"EPI-{rng.randrange(16**8):08x}"
        began = date(2025, 1, 1) + timedelta(days=rng.randrange(300))
        weeks = rng.randint(1, 6)
        ending = rng.choices(["planned", "unplanned", "ongoing"], [8, 3, 1])[0]
        therapist = rng.choices(staff, range(1, len(staff) + 1))[0][0]
        arm = rng.choices(arms, [6, 1])[0]
        works = float(rng.random() < 0.1)
        age = rng.uniform(18, 80)
        days = waits.choice([None, float(waits.randint(0, 40)), float(waits.randint(0, 160))])
        episodes.append((episode, patient, therapist, began, None, ending, arm, works, age, days))
        score = rng.uniform(6, 26)
        for session in range(1, weeks + 1):
            day = began + timedelta(days=7 * session)
            value = round(score, 7)
            if len(f"{value}") > 8:  # '7.25' could stand in a file for other reasons
                texts.add(f"{value}")
            texts |= {day.isoformat(), day.strftime("%d.%m.%Y")}
            bond = round(rng.uniform(1, 7), 4)
            sessions.append((episode, session, day, 1.0 * session, value, bond))
            score = max(rng.random(), score - rng.uniform(-2, 4))
        texts |= {patient, episode, began.isoformat()}
    if without_first:
        gone = {e[0] for e in episodes if e[1] == episodes[0][1]}
        episodes = [e for e in episodes if e[0] not in gone]
        sessions = [s for s in sessions if s[0] not in gone]
    gone = set(random.Random(f"ages {seed}").sample(range(len(episodes)), ageless))
    episodes = [(*e[:8], None if i in gone else e[8], e[9]) for i, e in enumerate(episodes)]
    write_clinic(name, clinics, staff, episodes, sessions)
    return Secrets(name, frozenset(texts), len({e[1] for e in episodes}), len(episodes))


def write_clinic(name, clinics, staff, episodes, sessions, wait=WAIT) -> None:
    """A dataset of PHQ-9, bond, treatment model, work (0 or 1), age and, where the rows have one, a
    wait, from rows of the tables."""
    has_wait = bool(episodes) and len(episodes[0]) > 9
    with new_version(name) as writer:
        writer.add_variables(
            [
                Variable("phq9", "PHQ-9", factor="outcome", instrument="phq9", **SCORE),
                Variable(
                    "bond",
                    "Bond",
                    unit="session",
                    kind="number",
                    factor="alliance",
                    component="bond",
                    rater="patient",
                    minimum=1.0,
                    maximum=7.0,
                ),
                Variable(
                    "arm",
                    "Treatment model",
                    unit="episode",
                    kind="category",
                    factor="technique",
                    component="treatment model",
                ),
                Variable("works", "In work", unit="episode", factor="extra-therapeutic"),
                Variable("age", "Age", unit="episode", factor="extra-therapeutic"),
                *([wait] if has_wait else []),
            ]
        )
        writer.set_meta("main_outcome", "phq9")
        for table, rows in (
            ("clinic", [(c,) for c in clinics]),
            ("therapist", staff),
            ("episode", episodes),
            ("session", sessions),
        ):
            insert(writer.connection, table, rows)
