"""The demo's data as plain arrays, chunk by chunk: no store, no screen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.demo.drawing.episodes import Patients, draw_patients
from analysis.demo.drawing.layout import Layout, chunk_sizes, draw_layout
from analysis.demo.drawing.sessions import Sessions, draw_sessions
from analysis.demo.drawing.truth import Model


@dataclass(frozen=True, slots=True)
class Chunk:
    """A self-contained part of the demo: whole clinics. rng: the chunk's own stream, for what
    has no part in the truth (ages, missing intake forms, ...)."""

    layout: Layout
    patients: Patients
    sessions: Sessions
    rng: np.random.Generator


def chunks(model: Model, episodes: int, seed: int) -> Iterator[Chunk]:
    """The demo of that many episodes. Each chunk has a child seed of `seed`, so memory is bounded
    and the same three arguments give the same data."""
    sizes = chunk_sizes(episodes)
    for size, child in zip(sizes, np.random.SeedSequence(seed).spawn(len(sizes)), strict=True):
        rng = np.random.default_rng(child)
        layout = draw_layout(rng, size)
        patients = draw_patients(rng, layout, model.population)
        yield Chunk(layout, patients, draw_sessions(rng, layout, patients, model), rng)
