"""The commands of the door: `python dashboard.py <command>`, `python -m analysis <command>`.

Each command is one small function: options in, (JSON, text) out. What it needs is imported
inside it, so that `--help` works before anything is installed.
"""

import argparse
import contextlib
import os
import sys
import textwrap
from pathlib import Path

from analysis.application.options import Parser, add_command, level_list, name_list, whole
from analysis.base.errors import RapportError, RequestError
from analysis.questions.scope import DEFAULT_FACTORS, Scope


def main(argv: list[str]) -> int:
    """Carries out one command; returns the exit status.

    0 done; 2 a request that can't be done, with one plain message on standard error; 1 a defect
    of Rapport (RAPPORT_DEBUG=1 shows its traceback, which may hold patients' values); 130 Ctrl-C.
    """
    try:
        options = parse(argv)
        # Nothing but the answer may reach standard output, whatever a library prints.
        with contextlib.redirect_stdout(sys.stderr):
            answer, text = options.command(options)
        _print(answer, text, options.json)
        return 0
    except SystemExit as leaving:  # argparse after --help
        return int(leaving.code or 0)
    except RapportError as error:
        _say(f"Rapport: {error}")
        return 2
    except KeyboardInterrupt:
        _say("Stopped.")
        return 130
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("RAPPORT_DEBUG"):
            raise
        # The message and the traceback of a stranger's error may hold patients' values.
        _say(
            f"Rapport failed unexpectedly ({type(error).__name__}). "
            "Next: to see the details, which may hold patients' values, set RAPPORT_DEBUG=1 and "
            "run it again."
        )
        return 1


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one command; `command` among them is the function that does it.

    Raises RequestError for what is unknown or outside its range, SystemExit(0) after --help.
    """
    parser = Parser(
        prog="python dashboard.py",
        description="What explains the success of psychotherapy in your own data.",
        epilog="Without a command: opens the dashboard. 'test': runs the tests. "
        "'<command> --help': its options and an example.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_dataset_commands(commands)
    _add_model_commands(commands)
    _add_pooling_commands(commands)
    _add_report_command(commands)
    return parser.parse_args(argv)


def _add_dataset_commands(commands) -> None:
    demo = add_command(commands, _demo, "write a demo dataset (synthetic)", "demo --episodes 3000")
    demo.add_argument("--episodes", type=whole(1, 10_000_000), default=3000, metavar="N")
    demo.add_argument("--seed", type=whole(0, 2**32 - 1), default=1, metavar="S")
    demo.add_argument("--name", default="demo")

    example = "import ourclinic sessions.csv --mapping ourclinic.toml"
    into = add_command(commands, _import, "import files as a new version of a dataset", example)
    into.add_argument("name", metavar="NAME", help="the dataset's name")
    into.add_argument("files", metavar="FILE", nargs="+", type=Path, help="CSV or Parquet")
    into.add_argument(
        "--mapping", type=Path, metavar="MAP.toml", help="what each column is (default: guessed)"
    )

    add_command(commands, _datasets, "list the datasets", "datasets")
    gone = add_command(commands, _delete, "delete a dataset, all its versions", "delete ourclinic")
    gone.add_argument("name", metavar="NAME")


def _add_model_commands(commands) -> None:
    example = 'fit "phq9 ~ month*arm + (1 | therapist/patient)" --data trial.csv'
    fit = add_command(commands, _fit, "fit a mixed model by lme4's formula", example)
    fit.add_argument("formula", metavar="FORMULA")
    fit.add_argument(
        "--data",
        required=True,
        metavar="SOURCE",
        help="a dataset's name, a CSV or Parquet file, or a register's address "
        "(postgres://…/TABLE, sc://…/TABLE, register:NAME/TABLE)",
    )
    _add_fit_options(fit)
    fit.add_argument(
        "--weights",
        default="",
        metavar="VARIABLE",
        help="each row's prior weight: its residual variance is sigma squared over the weight",
    )
    fit.add_argument(
        "--family",
        choices=("gaussian", "binomial"),
        default="gaussian",
        help="binomial: a logistic model of an outcome that happens (1) or doesn't (0), a text "
        "with two categories, or I(variable == 'category')",
    )
    fit.add_argument(
        "--quadrature",
        type=whole(1, 25),
        default=1,
        metavar="POINTS",
        help="of a logistic model with one random term; 1 is Laplace's approximation",
    )

    example = "partition demo --question end --bootstrap 200"
    part = add_command(commands, _partition, "what explains the outcome, and how much", example)
    part.add_argument("name", metavar="NAME", help="the dataset's name")
    part.add_argument("--question", choices=("end", "next", "growth"), default="end")
    part.add_argument("--outcome", default="", metavar="VARIABLE")
    part.add_argument("--adjust", choices=("intake", "none"), default="intake")
    part.add_argument(
        "--factors", nargs="+", default=DEFAULT_FACTORS, metavar="FACTOR", help="the blocks"
    )
    part.add_argument(
        "--window",
        nargs=2,
        type=whole(0, 1000),
        default=(3, 5),
        metavar=("FIRST", "LAST"),
        help="the sessions that count as early (question end)",
    )
    part.add_argument("--clinics", nargs="+", default=(), metavar="CLINIC", help="only these")
    part.add_argument("--version", default="", help="of the dataset (default: the newest)")
    part.add_argument("--bootstrap", type=whole(0, 100_000), default=200, metavar="B")
    part.add_argument("--seed", type=whole(0, 2**32 - 1), default=1, metavar="S")


def _add_fit_options(command) -> None:
    command.add_argument("--method", type=str.upper, choices=("REML", "ML"), default="REML")
    command.add_argument(
        "--df", choices=("satterthwaite", "kenward-roger", "none"), default="satterthwaite"
    )


def _add_pooling_commands(commands) -> None:
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
    _add_fit_options(pool)


def _add_report_command(commands) -> None:
    example = "report ourclinic --kind outcomes --format html,pdf --out reports"
    report = add_command(commands, _report, "write a report that is safe to share", example)
    report.add_argument("name", metavar="NAME", help="the dataset's name")
    report.add_argument("--kind", default="outcomes", metavar="KIND", help="outcomes or partition")
    report.add_argument(
        "--profile",
        default="share",
        metavar="PROFILE",
        help="share: protected figures (default); internal: exact, not for sharing",
    )
    report.add_argument(
        "--format", type=name_list, default=("html",), metavar="html,pdf,xlsx,docx", dest="formats"
    )
    report.add_argument("--out", required=True, type=Path, metavar="FOLDER")
    report.add_argument("--title", default="", help="of the report")
    report.add_argument("--notes", default="", help="your own words, below the title")
    report.add_argument("--outcome", default="", metavar="VARIABLE")
    report.add_argument("--clinics", nargs="+", default=(), metavar="CLINIC", help="only these")
    report.add_argument("--question", choices=("end", "next"), default="end")
    report.add_argument("--version", default="", help="of the dataset (default: the newest)")
    report.add_argument("--bootstrap", type=whole(0, 100_000), default=200, metavar="B")
    report.add_argument("--seed", type=whole(0, 2**32 - 1), default=1, metavar="S")


def _demo(options) -> tuple[dict, str]:
    from analysis.application.printing.as_text import counts
    from analysis.demo import make_demo

    info = make_demo(name=options.name, episodes=options.episodes, seed=options.seed)
    return _dataset_json(info), f"Dataset '{info.name}' (synthetic) stands: {counts(info.counts)}."


def _import(options) -> tuple[dict, str]:
    from analysis import importing
    from analysis.application.printing.as_text import import_text

    if options.mapping:
        mapping = importing.Mapping.from_toml(options.mapping)
    else:
        mapping = importing.guess_mapping(options.files)
    report = importing.import_files(options.name, options.files, mapping)
    return report.to_json(), import_text(report)


def _datasets(options) -> tuple[dict, str]:
    from analysis.application.printing.as_text import counts, table
    from analysis.store.versions import catalogue

    found = catalogue.datasets()
    columns = ("name", "version", "created (UTC)", "synthetic", "MB", "holds")
    rows = (
        (
            d.name,
            d.version,
            d.created[:16].replace("T", " "),
            d.synthetic,
            f"{d.size_bytes / 1e6:.1f}",
            d.problem or counts(d.counts),
        )
        for d in found
    )
    text = table(columns, rows) if found else "No dataset yet: 'demo' writes one."
    return {"datasets": [_dataset_json(info) for info in found]}, text


def _delete(options) -> tuple[dict, str]:
    from analysis.store.versions import catalogue

    catalogue.delete(options.name)
    return {"deleted": options.name}, f"Dataset '{options.name}' is deleted."


def _fit(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import fit_json
    from analysis.application.printing.as_text import fit_text
    from analysis.questions.lab.effects import fit_formula

    _warn_of_secret(options.data)
    if options.family == "binomial":
        return _fit_binary(options)
    asked = dict(method=options.method, df=options.df, weights=options.weights)
    fit = fit_formula(options.formula, options.data, **asked)
    return fit_json(fit), fit_text(fit)


def _fit_binary(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import logistic_json
    from analysis.application.printing.as_text import logistic_text
    from analysis.questions.lab.binary import fit_binary

    if options.weights or options.df == "kenward-roger":
        option = "--weights" if options.weights else "--df kenward-roger"
        raise RequestError(
            f"A logistic model has no {option}",
            where=f"{option} with --family binomial",
            allowed="tests by the normal law (z), all rows alike",
            next_step="leave the option out",
        )
    fit = fit_binary(options.formula, options.data, quadrature=options.quadrature)
    return logistic_json(fit), logistic_text(fit)


def _moments(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import moments_json
    from analysis.application.printing.as_text import moments_text
    from analysis.questions.pooling.pooling import ROWS, write_moments

    _warn_of_secret(options.name)
    site = write_moments(
        options.formula,
        options.name,
        options.out,
        patient=ROWS if options.patient_per_row else options.patient,
        least=options.min_patients,
        allow_small=options.allow_small,
        levels=dict(options.levels),
    )
    _say(site.disclosure.sentence())
    return moments_json(site, options.out), moments_text(site, options.out)


def _pool(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import fit_json
    from analysis.application.printing.as_text import fit_text
    from analysis.questions.pooling.pooling import pool_files

    fit = pool_files(options.files, method=options.method, df=options.df)
    return fit_json(fit), fit_text(fit)


def _partition(options) -> tuple[dict, str]:
    from analysis.application.printing.as_json import partition_json
    from analysis.application.printing.as_text import partition_text
    from analysis.questions.partition.answer import partition

    scope = Scope(
        dataset=options.name,
        version=options.version,
        question=options.question,
        outcome=options.outcome,
        adjust=options.adjust,
        factors=tuple(options.factors),
        window=tuple(options.window),
        clinics=tuple(options.clinics),
        bootstrap=options.bootstrap,
        seed=options.seed,
    )
    with _progress() as progress:
        answer = partition(scope, progress=progress)
    return partition_json(answer), partition_text(answer)


def _report(options) -> tuple[dict, str]:
    from analysis.sharing.build import build
    from analysis.sharing.export import as_json, as_text, check_formats, export
    from analysis.sharing.request import of_kind

    scope = Scope(
        dataset=options.name,
        version=options.version,
        question=options.question,
        outcome=options.outcome,
        clinics=tuple(options.clinics),
        bootstrap=options.bootstrap,
        seed=options.seed,
    )
    texts = dict(title=options.title, notes=options.notes)
    asked = of_kind(options.kind, scope, profile=options.profile, **texts)
    check_formats(options.formats)
    with _progress() as progress:
        report = build(asked, progress=progress)
    files = export(report, options.formats, options.out)
    return as_json(report, files), as_text(report, files)


def _warn_of_secret(source: str) -> None:
    from analysis.store.sources.register_address import shows_secret

    if shows_secret(source):
        _say(
            "Careful: a password on the command line can be read by others on this computer and "
            "stays in its history. Next time set PGPASSWORD, or use register:NAME/TABLE."
        )


def _dataset_json(info) -> dict:
    names = ("name", "version", "created", "synthetic", "counts", "size_bytes", "problem")
    return {name: getattr(info, name) for name in names}


@contextlib.contextmanager
def _progress():
    """A callback that draws (share done, sentence) on standard error, None when no one looks."""
    if not sys.stderr.isatty():
        yield None
        return

    def draw(share_done: float, sentence: str) -> None:
        line = textwrap.shorten(f"{share_done:4.0%}  {sentence}", 78)
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    try:
        yield draw
    finally:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _print(answer: dict, text: str, as_json: bool) -> None:
    if as_json:
        from analysis.application.printing.as_json import dumps

        text = dumps(answer)
    elif hasattr(sys.stdout, "reconfigure"):
        # A console that lacks a letter of a variable's label shows '?' in its place.
        sys.stdout.reconfigure(errors="replace")
    print(text, flush=True)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
