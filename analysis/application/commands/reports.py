"""The command report: a report that is safe to share, from options or from a saved plan."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

from analysis.application.options import add_command, name_list, whole
from analysis.application.terminal import progress_line
from analysis.base.errors import RequestError
from analysis.base.whole_files import write_new


def add(commands) -> None:
    example = "report ourclinic --from 2025-Q1 --to 2025-Q3 --format html,pdf --out reports"
    report = add_command(commands, _report, "write a report that is safe to share", example)
    report.add_argument("name", metavar="NAME", nargs="?", default=None, help="the dataset's name")
    report.add_argument(
        "--kind", metavar="KIND", help="outcomes (default), partition, alliance, signals or lab"
    )
    report.add_argument(
        "--study", metavar="NAME or FILE.toml", help="whose models the section lab tells"
    )
    report.add_argument("--sections", type=name_list, metavar="SECTION,…")
    report.add_argument(
        "--profile",
        metavar="PROFILE",
        help="share: protected figures (default); internal: exact, not for sharing",
    )
    report.add_argument("--format", type=name_list, metavar="html,pdf,xlsx,docx", dest="formats")
    report.add_argument("--out", metavar="FOLDER")
    report.add_argument("--language", metavar="TAG", help="of the report: en (default) or es")
    report.add_argument("--question", choices=("end", "next"))
    report.add_argument("--version", help="of the dataset (default: the current one)")
    report.add_argument("--bootstrap", type=whole(0, 100_000), metavar="B")
    report.add_argument("--seed", type=whole(0, 2**32 - 1), metavar="S")
    _add_words(report)
    _add_selection(report)
    _add_plan(report)


def _add_words(report) -> None:
    """What the sender says in the report: as it is typed."""
    report.add_argument("--title", help="of the report")
    report.add_argument("--notes", help="your own words, below the title")
    report.add_argument("--organisation", metavar="NAME", help="who hands the report on")
    report.add_argument("--contact", metavar="LINE", help="whom to ask")
    report.add_argument("--confidentiality", metavar="LINE", help="stands on every page")
    report.add_argument("--logo", metavar="FILE", help="PNG or JPEG, up to 5 MB")
    report.add_argument(
        "--comments",
        nargs="+",
        metavar="SECTION=WORDS",
        help="your own words on a section, below its heading",
    )


def _add_selection(report) -> None:
    report.add_argument("--outcome", metavar="VARIABLE")
    report.add_argument("--clinics", nargs="+", metavar="CLINIC", help="only these")
    report.add_argument("--model", nargs="+", metavar="MODEL", dest="models", help="only these")
    report.add_argument(
        "--severity", nargs="+", metavar="BAND", dest="severities", help="at intake, only these"
    )
    report.add_argument("--from", metavar="PERIOD", dest="first", help="2025 or 2025-Q1")
    report.add_argument("--to", metavar="PERIOD", dest="last", help="2025 or 2025-Q3")
    report.add_argument("--period", metavar="UNIT", help="quarter (default) or year")
    report.add_argument("--definition", metavar="NAME", help="published (default)")
    report.add_argument(
        "--targets",
        type=name_list,
        metavar="OUTCOME=PERCENT,…",
        help="recovery=50: met, not met or not to be told, in the summary",
    )
    report.add_argument("--denominator", metavar="NAME", help="measured (default) or finished")


def _add_plan(report) -> None:
    report.add_argument("--plan", type=Path, metavar="FILE.toml", help="what --save wrote")
    report.add_argument("--save", type=Path, metavar="FILE.toml", help="writes the plan, no report")
    report.add_argument(
        "--every", type=name_list, metavar="quarter,year,…", help="the plan's series, for --due"
    )
    for unit in ("half", "year"):
        report.add_argument(
            f"--by-{unit}",
            type=name_list,
            metavar="clinic,model,…",
            help=f"breakdowns that only whole {'half-' * (unit == 'half')}years tell",
        )
    report.add_argument(
        "--preview",
        action="store_true",
        help="what the plan's series could show in a year; writes and shares nothing",
    )
    report.add_argument(
        "--due", action="store_true", help="writes what the plan's series owe, for a scheduler"
    )


def _report(options) -> tuple[dict, str]:
    from analysis.sharing.export import check_formats
    from analysis.sharing.plan import request_of, written_plan

    plan = _plan(options)
    check_formats(plan.formats)
    if options.save:
        _write_new(options.save, written_plan(plan))
        return {"plan": str(options.save)}, f"The plan stands in {options.save}."
    if options.preview:
        return _preview(plan, options.store)
    if not plan.out:
        raise RequestError("The report has no folder", next_step="name one by --out FOLDER")
    if options.due:
        return _due(plan, options.store)
    return _one(request_of(plan, options.store), plan)


def _preview(plan, store) -> tuple[dict, str]:
    """What the series could show, and in which grain it shows most."""
    from analysis.sharing.plan import BREAKDOWNS, request_of
    from analysis.sharing.series import saying
    from analysis.sharing.series.grain import propose
    from analysis.sharing.series.rehearsal import rehearse

    asked = request_of(plan, store)
    with progress_line() as progress:
        found = rehearse(asked, plan.every, progress=progress)
        proposal = (
            propose(asked, plan.every, BREAKDOWNS, progress=progress, played=found)
            if plan.every
            else None
        )
    return saying.as_json(found, proposal), saying.as_text(found, proposal)


def _plan(options):
    from analysis.sharing.plan import Plan, read_plan

    plan = read_plan(options.plan) if options.plan else Plan()
    given = {"dataset": options.name} | {
        f.name: getattr(options, f.name, None) for f in fields(Plan) if f.name != "dataset"
    }
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items() if v is not None}
    plan = replace(plan, **given)
    if not plan.dataset:
        raise RequestError(
            "The report is of no dataset", next_step="name one, or a plan by --plan FILE"
        )
    return plan


def _one(asked, plan, stem: str = "") -> tuple[dict, str]:
    from analysis.sharing.build import build
    from analysis.sharing.export import as_json, as_text, export

    with progress_line() as progress:
        report = build(asked, progress=progress)
    files = export(report, plan.formats, plan.out, stem)
    return as_json(report, files), as_text(report, files)


def _due(plan, store, today: date | None = None) -> tuple[dict, str]:
    """Every report of the series that is not in the folder yet."""
    from analysis.presentation.exports import file_name
    from analysis.sharing.plan import due, request_of

    today = today or datetime.now(UTC).date()
    made, said = [], []
    for name, one in due(plan, today):
        wanted = file_name(name, ending="")
        if any(wanted.rstrip(".") in path.name for path in Path(plan.out).glob("*")):
            continue
        answer, text = _one(request_of(one, store), one, name)
        made.append(answer)
        said.append(text)
    return {"reports": made}, "\n".join(said) or "Nothing is due."


def _write_new(path: Path, text: str) -> None:
    try:
        write_new(path, text.encode())
    except FileExistsError:
        raise RequestError(
            "There is such a file already", where=f"--save {path.name}", next_step="another name"
        ) from None
    except OSError as error:
        raise RequestError(
            f"The plan cannot be written ({error.strerror})", where=f"--save {path.name}"
        ) from None
