"""Files of sums become one fit: that of all sites' rows in one table."""

import time
from dataclasses import replace
from pathlib import Path

from numpy.linalg import LinAlgError

from analysis.models.language.design import build_design
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.models.linear.fit import fit_moments
from analysis.models.pooled.recoding import Site, merged, model_columns
from analysis.models.result import Fit, Seconds
from analysis.questions.lab.effects import check_options
from analysis.questions.pooling.agreement import check_belong_together, notes
from analysis.questions.pooling.exchange import MomentsFile, foreign, read_file, sorted_levels


def pool_files(paths: list[str | Path], method: str = "REML", df: str = "satterthwaite") -> Fit:
    """Fits the model whose sums `paths` hold, as if all rows lay in one table.

    method, df: as `fit_formula`. RequestError where the files do not belong together: one site,
    the same sums twice, other formulae, kinds, meanings of a variable or order of the groups.
    """
    began = time.perf_counter()
    check_options(method, df)
    files = [(Path(p).name, read_file(Path(p))) for p in paths]
    check_belong_together(files)
    try:
        sums = _merged(files)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError, LinAlgError):
        # Sealed, and each alone in order: the numbers cannot have come from one model's rows.
        raise foreign(", ".join(name for name, _ in files)) from None
    summed = time.perf_counter()
    fit = fit_moments(sums, method, df)
    ended = time.perf_counter()
    status = replace(fit.status, messages=(*fit.status.messages, *notes(files)))
    seconds = Seconds(summed - began, ended - summed, ended - began)
    return replace(fit, status=status, seconds=seconds)


def _merged(files: list[tuple[str, MomentsFile]]) -> Moments:
    first = files[0][1]
    known = {name: {v for _, s in files for v in s.levels.get(name, ())} for name in first.levels}
    levels = {name: sorted_levels(found, first.kinds[name]) for name, found in known.items()}
    design = build_design(parse_formula(first.formula), first.kinds, lambda n: list(levels[n]))
    return merged([_site(name, file) for name, file in files], design)


def _site(name: str, file: MomentsFile) -> Site:
    """The file's sums with the design that its formula and levels give."""
    formula = parse_formula(file.formula)
    try:
        design = build_design(formula, file.kinds, lambda n: list(file.levels[n]))
    except KeyError:
        raise foreign(name) from None
    if tuple(c.name for c in model_columns(design)) != file.sums.names:
        raise foreign(name)
    return Site(file.sums, design, file.levels)
