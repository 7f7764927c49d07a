"""The way back from a model as files: scripts that give its numbers again, its rows, its table.

Everything is for those who may see the data: each name and each file says that it is internal.
"""

import re
from pathlib import Path

from analysis.base.errors import RequestError
from analysis.models.logistic.result import LogisticFit
from analysis.models.result import Fit
from analysis.presentation import exports
from analysis.presentation.tables.models import model_tables
from analysis.presentation.words.models import scripts
from analysis.questions.lab.question import ModelQuestion
from analysis.questions.lab.way_back.analysis_rows import analysis_rows


def model_name(formula: str) -> str:
    """A formula as the middle of a file's name, cut to what a folder shows. Worked: 'phq9 ~
    session + (1 | patient)' -> 'phq9-by-session-1-patient'."""
    text = formula.replace("~", " by ")
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")


def write_way_back(
    question: ModelQuestion, fit: Fit | LogisticFit, folder: Path, synthetic: bool = False
) -> list[Path]:
    """The paths written: R script, its rows, Python script, coefficients as CSV and LaTeX.
    RequestError where the folder cannot be written."""
    data = Path(str(question.dataset)).stem
    named = ("internal", data, model_name(question.formula))

    def called(*parts: str, ending: str) -> str:
        return exports.file_name(*named, *parts, ending=ending, synthetic=synthetic)

    logistic = isinstance(fit, LogisticFit)
    table = model_tables.odds_ratios(fit) if logistic else model_tables.coefficients(fit)
    rows_file = called("rows", ending="csv")
    rows = analysis_rows(question).rows
    latex = exports.table_latex(table, synthetic, internal=True)
    files: dict[str, bytes] = {
        rows_file: exports.table_csv(rows, synthetic, internal=True),
        called(ending="R"): scripts.r_script(question, fit, rows_file).encode(),
        called(ending="py"): scripts.python_script(question, fit).encode(),
        called("coefficients", ending="csv"): exports.table_csv(
            [dict(row) for row in table.exact], synthetic, internal=True
        ),
        called("coefficients", ending="tex"): latex.encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise RequestError(
            f"The files could not be written ({error.strerror})", where=str(folder)
        ) from None
    return [folder / name for name in files]
