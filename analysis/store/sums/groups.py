"""Grouping factors as codes: sorted, and nested or crossed."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.base.errors import ModelError
from analysis.models.language.design import Design
from analysis.models.language.moments import crossings_of, in_nested_order
from analysis.store.sources.of_arrays import as_arrow
from analysis.store.sources.relation import Source
from analysis.store.sums.column_sql import key_name


def by_columns(design: Design, groupings: tuple[str, ...], by: str) -> list[str]:
    """The columns to group by, outermost first, so that groups come in the order of the codes."""
    if not by:
        return []
    labels = {":".join(group): group for group in design.groupings}
    inside = groupings.index(by) if by in groupings else -1
    outer = [name for label in reversed(groupings[inside + 1 :]) for name in labels[label]]
    return list(dict.fromkeys([*outer, *labels.get(by, (by,))]))


def own_key(design: Design, by: str) -> str:
    """`by` where it is a column that tells rows apart, not a grouping of the design; else empty."""
    return "" if by in {":".join(group) for group in design.groupings} else by


def key_columns(design: Design) -> list[str]:
    return [key_name(name) for name in key_names(design)]


def key_names(design: Design) -> list[str]:
    return list(dict.fromkeys(name for group in design.groupings for name in group))


def numbers_of(column: pa.ChunkedArray) -> np.ndarray:
    """A column of numbers without NULLs; not by to_numpy, which loads pandas for a third of a
    second."""
    chunks = [np.from_dlpack(chunk) for chunk in column.chunks]
    return chunks[0] if len(chunks) == 1 else np.concatenate([np.zeros(0), *chunks])


def key_texts(source: Source, name: str, keys: pa.ChunkedArray) -> pa.Array:
    """The texts behind the keys of complete rows, which are texts themselves or ordinals."""
    keys = keys.combine_chunks()
    if not pa.types.is_integer(keys.type):
        return keys
    query = f"SELECT DISTINCT {name} FROM {source.homes[name]} ORDER BY {name}"
    return source.cursor.sql(query).to_arrow_table().column(0).combine_chunks().take(keys)


def sorted_codes(column: pa.ChunkedArray) -> np.ndarray:
    """0..n-1 by sorted label, so that the answer does not depend on the order of rows."""
    if pa.types.is_integer(column.type):  # ordinals: few more than there are groups
        ordinals: np.ndarray = np.concatenate([np.from_dlpack(c) for c in column.chunks])
        present = np.zeros(int(ordinals.max(initial=-1)) + 1, dtype=bool)
        present[ordinals] = True
        return (np.cumsum(present) - 1)[ordinals]
    encoded = pc.dictionary_encode(column).unify_dictionaries()
    labels = encoded.chunk(0).dictionary
    rank = np.empty(len(labels), dtype=np.int64)
    order: np.ndarray = np.from_dlpack(pc.sort_indices(labels))
    rank[order] = np.arange(len(labels))
    codes: np.ndarray = np.concatenate([np.from_dlpack(c.indices) for c in encoded.chunks])
    return rank[codes]


def nested_codes(design: Design, keys: dict[str, np.ndarray]):
    """Groupings innermost first with their codes by unit; ModelError for crossed ones."""
    groupings, codes, crossings = group_codes(design, keys)
    for crossing in crossings:
        raise ModelError(
            f"'{crossing.inner}' is not nested in '{crossing.outer}': {crossing.several:,} of "
            f"{crossing.groups:,} groups lie in more than one",
            where=f"(… | {crossing.inner}) and (… | {crossing.outer})",
            allowed="crossed groups in a fit, its tests and comparisons; here groups "
            "that each lie in one group of the next level",
            next_step="use episodes (one treatment by one therapist) as the inner group, "
            f"or write (1 | {crossing.outer}/{crossing.inner})",
        )
    return groupings, codes


def codes_of_units(design: Design, keys: dict[str, np.ndarray], crossed: bool):
    """group_codes, or where `crossed` groups are no use nested_codes, which have no Crossings."""
    return group_codes(design, keys) if crossed else (*nested_codes(design, keys), ())


def group_codes(design: Design, keys: dict[str, np.ndarray]):
    """Groupings, the one with most groups first, their codes by unit, and the Crossings."""
    coded = {
        ":".join(group): combined_codes([keys[n] for n in group]) for group in design.groupings
    }
    order = sorted(coded, key=lambda g: -int(coded[g].max()))
    crossings = crossings_of({g: coded[g] for g in order})
    codes = [coded[g] for g in order]
    return tuple(order), tuple(codes) if crossings else in_nested_order(codes), crossings


def combined_codes(codes: list[np.ndarray]) -> np.ndarray:
    """Codes 0..n-1 of the combinations of several codes, sorted by the first, then the next."""
    out = codes[0]
    for code in codes[1:]:
        key = out * (code.max(initial=0) + 1) + code
        out = np.unique(key, return_inverse=True)[1].reshape(-1)
    return out


def group_labels(
    source: Source, design: Design, groupings, codes, keys: dict[str, pa.Array]
) -> tuple[tuple[str, ...], ...]:
    """The names of each grouping's groups, in the order of their codes.

    keys: the units' texts or ordinals in the columns that group."""
    texts = {name: key_texts(source, name, key) for name, key in keys.items()}
    names, out = {":".join(group): group for group in design.groupings}, []
    for label, code in zip(groupings, codes, strict=True):
        _, first = np.unique(code, return_index=True)
        parts = [texts[name].take(as_arrow(first)).to_pylist() for name in names[label]]
        out.append(tuple(":".join(row) for row in zip(*parts, strict=True)))
    return tuple(out)
