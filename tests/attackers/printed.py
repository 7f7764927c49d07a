"""All figures that one report prints, each once: what stands in two places must be the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.attackers import forms
from tests.attackers.forms import Share, Unread
from tests.attackers.truth import COLUMNS

Of = tuple[str, str, str]  # dimension ('all' for everybody), value in small letters, count
OfShare = tuple[str, str, str, str]  # the same, and of which count it is a share
ALL = ("all", "")


@dataclass(frozen=True)
class Change:
    """What is said of two periods. group: dimension and value; metric: count, of which. points:
    (difference, low, high)."""

    group: tuple[str, str]
    metric: tuple[str, str]
    earlier: str
    later: str
    before: Share
    after: Share
    points: tuple[int, int, int]


@dataclass
class Printed:
    """columns: name of a rate -> (count, of which). counts, shares: None for a hidden one; of a
    count of which a range is told, its ends. sizes: of how many a share says that it is one.
    effects: dimension, value -> decimals of a told effect size. changes: in the order read."""

    columns: Mapping[str, tuple[str, str]] = field(default_factory=lambda: COLUMNS)
    counts: dict[Of, int | tuple[int, int] | None] = field(default_factory=dict)
    shares: dict[OfShare, Share | None] = field(default_factory=dict)
    sizes: dict[OfShare, int] = field(default_factory=dict)
    effects: dict[tuple[str, str], int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def wholes(self) -> list[Of]:
        """Of which counts there are shares."""
        every = (*self.shares, *self.sizes)
        return list(dict.fromkeys((by, value, whole) for by, value, _, whole in every))

    def count(self, group: tuple[str, str], name: str, text: str) -> None:
        key, told = (group[0], group[1].lower(), name), forms.count(text)
        if self.counts.setdefault(key, told) != told:
            raise Unread(f"{key} is {text}, and elsewhere {self.counts[key]}")

    def share(
        self, group: tuple[str, str], of: tuple[str, str], told: Share | str | None, ends: str = ""
    ) -> None:
        """told: a text is read as one. ends: its interval, where that is a text of its own."""
        if isinstance(told, str):
            told = forms.share(told, ends)
        key = (group[0], group[1].lower(), *of)
        known = self.shares.setdefault(key, told)
        if (known is None) != (told is None) or (known and told and not known.agrees(told)):
            raise Unread(f"{key} is {told}, and elsewhere {known}")
        if told and told.first is not None:
            self.shares[key] = told

    def effect(self, group: tuple[str, str], text: str) -> None:
        """How large it is, `benchmarks.shared_means` asks."""
        if (told := forms.decimals(text)) is not None:
            self.effects[group[0], group[1].lower()] = told

    def size(self, group: tuple[str, str], of: tuple[str, str], text: str) -> None:
        """text: 'of 40'."""
        key, n = (group[0], group[1].lower(), *of), forms.count(text.removeprefix("of "))
        if (
            not isinstance(n, int)
            or not text.startswith("of ")
            or self.sizes.setdefault(key, n) != n
        ):
            raise Unread(f"{key} is '{text}', and elsewhere of {self.sizes.get(key)}")

    def check_sizes(self) -> None:
        """Of how many a share is must be the count that a table prints of them, in fives."""
        for key, n in self.sizes.items():
            printed = self.counts.get((*key[:2], key[3]))
            if isinstance(printed, int) and abs(printed - n) > 2:
                raise Unread(f"{key} is of {n}, and a table says {printed}")
