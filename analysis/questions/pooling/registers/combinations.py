"""Whom combinations of columns single out, found by sums alone: the rows stay in the register.

`isolation.isolated`, with the weighted products of each step summed there: a step needs of each
person the products of her columns with each other, weighted by what the combination is for her.
"""

from dataclasses import dataclass

import numpy as np

from analysis.models.language.moments import Moments
from analysis.questions.pooling.isolation import MOST, RANK, ZERO
from analysis.store.sums.column_sql import key_name, scaled_sql
from analysis.store.sums.complete import CompleteRows

STEPS = 22  # until nothing smaller than ZERO is left to be told apart
FINEST = 1e-8
INDEPENDENT = 1e-12  # relative size of an eigenvalue of the products that rounding makes
AT_ONCE = 500  # sums asked in one statement


@dataclass(frozen=True, slots=True)
class There:
    """The columns of a design where they lie. relation: SQL of c0, c1, …, on the grid of the sums,
    with the person; gram: (d, d) their products over all rows, the response's last."""

    rows: CompleteRows
    relation: str
    by: str
    gram: np.ndarray

    def people(self, parts: list[str], of: str) -> str:
        """SQL of one row a person: each of the parts summed over her rows. of: SQL that follows
        FROM."""
        if not self.by:
            return f"(SELECT {', '.join(f'{p} AS s{i}' for i, p in enumerate(parts))} FROM {of})"
        sums = ", ".join(f"sum({p}) AS s{i}" for i, p in enumerate(parts))
        return f"(SELECT {sums} FROM {of} GROUP BY {self.by})"

    def asked(self, sql: str) -> np.ndarray:
        """(rows, columns) of numbers."""
        found = self.rows.source.cursor.execute(sql).fetchall()
        return np.array(found, dtype=float).reshape(len(found), -1) if found else np.zeros((0, 0))


def there(rows: CompleteRows, sums: Moments, person: str, keys: tuple[str, ...] = ()) -> There:
    """keys: further columns of the rows that the relation has."""
    by = key_name(person) if person else ""
    design = sums.design
    of_name = {c.name: c for c in (*design.columns, design.response)}
    grid = zip(sums.names, sums.centre, sums.scale, strict=True)
    columns = [scaled_sql(of_name[n], m, s) if n in of_name else "1.0" for n, m, s in grid]
    named = [f"{sql} AS c{i}" for i, sql in enumerate(columns)]
    kept = [*keys, *([by] if by and by not in keys else [])]
    relation = f"(SELECT {', '.join([*kept, *named])} FROM {rows.relation})"
    return There(rows, relation, by, sums.total)


def dominated(at: There, most: float) -> list[int]:
    """Positions of the columns whose sum of squares around the mean is mostly one person's."""
    mean = at.gram[0] / at.gram[0, 0]
    squares = [f"pow(c{i} - {float(m)!r}::DOUBLE, 2)" for i, m in enumerate(mean)]
    asked = ", ".join(f"max(s{i}), sum(s{i})" for i in range(len(mean)))
    found = at.asked(f"SELECT count(*), {asked} FROM {at.people(squares, at.relation)}")[0]
    largest, total = found[1::2], found[2::2]
    return [i for i in range(1, len(mean)) if found[0] > 1 and largest[i] > most * total[i] > 0]


def isolated_there(at: There, people: int, least: int) -> int:
    """As `isolation.isolated` counts the people, of the predictors over all rows."""
    if people < least:
        return people
    turn = _orthonormal(at.gram[:-1, :-1])
    size = turn.shape[1]
    basis = ", ".join(f"{_sum_of(column)} AS b{k}" for k, column in enumerate(turn.T))
    inner = f"(SELECT {', '.join([*([at.by] if at.by else []), basis])} FROM {at.relation})"
    pairs = [(i, j) for i in range(size) for j in range(i, size)]
    products = at.people([f"b{i} * b{j}" for i, j in pairs], inner)
    diagonal = " + ".join(f"s{k}" for k, (i, j) in enumerate(pairs) if i == j)
    every = ", ".join(f"s{k}" for k in range(len(pairs)))
    near = at.asked(
        f"SELECT {every} FROM {products} WHERE {diagonal} >= {1 / max(1, least - 1) - RANK!r} "
        f"ORDER BY {diagonal} DESC LIMIT {MOST}"
    )
    found, batch = 0, max(1, AT_ONCE // len(pairs))
    for first in range(0, len(near), batch):
        wanted = [_row(_square(own, pairs, size)) for own in near[first : first + batch]]
        weights = _sparsest(at, products, pairs, wanted)
        found += int((_support(at, turn, weights) < least).sum())
    return found


def _orthonormal(gram: np.ndarray) -> np.ndarray:
    """(d, r): columns times it are orthonormal, each column brought to one size first."""
    size = np.sqrt(np.diag(gram))
    kept = size > 0
    scale = np.where(kept, 1 / np.where(kept, size, 1), 0)
    values, vectors = np.linalg.eigh(gram * scale[:, None] * scale)
    whole = values > INDEPENDENT * values[-1] * len(gram)
    return scale[:, None] * vectors[:, whole] / np.sqrt(values[whole])


def _sum_of(weights: np.ndarray) -> str:
    return " + ".join(f"{float(w)!r}::DOUBLE * c{i}" for i, w in enumerate(weights))


def _square(own: np.ndarray, pairs, size: int) -> np.ndarray:
    whole = np.zeros((size, size))
    for value, (i, j) in zip(own, pairs, strict=True):
        whole[i, j] = whole[j, i] = value
    return whole


def _row(products: np.ndarray) -> np.ndarray:
    """(r,) what stands for a person's rows: the direction in which they are largest."""
    values, vectors = np.linalg.eigh(products)
    return vectors[:, -1] * np.sqrt(values[-1])


def _sparsest(at: There, products: str, pairs, wanted: list[np.ndarray]) -> list[np.ndarray]:
    """For each row wanted, the combination that is 1 there and zero for as many as can be."""
    size, every = len(wanted[0]), ", ".join(f"s{k}" for k in range(len(pairs)))
    inner = [np.eye(size) for _ in wanted]
    smoothing = 1.0
    for _ in range(STEPS):
        made = []
        for own, row in zip(inner, wanted, strict=True):
            own = own + np.eye(size) * 1e-14 * np.trace(own)
            w = np.linalg.solve(own, row)
            made.append(w / (row @ w))
        smoothing = max(smoothing / 3, FINEST)
        near, weights = f"{smoothing**2!r}::DOUBLE", []
        for place, w in enumerate(made):
            twice = [(2 - (i == j)) * w[i] * w[j] for i, j in pairs]
            value = " + ".join(f"{float(t)!r}::DOUBLE * s{k}" for k, t in enumerate(twice))
            weights.append(f"{near} / (abs({value}) + {near}) AS w{place}")
        weighed = f"(SELECT {', '.join([every, *weights])} FROM {products})"
        sums = [f"sum(s{k} * w{place})" for place in range(len(made)) for k in range(len(pairs))]
        found = at.asked(f"SELECT {', '.join(sums)} FROM {weighed}")[0]
        inner = [_square(own, pairs, size) for own in found.reshape(len(wanted), -1)]
    return made


def _support(at: There, turn: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """(C,) how many people each combination of the basis is not zero for."""
    squares = at.people([f"pow({_sum_of(turn @ w)}, 2)" for w in weights], at.relation)
    places = range(len(weights))
    largest = at.asked(f"SELECT {', '.join(f'max(s{i})' for i in places)} FROM {squares}")[0]
    asked = [f"count(*) FILTER (WHERE s{i} > {float(largest[i] * ZERO**2)!r})" for i in places]
    return at.asked(f"SELECT {', '.join(asked)} FROM {squares}")[0]
