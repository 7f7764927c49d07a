"""The commands on the alliance: sequence, raters, surface, gains."""

import argparse
import re

from analysis.application.options import add_command
from analysis.application.terminal import progress_line

SOURCE = "a dataset's name, or a long CSV or Parquet file (one row a patient and session)"


def add(commands) -> None:
    _add_sequence(commands)


def _add_sequence(commands) -> None:
    example = "sequence sessions.csv --symptoms phq9 --alliance wai --sessions 1:6"
    command = add_command(commands, _sequence, "which comes first, alliance or symptoms", example)
    command.add_argument("source", metavar="SOURCE", help=SOURCE)
    command.add_argument("--symptoms", required=True, metavar="VARIABLE")
    command.add_argument("--alliance", required=True, metavar="VARIABLE")
    command.add_argument(
        "--model",
        type=str.lower,
        choices=("ri-clpm", "lcm-sr", "auto"),
        default="auto",
        help="ri-clpm: patients differ in level; lcm-sr: and in trend; auto: what the data want",
    )
    command.add_argument(
        "--sessions", type=session_range, default=None, metavar="FIRST:LAST",
        help="(default: all; of more than 12, the first 8)",
    )  # fmt: skip
    command.add_argument(
        "--df",
        choices=("satterthwaite", "kenward-roger", "none"),
        default="satterthwaite",
        help="of the centred model's intervals (none: normal law)",
    )
    _add_columns(command, with_session=True)


def _add_columns(command, with_session: bool) -> None:
    command.add_argument("--patient", default="patient", metavar="COLUMN", help="tells patients")
    if with_session:
        command.add_argument(
            "--session", default="session", metavar="COLUMN", help="a session's number"
        )
    command.add_argument("--version", default="", help="of a dataset (default: the newest)")


def session_range(text: str) -> tuple[int, int]:
    """A type for argparse. Worked: '1:6' -> (1, 6)."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*[:-]\s*(\d{1,4})\s*", text)
    if not found or int(found[1]) >= int(found[2]):
        raise argparse.ArgumentTypeError(f"'{text}' is not FIRST:LAST, as in 1:6")
    return int(found[1]), int(found[2])


def _sequence(options) -> tuple[dict, str]:
    from analysis.application.printing.alliance_json import sequence_json
    from analysis.application.printing.alliance_text import sequence_text
    from analysis.questions.alliance.sequence import SequenceQuestion, sequence

    names = ("source", "symptoms", "alliance", "model", "sessions", "df")
    names += ("patient", "session", "version")
    question = SequenceQuestion(**{name: getattr(options, name) for name in names})
    with progress_line() as progress:
        answer = sequence(question, progress)
    return sequence_json(answer), sequence_text(answer)
