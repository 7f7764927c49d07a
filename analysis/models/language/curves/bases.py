"""The columns of polynomials and splines, as R makes them, from the distribution of their argument.

Each is plain arithmetic on its argument, which any database can compute. Constants that depend on
the data come from the complete rows.
"""

from analysis.base.errors import FormulaError
from analysis.models.language.curves.basis_calls import BasisCall, Rows
from analysis.models.language.curves.polynomials import polynomial, scaled
from analysis.models.language.curves.splines import b_spline, natural_spline
from analysis.models.language.expressions import Expression

_MAKE = {"poly": polynomial, "ns": natural_spline, "bs": b_spline, "scale": scaled}


def basis_columns(call: BasisCall, rows: Rows | None) -> list[tuple[str, Expression]]:
    """(name, expression) of each column, named as R's model.matrix does.

    rows: gives the distribution of an expression over the rows used; None where no rows may
    decide (several sites): FormulaError then for a basis that would differ between them.
    ModelError where the rows have too few different values.
    """
    if rows is None and call.depends_on_rows:
        raise FormulaError(
            f"The columns of '{call.text}' depend on the rows, which differ between sites",
            where=f"'{call.text}'",
            allowed="ns or bs with knots=c(…) and Boundary.knots=c(…), poly(x, 2, raw=TRUE)",
            next_step="name the knots, the same at each site",
        )
    columns = _MAKE.get(call.kind, scaled)(call, rows)
    if len(columns) == 1:
        return [(call.text, columns[0])]
    return [(f"{call.text}{i}", column) for i, column in enumerate(columns, start=1)]
