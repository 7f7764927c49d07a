"""Treatments that go on for one to three sessions after the landmark."""

from tests.worlds import works
from tests.worlds.world import World


def make(seed: int, **changes) -> World:
    return works.make(seed, sessions=(6, 8), **changes)
