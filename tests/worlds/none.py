"""The alliance has nothing to do with anything."""

from tests.worlds import works
from tests.worlds.world import World


def make(seed: int, **changes) -> World:
    """`works` with an effect of 0; its alliance still mirrors the symptoms at the landmark."""
    return works.make(seed, effect=0.0, **changes)
