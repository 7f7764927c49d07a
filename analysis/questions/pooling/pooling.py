"""Sites pool a mixed model without sharing a row: each writes sums, one adds them and fits.

Idea: Luo et al. 2022, doi:10.1038/s41467-022-29160-4. The estimates are those of the pooled rows,
groups of different sites being different groups.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.base.errors import RequestError, did_you_mean
from analysis.measures.conventions import FEWEST_TOLD
from analysis.models.language.design import (
    Design,
    Variables,
    build_design,
    formula_variables,
    mentioned,
    named_bases,
)
from analysis.models.language.formula import parse_formula
from analysis.models.language.moments import Moments
from analysis.models.pooled.aggregates import Aggregates, aggregate
from analysis.questions.opening import is_in_store, open_source
from analysis.questions.pooling.agreement import MEANING
from analysis.questions.pooling.exchange import MomentsFile, sorted_levels, write_file
from analysis.questions.pooling.registers.judged import judged_there
from analysis.questions.pooling.singled_out import singled_out, singled_out_by_units
from analysis.questions.pooling.small_groups import Disclosure, counted
from analysis.questions.pooling.whose_rows import check_no_names, check_row_per_patient
from analysis.store.place import Store
from analysis.store.sources.relation import Source
from analysis.store.sums.complete import CompleteRows, complete_rows
from analysis.store.sums.design_rows import design_rows
from analysis.store.sums.moments import moments
from analysis.store.sums.people_behind import people, small_cells, unit_people
from analysis.store.sums.row_values import RowValues, row_values
from analysis.store.versions import catalogue
from analysis.store.versions.catalogue import DatasetInfo
from analysis.store.versions.dataset import open_dataset

ROWS = ""  # as `patient`: each row is another patient
Admit = Callable[[DatasetInfo, RowValues, MomentsFile, Store | None], None]


def write_moments(
    formula: str,
    source: str | Path,
    out: str | Path,
    *,
    patient: str | None = None,
    least: int = FEWEST_TOLD,
    allow_small: bool = False,
    levels: dict[str, tuple[str, ...]] | None = None,
    store: Store | None = None,
    admit: Admit | None = None,
) -> MomentsFile:
    """Writes the sums that `formula` needs of a dataset, file or register, to `out`.

    patient: the column that tells patients apart, ROWS where each row is another one. None: a
    dataset's patients, a file's column 'patient', else the innermost group of the formula.
    least: fewest patients that a sum may stand for; allow_small: write smaller ones all the same.
    levels: category -> all its values, where a site lacks some. store: where a dataset lies, None
    for this process's own. admit: told of a dataset's file before it is written, may refuse it.
    Rows with a missing value are left out and counted, as by `fit`. RequestError where sums stand
    for too few.
    """
    info = catalogue.find(str(source), store=store) if is_in_store(source) else None
    site = site_sums(
        formula,
        source,
        version=info.version if info else "",
        patient=patient,
        least=least,
        allow_small=allow_small,
        levels=levels,
        store=store,
    )
    if site.disclosure.is_small and not allow_small:
        raise _too_small(site)
    if info and admit:
        admit(info, _row_values(formula, info, store), site, store)
    return replace(site, sha256=write_file(Path(out), site))


def site_sums(
    formula: str,
    source: str | Path,
    *,
    patient: str | None = None,
    least: int = FEWEST_TOLD,
    allow_small: bool = False,
    levels: dict[str, tuple[str, ...]] | None = None,
    version: str = "",
    store: Store | None = None,
) -> MomentsFile:
    """What `write_moments` would write, with its Disclosure; writes nothing.

    version: of the dataset, '' for the current.
    """
    parsed = parse_formula(formula)
    named = mentioned(parsed)
    dictionary, person = _dictionary_and_person(source, named, patient, version, store)
    asked = [*named, *([person] if person else [])]
    names = tuple(dict.fromkeys(asked))
    if patient == ROWS:
        check_row_per_patient(source, named, version, store)
    with open_source(source, names, version, store) as opened:
        variables = formula_variables(parsed, opened.kinds)
        person = _known_person(opened, person, patient)
        if not allow_small:
            check_no_names(variables, person)
        rows = _rows_with_person(opened, variables, person)
        known = _levels(rows, variables, named_bases(parsed, opened.kinds), levels or {})
        design = build_design(parsed, opened.kinds, lambda name: list(known[name]))
        sums = moments(rows, design)
        site, entry = aggregate(sums)
        person, counted_by = _counted_by(sums, person)
        disclosure = _disclosure(rows, design, sums, site, entry, person, least)
    used = variables.names()
    return MomentsFile(
        formula=parsed.text,
        kinds={name: opened.kinds[name] for name in used},
        levels=known,
        dictionary={name: dictionary[name] for name in used if name in dictionary},
        sums=site,
        disclosure=replace(disclosure, counted_by=counted_by, allowed=allow_small),
        notes=opened.notes,
    )


def _row_values(formula: str, info: DatasetInfo, store: Store | None) -> RowValues:
    """What a dataset's file is made of, whoever was said to count as a patient: by the dataset's
    patients, or by therapist or clinic where nothing finer is named."""
    parsed = parse_formula(formula)
    names = mentioned(parsed)
    with open_source(info.name, names, info.version, store) as opened:
        person = opened.unit if opened.unit in ("therapist", "clinic") else "patient"
    treatment = "episode" if person == "patient" else ""
    keys = [key for key in (person, treatment) if key]
    names = tuple(dict.fromkeys([*names, *keys]))
    with open_source(info.name, names, info.version, store) as opened:
        variables = formula_variables(parsed, opened.kinds)
        own = replace(variables, grouping=tuple(dict.fromkeys([*variables.grouping, person])))
        every = replace(variables, grouping=tuple(dict.fromkeys([*variables.grouping, *keys])))
        return row_values(complete_rows(opened, every), own, person, treatment)


def _dictionary_and_person(
    source, names, patient: str | None, version: str, store: Store | None
) -> tuple[dict[str, dict], str]:
    """The meaning of each variable of a dataset, and the column that tells patients apart."""
    if not is_in_store(source):
        return {}, "patient" if patient is None else patient
    with open_dataset(catalogue.find(str(source), version, store)) as dataset:
        variables = {v.name: v for v in dataset.variables}
    dictionary = {n: {f: getattr(v, f) for f in MEANING} for n, v in variables.items()}
    if patient is not None:
        return dictionary, patient
    units = {variables[n].unit if n in variables else n for n in names}
    # Rows are therapists or clinics where nothing finer is named: each is a person then.
    return dictionary, ROWS if units and units <= {"therapist", "clinic"} else "patient"


def _known_person(opened: Source, person: str, asked: str | None) -> str | None:
    """The column, ROWS, or None where the data have none and none was named."""
    if person == ROWS or person in opened.kinds:
        return person
    if asked is None:
        return None
    close = did_you_mean(asked, list(opened.kinds))
    raise RequestError(
        f"There is no column '{asked}'" + (f"; {close}" if close else ""),
        where="--patient",
        allowed=", ".join(list(opened.kinds)[:30]),
        next_step="name the column that tells patients apart",
    )


def _rows_with_person(opened: Source, variables: Variables, person: str | None) -> CompleteRows:
    """The rows of the fit, each with its patient; RequestError where one has none."""
    rows = complete_rows(opened, variables)
    if not person or person in variables.grouping:
        return rows
    kept = rows.rows
    rows = complete_rows(opened, replace(variables, grouping=(*variables.grouping, person)))
    if rows.rows < kept:
        raise RequestError(
            f"{kept - rows.rows:,} rows do not say which patient they belong to",
            where=f"column '{person}'",
            allowed="a value in every row that is used",
            next_step="fill it in, or name another column with --patient",
        )
    return rows


def _levels(rows: CompleteRows, variables: Variables, bases, declared) -> dict:
    """Category -> its levels: those that occur, a base that the formula names, those declared."""
    unknown = [name for name in declared if name not in variables.categorical]
    if unknown:
        raise RequestError(
            f"'{unknown[0]}' is no category of the formula",
            where="--levels",
            allowed=", ".join(variables.categorical) or "none: the formula has no category",
        )
    out = {}
    for name in variables.categorical:
        occur = rows.levels(name)
        if name in declared and not set(occur) <= set(declared[name]):
            raise RequestError(
                f"'{name}' has levels that --levels does not name",
                where=f"--levels {name}=…",
                allowed="all levels that occur, and more",
                next_step="add the missing levels, the same at every site",
            )
        found = {*occur, *declared.get(name, ()), *([bases[name]] if name in bases else [])}
        out[name] = sorted_levels(found, rows.source.kinds[name])
    return out


def _counted_by(sums: Moments, person: str | None) -> tuple[str, str]:
    """The column that tells patients apart and how a reader is told so."""
    if person == ROWS:
        return ROWS, "each row counted as one"
    if person:
        return person, f"told apart by '{person}'"
    if not sums.groupings:
        raise RequestError(
            "Nothing tells patients apart, so small groups cannot be found",
            where="the columns of the data",
            allowed="a column 'patient', or one named by --patient",
            next_step="name it, or say --patient-per-row where each row is another patient",
        )
    inner = sums.groupings[0].split(":")[0]
    return inner, f"each '{inner}' counted as one"


def _disclosure(rows, design: Design, sums, site: Aggregates, entry, person, least) -> Disclosure:
    if person == ROWS:
        stands_for = np.bincount(entry, weights=sums.counts)
    else:
        unit, who = unit_people(rows, design, person)
        pairs = np.unique(np.stack([entry[unit], who]), axis=1)
        stands_for = np.bincount(pairs[0], minlength=len(site.entry_units))
    cells = small_cells(rows, design, person, least)
    found = ()
    if rows.source.inline:  # a register's rows stay where they are
        if person == ROWS:  # two stand for more
            unit = np.repeat(np.arange(len(entry)), np.minimum(sums.counts, 2).astype(int))
            who = np.arange(len(unit))
        by_units = singled_out_by_units(sums, site, entry, unit, who, least)
        found = (*judged_there(rows, sums, site, entry, person, least), *by_units)
    else:
        found = singled_out(design_rows(rows, design, person), design, site, entry, least)
    return Disclosure(
        patients=people(rows, person),
        counted_by="",
        least=least,
        entries=len(stands_for),
        small_entries=int((stands_for < least).sum()),
        small_cells=tuple((" x ".join(c.variables), c.cells) for c in cells),
        allowed=False,
        singled_out=tuple((f.where, f.people) for f in found),
    )


def _too_small(site: MomentsFile) -> RequestError:
    told = site.disclosure
    where = [f"{told.patients:,} patients in all"] * (told.patients < told.least)
    if told.small_entries:
        outer = " and ".join(f"'{g}'" for g in site.sums.groupings[1:2])
        by = f"{outer} and pattern of measurements" if outer else "pattern of measurements"
        where.append(f"{told.small_entries:,} of {told.entries:,} sums by {by}")
    where += [f"{counted(n, 'cell')} of {name}" for name, n in told.small_cells]
    where += [name for name, _ in told.singled_out]
    return RequestError(
        f"Nothing was written: some sums would tell about fewer than {told.least} patients "
        f"({told.counted_by})",
        where="; ".join(where),
        allowed=f"sums over at least {told.least} patients",
        next_step="use one row a patient with (1 | therapist), whole numbers as times, or fewer "
        "levels; a lower --min-patients, where your rules allow it; or --allow-small, where those "
        "who answer for the data agree that the file is data about persons",
    )
