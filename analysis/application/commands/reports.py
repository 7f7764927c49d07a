"""The command report: a report that is safe to share."""

from pathlib import Path

from analysis.application.options import add_command, name_list, whole
from analysis.application.terminal import progress_line
from analysis.questions.scope import Scope


def add(commands) -> None:
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
    report.add_argument("--bootstrap", type=whole(0, 100_000), default=1000, metavar="B")
    report.add_argument("--seed", type=whole(0, 2**32 - 1), default=1, metavar="S")


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
        store=options.store,
    )
    texts = dict(title=options.title, notes=options.notes)
    asked = of_kind(options.kind, scope, profile=options.profile, **texts)
    check_formats(options.formats)
    with progress_line() as progress:
        report = build(asked, progress=progress)
    files = export(report, options.formats, options.out)
    return as_json(report, files), as_text(report, files)
