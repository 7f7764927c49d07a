"""The door for commands: `python dashboard.py <command>`, `python -m analysis <command>`."""

import argparse
import contextlib
import os
import sys
import threading

from analysis.application.commands import (
    alliance,
    datasets,
    many,
    models,
    outcomes,
    partition,
    pooling,
    progress,
    reports,
    studies,
)
from analysis.application.options import Parser
from analysis.application.terminal import ctrl_c, print_answer, say
from analysis.base.errors import RapportError
from analysis.base.settings import DEBUG, of_process
from analysis.base.whole_files import NO_ROOM
from analysis.store.place import Store

_FULL = (
    "Rapport: The disk is full. Next: make room where the answer or the dataset is written, and "
    "run it again."
)
# In the order of the help.
FAMILIES = (
    datasets,
    models,
    studies,
    many,
    partition,
    outcomes,
    alliance,
    progress,
    pooling,
    reports,
)


def main(argv: list[str]) -> int:
    """Carries out one command; returns the exit status.

    0 done; 2 a request that can't be done, with one plain message on standard error; 1 a defect
    of Rapport (RAPPORT_DEBUG=1 shows its traceback, which may hold patients' values); 130 Ctrl-C.
    """
    debug, pressed = False, threading.Event()
    try:
        options = parse(argv)
        settings = of_process()
        debug, options.store = settings.debug, Store(settings.store)
        # Nothing but the answer may reach standard output, whatever a library prints.
        with contextlib.redirect_stdout(sys.stderr), ctrl_c(pressed):
            answer, text = options.command(options)
        print_answer(answer, text, options.json)
        return 0
    except SystemExit as leaving:  # argparse after --help
        return int(leaving.code or 0)
    except RapportError as error:
        if pressed.is_set():
            return _stopped()
        # What is asked back is an answer too: a program reads it where it reads all others.
        if error.answer and "--json" in argv:
            print_answer(error.answer, "", True)
        say(f"Rapport: {error}")
        return 2
    except KeyboardInterrupt:
        return _stopped()
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if pressed.is_set():
            return _stopped()
        if debug:
            raise
        full = isinstance(error, OSError) and error.errno in NO_ROOM
        say(_FULL if full else _defect(error))
        return 2 if full else 1


def _stopped() -> int:
    say("Stopped.")
    return 130


def _defect(error: Exception) -> str:
    """Says so without the error's message or traceback, which may hold patients' values."""
    return (
        f"Rapport failed unexpectedly ({type(error).__name__}). "
        f"Next: to see the details, which may hold patients' values, set {DEBUG}=1 and "
        "run it again."
    )


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one command; `command` among them is the function that does it.

    Raises RequestError for what is unknown or outside its range, SystemExit(0) after --help.
    """
    return parser().parse_args(argv)


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    door = Parser(
        prog="python dashboard.py",
        description="What explains the success of psychotherapy in your own data.",
        epilog="Without a command: opens the dashboard. 'test': runs the tests. "
        "'<command> --help': its options and an example.",
    )
    commands = door.add_subparsers(metavar="COMMAND", required=True)
    for family in FAMILIES:
        family.add(commands)
    return door
