"""The command progress: open treatments, and how good the signals on them are here."""

from analysis.application.options import add_command
from analysis.application.terminal import progress_line


def add(commands) -> None:
    example = "progress demo --accuracy --json"
    asked = add_command(
        commands, _progress, "which open treatments are worth a talk, and how sure that is", example
    )
    asked.add_argument("name", metavar="NAME", help="the dataset's name")
    what = asked.add_mutually_exclusive_group()
    what.add_argument("--open", action="store_true", help="the open treatments (the default)")
    what.add_argument(
        "--accuracy", action="store_true", help="how good the signals are, on treatments left out"
    )
    asked.add_argument("--outcome", default="", metavar="VARIABLE", help="default: the main one")
    asked.add_argument(
        "--landmark", default="", metavar="WHEN", help="4: the fourth session; 4w: four weeks"
    )
    asked.add_argument(
        "--share", type=float, default=0.15, metavar="SHARE", help="of treatments flagged (.15)"
    )
    asked.add_argument(
        "--reliable-change", type=float, default=None, metavar="POINTS",
        help="default: the instrument's",
    )  # fmt: skip
    asked.add_argument(
        "--cut-off", type=float, default=None, metavar="SCORE", help="default: the instrument's"
    )
    asked.add_argument("--version", default="", help="of the dataset (default: the newest)")


def _progress(options) -> tuple[dict, str]:
    from analysis.application.printing.progress import progress_json, progress_text
    from analysis.questions.progress.answer import elsewhere, progress
    from analysis.questions.progress.question import ProgressQuestion

    question = ProgressQuestion(
        dataset=options.name,
        version=options.version,
        outcome=options.outcome,
        reliable_change=options.reliable_change,
        cut_off=options.cut_off,
        share=options.share,
        landmark=options.landmark,
        store=options.store,
    )
    with progress_line() as tell:
        found = progress(question, tell)
        left_out = elsewhere(question, tell) if options.accuracy else None
    return progress_json(found, left_out), progress_text(found, left_out)
