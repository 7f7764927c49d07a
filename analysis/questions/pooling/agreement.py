"""Whether sites' sums may be added: one formula, one meaning of each variable, each site once."""

import numpy as np

from analysis.base.errors import RequestError
from analysis.models.pooled.aggregates import Aggregates
from analysis.questions.pooling.exchange import MomentsFile

# What two dictionaries must agree on; labels and descriptions may differ.
MEANING = ("unit", "minimum", "maximum", "higher_is", "instrument", "rater")


def check_belong_together(files: list[tuple[str, MomentsFile]]) -> None:
    """RequestError, with the reason and the files' names, where their sums must not be added."""
    if len(files) < 2:
        raise RequestError(
            "One file of sums is one site: there is nothing to pool",
            where=f"'{files[0][0]}'" if files else "the files",
            allowed="two files or more, one a site",
            next_step="use 'fit' at the site itself",
        )
    first_name, first = files[0]
    for i, (name, site) in enumerate(files):
        for other_name, other in files[:i]:
            if site.sha256 == other.sha256 or _same_data(site.sums, other.sums):
                raise _refused(
                    "The same sums were given twice", other_name, name, "each site's sums once"
                )
        reason = _difference(first, site)
        if reason:
            raise _refused(
                reason,
                first_name,
                name,
                "sums made with the same formula from data "
                "with the same meaning, the same version of everything",
            )


def notes(files: list[tuple[str, MomentsFile]]) -> list[str]:
    """What a reader of the pooled fit must know of what could not be compared."""
    without = [name for name, site in files if not site.dictionary]
    if not without or len(without) == len(files):
        return []
    return [
        f"The sums of {', '.join(without)} come from plain files without a dictionary: whether "
        "ranges and directions agree with the other sites' could not be checked"
    ]


def _same_data(a: Aggregates, b: Aggregates) -> bool:
    """Whether two sites' products agree to nine digits: no two samples do."""
    same_size = a.rows == b.rows and a.names == b.names and a.groups == b.groups
    return same_size and all(
        np.allclose(getattr(a, n), getattr(b, n), rtol=1e-9, atol=1e-9 * a.rows)
        for n in ("centre", "scale", "gram")
    )


def _difference(a: MomentsFile, b: MomentsFile) -> str:
    """Why two sites' sums must not be added, '' where they may."""
    if a.formula != b.formula:
        return f"The formulae differ: '{a.formula}' and '{b.formula}'"
    for name in a.kinds:
        if a.kinds[name] != b.kinds.get(name):
            return (
                f"'{name}' is a {a.kinds[name]} at one site and a {b.kinds.get(name)} at the other"
            )
    for name in a.dictionary.keys() & b.dictionary.keys():
        for field in MEANING:
            one, two = a.dictionary[name].get(field), b.dictionary[name].get(field)
            if one != two:
                return f"The dictionaries differ: {field} of '{name}' is {one!r} and {two!r}"
    if a.sums.groupings != b.sums.groupings:
        return (
            "The groups are nested in another order: "
            f"{' in '.join(a.sums.groupings)} and {' in '.join(b.sums.groupings)}"
        )
    return ""


def _refused(what: str, one: str, two: str, allowed: str) -> RequestError:
    return RequestError(
        what,
        where=f"'{one}' and '{two}'",
        allowed=allowed,
        next_step="write the sums again with 'moments', alike at every site",
    )
