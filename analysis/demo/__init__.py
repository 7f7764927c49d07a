"""The synthetic dataset with known truth: `make_demo` writes it, docs/demo.md explains it."""

from analysis.demo.drawing.effects import DEFAULT, Effects
from analysis.demo.make import make_demo

__all__ = ["DEFAULT", "Effects", "make_demo"]
