"""Shares read off a partition, and the same dataset under other names, units and orders."""

import pandas as pd

from analysis.questions.partition.result import Partition


def shares(answer: Partition) -> dict[str, float]:
    """Every share by name: what must not depend on units, names or order."""
    out = {b.factor: b.share for b in answer.blocks}
    out |= {f"{b.factor} alone": b.alone for b in answer.blocks}
    out |= {f"{b.factor} last": b.last for b in answer.blocks}
    out |= {f"left {u.level}": u.share for u in answer.unexplained}
    out |= {f"{v.level} {v.factor}": v.share for v in answer.levels}
    return out | ({"adjusted": answer.adjusted_for.share} if answer.adjusted_for else {})


def whole(answer: Partition) -> float:
    adjusted = answer.adjusted_for.share if answer.adjusted_for else 0.0
    parts = [*answer.blocks, *answer.unexplained]
    return adjusted + sum(p.share or 0.0 for p in parts)


def shown(expected: dict) -> dict:
    """R's parts of the whole as they are shown: none below 0, and summing to 1."""
    blocks = {f: max(b["share"], 0.0) for f, b in expected["blocks"].items()}
    left = {level: max(share, 0.0) for level, share in expected["unexplained"].items()}
    adjusted = max(expected["adjusted"], 0.0)
    whole = adjusted + sum(blocks.values()) + sum(left.values())
    return {
        "adjusted": adjusted / whole,
        "blocks": {f: share / whole for f, share in blocks.items()},
        "left": {level: share / whole for level, share in left.items()},
    }


def unit(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def rescaled(tables):
    session = tables["session"]
    session = session.assign(
        phq9=100 - 3 * session["phq9"],
        bond=1e-3 * session["bond"] + 7,
        homework=session["homework"],
    )
    episode = tables["episode"]
    return tables | {
        "session": session,
        "episode": episode.assign(support=1e4 * episode["support"] - 3),
    }


def shuffled(tables):
    return {k: t.sample(frac=1, random_state=3) for k, t in tables.items()}


def renamed(tables):
    """New ids, in another order than the old ones."""

    def new(ids: pd.Series) -> pd.Series:
        return ids.map(lambda i: f"{(int(i[1:]) * 7919) % 10_007:05d}")

    return {
        k: t.assign(**{c: new(t[c]) for c in ("clinic", "therapist", "episode") if c in t})
        for k, t in tables.items()
    }


def other_base(tables):
    episode = tables["episode"]
    swapped = episode["employed"].map({"yes": "1 employed", "no": "2 not"})
    return tables | {"episode": episode.assign(employed=swapped)}


def with_strangers(tables):
    """Rows that no frame can use: an episode without sessions, a therapist without episodes."""
    t = tables["therapist"]
    return tables | {
        "therapist": pd.concat([t, t.head(1).assign(therapist="zz")]),
        "episode": pd.concat([tables["episode"], tables["episode"].head(1).assign(episode="zz")]),
    }
