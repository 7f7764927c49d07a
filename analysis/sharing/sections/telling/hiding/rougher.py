"""Rougher before hidden: the forms that a figure may take, and what of the hidden is told again.

A figure told more roughly says less than it did, so what was found open stays open. What has been
hidden for one small set may be told after another was opened: so each is tried again at the end,
the most wanted first, in its finest form that leaves every set open.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from analysis.sharing.protection.sums import BETWEEN, FIFTH, FORTY, RANGES, range_of
from analysis.sharing.protection.whole_numbers import SAME
from analysis.sharing.sections.telling.blocks import COUNT, RATE, WHOLE, Block
from analysis.sharing.sections.telling.figures import Figures, Key
from analysis.sharing.sections.telling.statements import EXPENDABLE

IsOpen = Callable[[Figures, Key], bool]


def forms(figures: Figures, figure: Block, wholes: frozenset[Key]) -> Iterator[Figures]:
    """The Figures with one figure told in each rougher form, the finest first. wholes: the keys of
    counts that rates are shares of: how many a printed one is may be left out."""
    key = figure.key
    if figure.kind == WHOLE:
        yield figures.wider(key)
    elif figure.kind == COUNT:
        yield figures.rougher(key)  # its rates are told
        if key in wholes:
            yield figures.rougher(key).wider(key)
    elif figure.kind == RATE:
        yield from _ranges(figures, figure, RANGES)


def rougher_ways(
    figures: Figures, order: Sequence[Block], wholes: frozenset[Key]
) -> Iterator[Figures]:
    """The Figures with one of the shown figures told more roughly and nothing hidden but a count:
    sizes that are not printed; counts whose own rate stays; ranges of twenty points; a group's
    counts of which rates are shares; ranges of forty. order: the least missed first."""
    done: set[Key] = set()
    for figure in order:
        if figure.kind == WHOLE and figure.key not in figures.wide and figure.key not in done:
            done.add(figure.key)
            yield figures.wider(figure.key)
    rates = [b for b in order if b.kind == RATE]
    rated = {b.key for b in rates} - wholes
    for figure in order:
        if figure.kind == COUNT and figure.key in rated:
            yield figures.rougher(figure.key)
    for figure in rates:
        if figure.key not in figures.coarse:
            yield from _ranges(figures, figure, (FIFTH, BETWEEN))
    for figure in order:
        if figure.kind == COUNT and figure.key in wholes and figure.key[0] != "all":
            yield from forms(figures, figure, wholes)
    for figure in rates:
        if figures.coarse.get(figure.key) != FORTY and figure.is_share:
            yield from _ranges(figures, figure, (FORTY,))


def _ranges(figures: Figures, rate: Block, names: Sequence[str]) -> Iterator[Figures]:
    for form in names:
        if is_inside(rate, form):
            yield figures.coarser(rate.key, form)


def wholes_of(shown: Sequence[Block]) -> frozenset[Key]:
    """The keys of the counts that told rates are shares of."""
    return frozenset((*b.key[:2], b.of) for b in shown if b.kind == RATE)


def is_inside(rate: Block, form: str) -> bool:
    """Whether a range says nothing that the rate itself does not: else what was found to agree
    with the rate might not agree with its range."""
    if not rate.is_share:
        return form == FIFTH  # of few: a rougher limit
    low, high = range_of((rate.low + rate.high) / 2, form)
    return low <= rate.low + SAME and rate.high <= high + SAME


def told_again(before: Figures, after: Figures, shown: Sequence[Block], is_open: IsOpen) -> Figures:
    """The Figures `after` with what of it can be told again, or in steps again. before: as all of
    it was told; shown: what they state; is_open: whether every small set that a key touches stays
    open."""
    wholes = wholes_of(shown)
    found, hidden = after, before.hidden
    for figure in sorted(shown, key=_wanted):
        key = figure.key
        if {key, _rate_of(key)} & (found.hidden - hidden):
            if figure.kind == WHOLE and key in found.wide:
                continue
            finest = found.finer(key).with_again(key, hidden)
            again: Iterable[Figures] = (finest, *forms(found, figure, wholes))
            if figure.kind != RATE:
                again = chain(again, _with_rougher_rates(found, key, shown))
        elif figure.kind == RATE and key in found.coarse and key not in before.coarse:
            again = (found.finer(key),)
        else:
            continue
        found = next((tried for tried in again if is_open(tried, key)), found)
    return found


def _with_rougher_rates(figures: Figures, key: Key, shown: Sequence[Block]) -> Iterator[Figures]:
    """The Figures with a count that is not printed, of which one rate is told as a range, the least
    missed first: without the count none of its rates are told."""
    rates = [b for b in shown if b.kind == RATE and (*b.key[:2], b.of) == key]
    for rate in sorted(rates, key=lambda b: EXPENDABLE.index(b.key[2])):
        yield from _ranges(figures.rougher(key), rate, RANGES)


def _rate_of(key: Key) -> Key:
    return (*key[:2], f"rate of {key[2]}")


def _wanted(figure: Block) -> tuple:
    """Of how many comes first: without it there are no rates; then everybody's."""
    dimension, _, name = figure.key
    return figure.kind == RATE, dimension != "all", -EXPENDABLE.index(name)
