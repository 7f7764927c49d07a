"""The commands on the alliance: each page's answer, and the models behind them by name."""

import argparse
import math
import re

from analysis.application.options import add_command, add_df
from analysis.application.terminal import progress_line

SOURCE = "a dataset's name, or a long CSV or Parquet file (one row a patient and session)"


def add(commands) -> None:
    _add_sequence(commands)
    _add_raters(commands)
    _add_surface(commands)
    _add_gains(commands)
    _add_alliance(commands)
    _add_ruptures(commands)
    _add_practices(commands)
    _add_mediation(commands)


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
    add_df(command, help="of the centred model's intervals (none: normal law)")
    _add_columns(command, with_session=True)


def _add_raters(commands) -> None:
    example = "raters sessions.csv --patient-rating wai_p --therapist-rating wai_t"
    command = add_command(commands, _raters, "two people's ratings: bias and congruence", example)
    command.add_argument("source", metavar="SOURCE", help=SOURCE)
    command.add_argument("--patient-rating", required=True, metavar="VARIABLE")
    command.add_argument("--therapist-rating", required=True, metavar="VARIABLE")
    command.add_argument(
        "--outcome", default="", metavar="VARIABLE", help="what agreement goes with, within dyads"
    )
    _add_direction(command)
    add_df(command)
    _add_columns(command, with_session=False)


def _add_surface(commands) -> None:
    example = "surface dyads.csv --x wai_p --y wai_t --outcome phq9 --lower-is-better"
    command = add_command(commands, _surface, "what agreement of two ratings goes with", example)
    command.add_argument(
        "source", metavar="FILE", help="a CSV or Parquet file, one row a pair, or a dataset's name"
    )
    command.add_argument("--x", required=True, metavar="VARIABLE", help="one rating")
    command.add_argument("--y", required=True, metavar="VARIABLE", help="the other, same range")
    command.add_argument("--outcome", required=True, metavar="VARIABLE")
    _add_direction(command)
    command.add_argument("--version", default="", help="of a dataset (default: the current one)")


def _add_gains(commands) -> None:
    example = "gains sessions.csv --outcome bdi --cutoff 7"
    command = add_command(commands, _gains, "sudden gains between two sessions", example)
    command.add_argument("source", metavar="SOURCE", help=SOURCE)
    command.add_argument("--outcome", required=True, metavar="VARIABLE", help="higher is worse")
    command.add_argument("--cutoff", required=True, type=points, metavar="POINTS")
    command.add_argument(
        "--alliance", default="", metavar="VARIABLE", help="shown around the gains"
    )
    command.add_argument("--sessions", type=session_range, default=None, metavar="FIRST:LAST")
    _add_columns(command, with_session=True)


def _add_alliance(commands) -> None:
    example = "alliance ourclinic --outcome phq9 --json"
    command = add_command(commands, _alliance, "what the alliance goes with, by level", example)
    add_dataset(command)
    command.add_argument("--resamples", type=int, default=200, choices=range(5001), metavar="N")
    command.add_argument("--seed", type=int, default=1)


def _add_ruptures(commands) -> None:
    example = "ruptures ourclinic --false-alarms 0.05 --json"
    command = add_command(commands, _ruptures, "ruptures, repairs and the course", example)
    add_dataset(command)
    command.add_argument(
        "--false-alarms", type=float, default=0.05, metavar="SHARE", help="of courses without one"
    )
    command.add_argument("--seed", type=int, default=1)


def _add_practices(commands) -> None:
    example = "practices ourclinic --outcome phq9 --json"
    command = add_command(commands, _practices, "from practices through the alliance", example)
    add_dataset(command)
    command.add_argument(
        "--lead", type=int, default=1, choices=range(21), metavar="N",
        help="sessions by which the outcome follows (default: 1)",
    )  # fmt: skip
    command.add_argument("--seed", type=int, default=1)


def _add_mediation(commands) -> None:
    example = "mediation sessions.csv --practice empathy --alliance wai --outcome phq9"
    command = add_command(commands, _mediation, "one practice through the alliance", example)
    command.add_argument("source", metavar="SOURCE", help=SOURCE)
    for name in ("--practice", "--alliance", "--outcome"):
        command.add_argument(name, required=True, metavar="VARIABLE")
    command.add_argument(
        "--lead", type=int, default=1, choices=range(21), metavar="N",
        help="sessions by which the outcome follows (default: 1; 0: the same session)",
    )  # fmt: skip
    command.add_argument(
        "--as-they-are",
        dest="centred",
        action="store_false",
        help="practice and alliance not about the patient's own means",
    )
    command.add_argument(
        "--random-direct", action="store_true", help="the direct path varies between patients, too"
    )
    _add_columns(command, with_session=True)


def add_dataset(command) -> None:
    """The arguments of a question to a dataset with its roles: name, outcome, alliance."""
    command.add_argument("dataset", metavar="NAME", help="a dataset's name")
    command.add_argument("--outcome", default="", metavar="VARIABLE", help="(default: the main)")
    command.add_argument(
        "--alliance", default="", metavar="VARIABLE", help="a name, or a+b+c for their mean"
    )
    command.add_argument("--version", default="", help="(default: the newest)")


def _add_direction(command) -> None:
    command.add_argument("--lower-is-better", action="store_true", help="of the outcome (symptoms)")


def _add_columns(command, with_session: bool) -> None:
    command.add_argument("--patient", default="patient", metavar="COLUMN", help="tells patients")
    if with_session:
        command.add_argument(
            "--session", default="session", metavar="COLUMN", help="a session's number"
        )
    command.add_argument("--version", default="", help="of a dataset (default: the current one)")


def session_range(text: str) -> tuple[int, int]:
    """A type for argparse. Worked: '1:6' -> (1, 6)."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*[:-]\s*(\d{1,4})\s*", text)
    if not found or int(found[1]) >= int(found[2]):
        raise argparse.ArgumentTypeError(f"'{text}' is not FIRST:LAST, as in 1:6")
    return int(found[1]), int(found[2])


def points(text: str) -> float:
    """A type for argparse: a number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not (number > 0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of points above 0")
    return number


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


def _raters(options) -> tuple[dict, str]:
    from analysis.application.printing.alliance_json import raters_json
    from analysis.application.printing.alliance_text import raters_text
    from analysis.questions.alliance.two.raters import raters

    names = ("source", "patient_rating", "therapist_rating", "outcome", "lower_is_better")
    names += ("patient", "df", "version")
    answer = raters(**{name: getattr(options, name) for name in names})
    return raters_json(answer), raters_text(answer)


def _surface(options) -> tuple[dict, str]:
    from analysis.application.printing.alliance_json import surface_json
    from analysis.application.printing.alliance_text import surface_text
    from analysis.questions.alliance.two.surface import surface

    names = ("source", "x", "y", "outcome", "lower_is_better", "version")
    answer = surface(**{name: getattr(options, name) for name in names})
    return surface_json(answer), surface_text(answer)


def _gains(options) -> tuple[dict, str]:
    from analysis.application.printing.alliance_json import gains_json
    from analysis.application.printing.alliance_text import gains_text
    from analysis.questions.alliance.course.gains import gains

    names = ("source", "outcome", "cutoff", "alliance", "sessions", "patient", "session", "version")
    answer = gains(**{name: getattr(options, name) for name in names})
    return gains_json(answer), gains_text(answer)


def _alliance(options) -> tuple[dict, str]:
    from analysis.application.printing.alliance_parts import alliance_json, alliance_text
    from analysis.questions.alliance.components.answer import alliance
    from analysis.questions.alliance.components.result import AllianceQuestion

    names = ("dataset", "outcome", "alliance", "version", "resamples", "seed")
    question = AllianceQuestion(**{name: getattr(options, name) for name in names})
    with progress_line() as progress:
        answer = alliance(question, progress)
    return alliance_json(answer), alliance_text(answer)


def _ruptures(options) -> tuple[dict, str]:
    from analysis.application.printing.alliance_parts import course_json, course_text
    from analysis.questions.alliance.course.answer import from_the_first
    from analysis.questions.alliance.course.result import CourseQuestion

    names = ("dataset", "outcome", "alliance", "version", "seed")
    asked = {name: getattr(options, name) for name in names}
    with progress_line() as progress:
        answer = from_the_first(CourseQuestion(rate=options.false_alarms, **asked), progress)
    return course_json(answer), course_text(answer)


def _practices(options) -> tuple[dict, str]:
    from analysis.application.printing.alliance_parts import practices_json, practices_text
    from analysis.questions.alliance.building.practices import ask_paths, ask_practices
    from analysis.questions.alliance.building.result import PracticesQuestion

    names = ("dataset", "outcome", "alliance", "version", "lead", "seed")
    question = PracticesQuestion(**{name: getattr(options, name) for name in names})
    with progress_line() as progress:
        answer = ask_practices(question, progress)
        paths = ask_paths(question, progress)
    return practices_json(answer, paths), practices_text(answer, paths)


def _mediation(options) -> tuple[dict, str]:
    from analysis.application.printing.alliance_parts import mediation_json, mediation_text
    from analysis.questions.alliance.building.mediation import mediation

    names = ("source", "practice", "alliance", "outcome", "lead", "random_direct")
    names += ("patient", "session", "version", "centred")
    answer = mediation(**{name: getattr(options, name) for name in names})
    return mediation_json(answer), mediation_text(answer)
