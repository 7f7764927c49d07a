"""Commands for sites that pool by sums: moments, pool."""

from pathlib import Path

from analysis.application.options import add_command, add_fit_options, level_list, whole
from analysis.application.terminal import say, warn_of_secret

NO_MEMORY = (
    "What was written of a plain file or a register is not remembered: compare this file with "
    "earlier ones yourself (docs/pooling.md)."
)


def add(commands) -> None:
    example = 'moments ourclinic "phq9 ~ session + (1 | patient)" --out ourclinic.sums'
    out = add_command(
        commands, _moments, "write the sums that a model needs, to pool with other sites", example
    )
    out.add_argument(
        "name", metavar="NAME", help="a dataset's name, a file, or a register's address"
    )
    out.add_argument("formula", metavar="FORMULA", help="the same at every site")
    out.add_argument("--out", required=True, type=Path, metavar="FILE")
    who = out.add_mutually_exclusive_group()
    who.add_argument(
        "--patient",
        metavar="COLUMN",
        help="tells patients apart (default: the dataset's patients; a file's column 'patient', "
        "else the innermost group)",
    )
    who.add_argument("--patient-per-row", action="store_true", help="each row is another patient")
    out.add_argument(
        "--min-patients",
        type=whole(2, 1000),
        default=8,
        metavar="K",
        help="fewest patients that a sum may stand for (default 8)",
    )
    out.add_argument(
        "--allow-small", action="store_true", help="write sums over fewer patients all the same"
    )
    out.add_argument(
        "--levels",
        type=level_list,
        action="append",
        default=[],
        metavar="VARIABLE=A,B",
        help="all levels of a category, where a site lacks some",
    )

    example = "pool north.sums south.sums"
    pool = add_command(
        commands, _pool, "fit one model to the sums of several sites, as if to all rows", example
    )
    pool.add_argument("files", metavar="FILE", nargs="+", type=Path, help="what 'moments' wrote")
    add_fit_options(pool)


def _moments(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import moments_json
    from analysis.application.printing.as_text import moments_text
    from analysis.questions.opening import is_in_store
    from analysis.questions.pooling.pooling import ROWS, write_moments
    from analysis.sharing.sections.telling.beside.summed import admit_file

    warn_of_secret(options.name)
    site = write_moments(
        options.formula,
        options.name,
        options.out,
        patient=ROWS if options.patient_per_row else options.patient,
        least=options.min_patients,
        allow_small=options.allow_small,
        levels=dict(options.levels),
        store=options.store,
        admit=admit_file,
    )
    memory = () if is_in_store(options.name) else (NO_MEMORY,)
    say("\n".join((*site.notes, site.disclosure.sentence(), *memory)))
    return moments_json(site, options.out), moments_text(site, options.out)


def _pool(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import fit_json
    from analysis.application.printing.as_text import fit_text
    from analysis.questions.pooling.pooled_fit import pool_files

    fit = pool_files(options.files, method=options.method, df=options.df)
    return fit_json(fit), fit_text(fit)
