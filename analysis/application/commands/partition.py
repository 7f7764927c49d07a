"""The command partition: what explains the outcome, and how much."""

from analysis.application.options import add_command, whole
from analysis.application.terminal import progress_line
from analysis.questions.scope import DEFAULT_FACTORS, Scope


def add(commands) -> None:
    example = "partition demo --question end --bootstrap 200"
    part = add_command(commands, _partition, "what explains the outcome, and how much", example)
    part.add_argument("name", metavar="NAME", help="the dataset's name")
    part.add_argument("--question", choices=("end", "next", "growth"), default="end")
    part.add_argument("--outcome", default="", metavar="VARIABLE")
    part.add_argument(
        "--adjust",
        choices=("landmark", "intake", "none"),
        default="landmark",
        help="for the course until the early sessions end (default), the score at intake, nothing",
    )
    part.add_argument(
        "--factors", nargs="+", default=DEFAULT_FACTORS, metavar="FACTOR", help="the blocks"
    )
    part.add_argument(
        "--window",
        nargs=2,
        type=whole(0, 1000),
        default=None,
        metavar=("FIRST", "LAST"),
        help="the sessions that count as early, for end and growth (default: the widest early ones "
        "that 70 %% of the treatments outlive)",
    )
    part.add_argument(
        "--within",
        type=float,
        default=None,
        metavar="WEEKS",
        help="for next: the session after counts if it lies within so many weeks, whatever its "
        "number (default: the next number)",
    )
    part.add_argument("--clinics", nargs="+", default=(), metavar="CLINIC", help="only these")
    part.add_argument("--version", default="", help="of the dataset (default: the current one)")
    part.add_argument("--bootstrap", type=whole(0, 100_000), default=1000, metavar="B")
    part.add_argument("--seed", type=whole(0, 2**32 - 1), default=1, metavar="S")
    part.add_argument(
        "--missing",
        choices=("complete", "impute"),
        default="complete",
        help="beside the complete cases: weighted, imputed, and how far those who left may be off "
        "(end; takes a minute)",
    )
    part.add_argument(
        "--imputations", type=whole(2, 200), default=20, metavar="M", help="how often it is drawn"
    )


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
        window=tuple(options.window) if options.window else None,
        clinics=tuple(options.clinics),
        bootstrap=options.bootstrap,
        seed=options.seed,
        store=options.store,
        within=options.within,
    )
    with progress_line() as progress:
        answer = partition(scope, progress=progress)
    told, said = partition_json(answer) | {"missing": None}, partition_text(answer)
    if options.missing == "complete":
        return told, said
    from analysis.application.printing.missing_lines import missing_json, missing_text
    from analysis.questions.partition.missing.answer import missing

    with progress_line() as progress:
        found = missing(scope, options.imputations, progress=progress)
    return told | {"missing": missing_json(found)}, f"{said}\n\n{missing_text(found)}"
