"""How a command reads its options: argparse whose refusals are like all others."""

import argparse

from analysis.base.errors import RequestError


class Parser(argparse.ArgumentParser):
    """Argparse whose refusals are RequestErrors, like all others."""

    def error(self, message: str):
        raise RequestError(message, next_step=f"{self.prog} --help shows what is allowed")


def add_command(commands, does, summary: str, example: str) -> argparse.ArgumentParser:
    """Adds the command named like the function `does` (without its underscore)."""
    parser = commands.add_parser(
        does.__name__.lstrip("_"),
        help=summary,
        description=summary.capitalize() + ".",
        epilog=f"Example:\n  python dashboard.py {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.set_defaults(command=does)
    return parser


def whole(low: int, high: int):
    """A type for argparse: a whole number from `low` to `high`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise argparse.ArgumentTypeError(
                f"'{text}' is not a whole number from {low:,} to {high:,}"
            )
        return number

    return read


def level_list(text: str) -> tuple[str, tuple[str, ...]]:
    """A type for argparse. Worked: 'arm=a,b' -> ('arm', ('a', 'b'))."""
    name, _, values = text.partition("=")
    levels = tuple(value.strip() for value in values.split(",") if value.strip())
    if not name.strip() or not levels:
        raise argparse.ArgumentTypeError(f"'{text}' is not VARIABLE=LEVEL,LEVEL")
    return name.strip(), levels


def answer(text: str) -> tuple[str, str]:
    """A type for argparse. Worked: 'date-order:day=dmy' -> ('date-order:day', 'dmy')."""
    code, _, choice = text.rpartition("=")
    if not code.strip() or not choice.strip():
        raise argparse.ArgumentTypeError(f"'{text}' is not CODE=CHOICE")
    return code.strip(), choice.strip()


def name_list(text: str) -> tuple[str, ...]:
    """A type for argparse. Worked: 'html, PDF' -> ('html', 'pdf')."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of names like html,pdf")
    return names


def add_fit_options(command) -> None:
    """The options of every command that fits a linear mixed model."""
    command.add_argument("--method", type=str.upper, choices=("REML", "ML"), default="REML")
    add_df(command)


def add_residuals(command) -> None:
    """What residuals may be instead of independent and alike."""
    command.add_argument(
        "--serial",
        default="",
        metavar="TIME",
        help="residuals follow each other along this time: AR(1) where it has whole numbers "
        "(session), continuous-time AR(1) elsewhere; 'TIME | GROUP' names the series, which is "
        "else a dataset's treatment or the innermost group",
    )
    command.add_argument(
        "--spread",
        default="",
        metavar="CATEGORY",
        help="the residual SD differs between the levels of this category",
    )


def add_df(command, **more) -> None:
    """Whose degrees of freedom tests and intervals take."""
    names = ("satterthwaite", "kenward-roger", "none")
    command.add_argument("--df", choices=names, default=names[0], **more)
