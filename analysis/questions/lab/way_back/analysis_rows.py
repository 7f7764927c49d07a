"""The rows that a model used, every variable of it computed, people and units by a number alone.

They are the clinic's own rows: internal, and marked so. Groups have numbers in an order drawn at
random, so that no number tells whose row it is; scores and their times stay as they are, because
the model needs them.
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from analysis.base.errors import ModelError, RequestError
from analysis.models.language.design import formula_variables, mentioned, offset_expressions
from analysis.models.language.events import with_event
from analysis.models.language.formula import Formula, parse_formula
from analysis.questions.lab.binary import with_category
from analysis.questions.lab.fitting.following import Unlike, series_name, with_residuals
from analysis.questions.lab.question import ModelQuestion, checked_question
from analysis.questions.lab.rows.robust import cluster_of, named_cluster, with_cluster, with_unit
from analysis.questions.lab.rows.row_unit import check_row_unit
from analysis.questions.opening import open_source
from analysis.store.sums.column_sql import key_name, text_name
from analysis.store.sums.complete import CompleteRows, complete_rows
from analysis.store.versions.naming import quoted

MOST_ROWS = 1_000_000
SEED = 20_261_128  # of the groups' numbers: the same rows have the same ones again


@dataclass(frozen=True, slots=True)
class AnalysisRows:
    """columns: name as another program writes it -> N values, a text, a number or None. cluster:
    for whose likeness the standard errors allow, '' for none."""

    columns: dict[str, list]
    cluster: str

    @property
    def rows(self) -> list[dict]:
        """One dict a row."""
        names, each = list(self.columns), zip(*self.columns.values(), strict=True)
        return [dict(zip(names, values, strict=True)) for values in each]


def analysis_rows(question: ModelQuestion) -> AnalysisRows:
    """RequestError of a register, whose rows stay where they are; ModelError for too many rows."""
    q = checked_question(question)
    parsed = parse_formula(q.formula, q.weights)
    offsets = parsed.offsets
    if q.logistic:
        parsed = with_event(parsed)
    unlike = Unlike.of(q.serial, q.spread)
    named = (*mentioned(parsed), *named_cluster(q.robust), *unlike.names)
    with open_source(q.dataset, named, q.version, q.store) as opened:
        if opened.inline:
            raise RequestError("The rows of a register stay where they are", where=opened.name)
        if q.logistic:
            parsed = with_category(replace(parsed, offsets=()), opened)
        cluster = "" if q.logistic or unlike else cluster_of(q.robust, parsed, opened)
        opened = with_unit(opened, named, cluster)
        check_row_unit(parsed, opened)
        variables = with_cluster(formula_variables(parsed, opened.kinds), cluster)
        if unlike:
            series = series_name(unlike, parsed, opened)
            variables = with_residuals(variables, unlike, series, opened)
        if q.logistic and offsets:
            added = offset_expressions(replace(parsed, offsets=offsets), opened.kinds)
            variables = replace(variables, numeric=(*variables.numeric, *added))
        rows = complete_rows(opened, variables)
        if rows.rows > MOST_ROWS:
            raise ModelError(
                f"{rows.rows:,} rows are too many for a file to hand on",
                where="the analysis data",
                allowed=f"at most {MOST_ROWS:,}",
            )
        return AnalysisRows(_columns(rows, parsed, variables), cluster)


def plain_name(name: str) -> str:
    """A variable as R and Python name a column. Worked: 'within(x)' -> 'within_x'."""
    found = re.sub(r"\W+", "_", name).strip("_")
    return found if found[:1].isalpha() else f"x_{found}"


def _columns(rows: CompleteRows, parsed: Formula, variables) -> dict[str, list]:
    numbers = dict.fromkeys(v for e in variables.numeric for v in e.variables())
    if parsed.weights:
        numbers[parsed.weights] = None
    # A category that groups, too, is told by its levels, as its coefficients are.
    texts = [n for n in variables.categorical if n not in numbers]
    grouping = set(variables.grouping) - set(numbers) - set(texts)
    wanted = {n: quoted(n) for n in numbers} | {n: text_name(n) for n in texts}
    wanted |= {n: key_name(n) for n in variables.grouping if n in grouping}
    sql = f"SELECT {', '.join(wanted.values())} FROM {rows.relation}"
    table = rows.source.cursor.sql(sql).to_arrow_table().combine_chunks()
    chance = np.random.default_rng(SEED)
    out = {}
    for k, name in enumerate(wanted):
        values = table.column(k).to_pylist()
        if name in grouping:
            codes = np.unique(np.array(values, dtype=str), return_inverse=True)[1]
            values = (1 + chance.permutation(codes.max() + 1)[codes]).tolist()
        out[plain_name(name)] = values
    return out
