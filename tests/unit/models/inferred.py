"""R's stored inference (tests/reference/inference.R), and moments of the same files."""

import json
from functools import cache

from analysis.models.language.design import build_design, formula_variables, mentioned
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.questions.opening import open_source
from analysis.store.sums.complete import complete_rows
from analysis.store.sums.moments import moments
from tests.unit.models.stored import REFERENCE


@cache
def inferred(part: str) -> list[dict]:
    """part: 'joint', 'profile', 'ranef', 'compare' or 'boot'."""
    return json.loads((REFERENCE / "inference.json").read_text())[part]


def label(case: dict) -> str:
    return f"{case['data']}: {case.get('formula') or case['larger']}"


@cache
def moments_of_file(data: str, formula: str) -> Moments:
    """With the groups' names."""
    parsed = parse_formula(formula)
    with open_source(REFERENCE / "data" / data, mentioned(parsed)) as source:
        rows = complete_rows(source, formula_variables(parsed, source.kinds))
        design = build_design(parsed, source.kinds, rows.levels)
        return moments(rows, design, with_labels=True)
