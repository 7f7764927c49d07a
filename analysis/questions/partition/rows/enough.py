"""Whether there is enough to answer from: rows, an outcome and predictors that vary."""

from analysis.base.errors import ModelError
from analysis.measures.conventions import ROWS_A_PREDICTOR
from analysis.measures.variables import Variable
from analysis.questions.scope import Scope
from analysis.store.queries.frames import Frame, FrameSpec
from analysis.store.versions.naming import quoted

LEAST_ROWS = 10
# How the reasons begin of rows whose outcome does not come after the predictors.
LATE = ("no score after", "no score before", "the score lies before")


def check_rows(cursor, frame: Frame, scope: Scope, spec: FrameSpec) -> None:
    """ModelError in plain words where the complete rows cannot answer `scope`."""
    out = "; ".join(f"{n:,}: {reason}" for reason, n in frame.rows_out.items())
    if frame.rows < LEAST_ROWS and any(r.startswith(LATE) for r in frame.rows_out):
        raise ModelError(
            f"Only {frame.rows} rows have scores in the order that this question needs: intake "
            "before the early sessions end, the outcome after them",
            where=f"sessions {spec.window[0]} to {spec.window[1]} are early; {out}",
            allowed="a first score before the landmark and a last one after it",
            next_step="choose another window, adjust for nothing, or ask the question 'next'",
        )
    varies = _varying(cursor, frame)
    # What is the same in all rows is no column of the model: its factor can't be told.
    columns = max(sum(varies[c.name] for c in frame.columns), 1)
    if frame.rows < ROWS_A_PREDICTOR * columns:
        raise ModelError(
            f"Only {frame.rows} rows have everything that this question needs",
            where=out,
            allowed=f"at least {ROWS_A_PREDICTOR * columns}: {ROWS_A_PREDICTOR} complete rows for "
            f"each of {columns} predictors",
            next_step="leave out the factor whose variables are missing most, or choose another "
            "window",
        )
    _check_varies(varies, frame, scope, spec.outcome)


def _varying(cursor, frame: Frame) -> dict[str, bool]:
    """Whether the outcome 'y' and each predictor column differ between any rows."""
    names = ["y", *(c.name for c in frame.columns)]
    picked = ", ".join(
        f"min({quoted(n)}) < max({quoted(n)}) OR NOT bool_and(isfinite({quoted(n)}))" for n in names
    )
    found = cursor.execute(f"SELECT {picked} FROM {frame.relation}").fetchone()
    return {name: bool(differs) for name, differs in zip(names, found, strict=True)}


def _check_varies(varies, frame: Frame, scope: Scope, outcome: Variable) -> None:
    if not varies["y"]:
        raise ModelError(
            f"'{outcome.name}' is the same in all {frame.rows:,} rows: there are no differences to "
            "explain",
            where=f"question {scope.question}",
            allowed="an outcome that differs between patients",
            next_step="choose another outcome",
        )
    for factor in dict.fromkeys(scope.factors):
        own = [c for c in frame.columns if c.variable and c.variable.factor == factor]
        if own and not any(varies[c.name] for c in own) and factor == "alliance":
            others = [f for f in scope.factors if f != factor]
            raise ModelError(
                "The alliance is the same in all rows: nothing can go with it",
                where=", ".join(c.term for c in own),
                allowed="ratings that differ between patients",
                next_step=f"ask without it: --factors {' '.join(others)}"
                if others
                else "choose other factors",
            )
