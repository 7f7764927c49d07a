"""Words joined: lists, plurals and capitals, once for every sentence."""

from collections.abc import Sequence


def listed(items: Sequence[str]) -> str:
    """One or more items as a sentence has them. Worked: a, b, c gives 'a, b and c'."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def named(names: Sequence[str], most: int = 3) -> str:
    """Names for a sentence. Worked: a, b, c, d gives "'a', 'b', 'c' and 1 more".

    most: how many are named, 0 for all.
    """
    shown = [f"'{name}'" for name in (names[:most] if most else names)]
    if len(shown) < len(names):
        return f"{', '.join(shown)} and {len(names) - len(shown)} more"
    return listed(shown) if shown else ""


def plural(unit: str, n: int) -> str:
    """The unit for `n` of them. Worked: 'clinic', 2 gives 'clinics'."""
    return unit if n == 1 else f"{unit}s"


def capital(text: str) -> str:
    """The text with its first letter large and all others as they are."""
    return text[:1].upper() + text[1:]
