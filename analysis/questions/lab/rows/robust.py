"""Standard errors robust to clusters: of a model without random terms by default, of others where
it is asked for."""

from dataclasses import dataclass, replace

from analysis.base.errors import ModelError
from analysis.models.criterion.problem import Problem
from analysis.models.criterion.turned import nested_problem
from analysis.models.inference.cluster_robust import ClusterRobust, cluster_robust
from analysis.models.language.design import Design, Variables
from analysis.models.language.factors import check_known
from analysis.models.language.formula import Formula
from analysis.models.language.moments import Moments
from analysis.models.linear.coefficients import t_test
from analysis.models.linear.fit import Solution, solve
from analysis.models.result import Fit
from analysis.questions.lab.rows.row_unit import unit_around
from analysis.store.sources.relation import Source
from analysis.store.sums.column_sql import key_name
from analysis.store.sums.complete import CompleteRows

NONE = "none"
# Clusters times the square of the columns: 56 million take half a minute and 2.8 GB.
MOST_SQUARES = 60_000_000


@dataclass(frozen=True, slots=True)
class Robust:
    """found: the covariance by clusters; sums, problem, solution: of the model."""

    found: ClusterRobust
    sums: Moments
    problem: Problem
    solution: Solution


def cluster_of(robust: str, formula: Formula, opened: Source) -> str:
    """Whose rows may be alike: the group that `robust` names; with '' the unit around the rows of
    a dataset, where the formula has no random term; '' for nobody's.

    FormulaError for an unknown group, ModelError for a model with weights.
    """
    if robust in ("", NONE):
        around = unit_around(opened)
        return around if not (robust or formula.random or formula.weights) else ""
    check_known(robust, opened.kinds, "the clusters of the standard errors")
    if formula.weights:
        raise ModelError(
            "Standard errors that allow for clusters are not worked out for a model with weights",
            where=f"--robust {robust}",
            allowed="a model without weights",
            next_step="leave weights out, or the option",
        )
    return robust


def named_cluster(robust: str) -> tuple[str, ...]:
    """The group among the names that a source is opened for; none where it finds it itself."""
    return () if robust in ("", NONE) else (robust,)


def with_unit(opened: Source, names: tuple[str, ...], cluster: str) -> Source:
    """The source with the key of the unit around its rows, which nobody named."""
    if not cluster or cluster in names or opened.relation_of is None:
        return opened
    return replace(opened, relation=opened.relation_of((*names, cluster)))


def with_cluster(variables: Variables, cluster: str) -> Variables:
    """The variables with the cluster as one of the groups that a row must have."""
    if not cluster or cluster in variables.grouping:
        return variables
    return replace(variables, grouping=(*variables.grouping, cluster))


def check_clusters(rows: CompleteRows, design: Design, cluster: str) -> None:
    """ModelError where a square of the coefficients for each cluster would not fit."""
    sql = f"SELECT count(DISTINCT {key_name(cluster)}) FROM {rows.relation}"
    clusters, p = rows.source.cursor.execute(sql).fetchall()[0][0], len(design.x)
    if clusters * p**2 > MOST_SQUARES:
        raise ModelError(
            f"Standard errors of {p:,} coefficients that allow for {clusters:,} clusters are too "
            "much to work out",
            where=f"--robust {cluster}",
            allowed=f"at most {int((MOST_SQUARES / clusters) ** 0.5):,} coefficients with these",
            next_step="add a random term, such as (1 | group), choose 'none' for the robust "
            "errors, or leave an interaction out",
        )


def robust_of(sums: Moments) -> Robust:
    """Of a regression. sums: with a gram by the clusters."""
    problem = nested_problem(sums)
    solution = solve(problem, True)
    return Robust(cluster_robust(sums, problem, solution), sums, problem, solution)


def robustly(fit: Fit, robust: Robust, cluster: str) -> Fit:
    """The same coefficients with the standard errors, degrees of freedom and tests of `robust`."""
    problem = robust.problem
    covariance = problem.x_to_raw @ robust.found.covariance @ problem.x_to_raw.T
    degrees = robust.found.degrees(problem.x_to_raw)
    fixed = []
    for j, f in enumerate(fit.fixed):
        se, df = float(covariance[j, j] ** 0.5), float(degrees[j])
        statistic, p, low, high = t_test(f.estimate, se, df)
        fixed.append(replace(f, se=se, df=df, statistic=statistic, p=p, low=low, high=high))
    return replace(fit, fixed=tuple(fixed), df_method="CR2", cluster=cluster)
