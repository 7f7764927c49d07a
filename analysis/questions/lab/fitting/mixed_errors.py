"""Cluster-robust errors of a model with random terms, from its rows."""

from analysis.base.errors import ModelError
from analysis.models.criterion.by_group import by_group
from analysis.models.criterion.turned import nested_problem
from analysis.models.inference.mixed_robust import mixed_robust
from analysis.models.language.design import Design
from analysis.models.linear.fit import solve
from analysis.questions.lab.rows.robust import Robust
from analysis.store.sums.column_sql import key_name
from analysis.store.sums.complete import CompleteRows
from analysis.store.sums.groups import sorted_codes
from analysis.store.sums.moments import moments, row_arrays

MOST_ROWS = 2_000_000


def mixed_errors(rows: CompleteRows, design: Design, cluster: str, method: str) -> Robust:
    """cluster: a group that holds all groups of the random terms. ModelError where it doesn't,
    where groups are crossed, or for more than MOST_ROWS rows; RequestError for a register."""
    if rows.rows > MOST_ROWS:
        raise ModelError(
            f"{rows.rows:,} rows are too many to be taken one by one",
            where=f"--robust {cluster}",
            allowed=f"at most {MOST_ROWS:,}",
        )
    sums = by_group(moments(rows, design), "")
    problem = nested_problem(sums)
    solution = solve(problem, method == "REML")
    columns, codes, (key,) = row_arrays(rows, design, (key_name(cluster),))
    found = mixed_robust(sums, problem, solution, columns, codes, sorted_codes(key), cluster)
    return Robust(found, sums, problem, solution)
