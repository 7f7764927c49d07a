"""Four patients a therapist: what stands for a therapist is hardly known."""

from tests.worlds import works
from tests.worlds.world import World


def make(seed: int, therapists: int = 150, **changes) -> World:
    return works.make(seed, therapists=therapists, patients=4, **changes)
