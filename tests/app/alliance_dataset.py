"""Small datasets for the tests of the alliance's pages, each lacking something."""

from functools import partial

import numpy as np

from analysis.measures.variables import Variable
from analysis.store.versions import dataset
from tests.inserted import insert

RATED = ("bond", "goal", "task")
PRACTICES = ("listening", "explaining")


def alliance_dataset(kind: str = "") -> None:
    """The dataset 'made'. kind: what is wrong with it; '' for nothing.

    Six therapists of two clinics, 60 treatments of six sessions; two practices, an alliance in
    three components by the patient and one by the therapist.
    """
    rng = np.random.default_rng(5)
    patients = 20 if kind == "twenty patients" else 60
    sessions = {"one session each": 1, "three sessions": 3}.get(kind, 6)
    rows = _rows(rng, patients, sessions, kind)
    with dataset.new_version("made") as writer:
        writer.add_variables(_variables(kind))
        write = partial(insert, writer.connection)
        write("clinic", [("k0",), ("k1",)])
        therapists = 1 if kind == "no therapist" else 6
        some = kind == "some therapists"  # a third name nobody
        write(
            "therapist (therapist, clinic)",
            [(f"t{t}", f"k{t % 2}") for t in range(therapists)] + [("unknown", "k0")] * some,
        )
        write(
            "episode (episode, patient, therapist, ending)",
            [
                (
                    f"e{i}",
                    f"p{i}",
                    "unknown" if some and i % 3 == 1 else f"t{i % therapists}",
                    ("planned", "unplanned")[i % 3 == 0],
                )
                for i in range(patients)
            ],
        )
        names = ["episode", "session", *(v.name for v in _variables(kind))]
        listed = ", ".join(f'"{n}"' for n in names)
        write(f"session ({listed})", [tuple(r[n] for n in names) for r in rows])


def _variables(kind: str) -> tuple[Variable, ...]:
    unknown = kind == "unknown range"
    span = dict(minimum=None, maximum=None) if unknown else dict(minimum=1.0, maximum=5.0)
    found = [
        Variable("score", "Distress", "session", factor="outcome", higher_is="worse"),
        *(
            Variable(n, n.capitalize(), "session", factor="alliance", component=n, rater="patient",
                     **span)
            for n in RATED
        ),
        Variable("seen", "Alliance (therapist)", "session", factor="alliance", rater="therapist",
                 **span),
        *(Variable(n, n.capitalize(), "session", factor="practice", **span) for n in PRACTICES),
    ]  # fmt: skip
    left_out = {
        "no alliance": (*RATED, "seen"),
        "one rater": ("seen",),
        "no practices": PRACTICES,
        "no outcome": ("score",),
    }.get(kind, ())
    return tuple(v for v in found if v.name not in left_out)


def _rows(rng, patients: int, sessions: int, kind: str) -> list[dict]:
    rows = []
    for i in range(patients):
        usual = rng.normal(3.4, 0.5)
        score = 20 + rng.normal(0, 3)
        for s in range(1, sessions + 1):
            practice = usual + rng.normal(0, 0.5)
            felt = usual + 0.5 * (practice - usual) + rng.normal(0, 0.4)
            row = dict(episode=f"e{i}", session=s, score=round(score, 2))
            row |= {n: round(float(felt + rng.normal(0, 0.2)), 2) for n in RATED}
            row["seen"] = round(float(felt - 0.3 + rng.normal(0, 0.3)), 2)
            row |= {n: round(float(practice + rng.normal(0, 0.2)), 2) for n in PRACTICES}
            if kind == "constant":
                row |= dict.fromkeys((*RATED, "seen"), 3.0)
            if kind == "constant practices":
                row |= dict.fromkeys(PRACTICES, 3.0)
            if kind == "practices mostly missing" and rng.random() < 0.9:
                row |= dict.fromkeys(PRACTICES, None)
            rows.append(row)
            score += -0.5 - 0.6 * (felt - usual) + rng.normal(0, 1.5)
    return rows
