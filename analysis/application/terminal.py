"""What a command says: its answer on standard output, all else on standard error."""

import contextlib
import io
import signal
import sys
import textwrap
import threading


def print_answer(answer: dict, text: str, as_json: bool) -> None:
    if as_json:
        from analysis.application.printing.as_json import dumps

        text = dumps(answer)
    elif isinstance(sys.stdout, io.TextIOWrapper):
        # A console that lacks a letter of a variable's label shows '?' in its place.
        sys.stdout.reconfigure(errors="replace")
    print(text, flush=True)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@contextlib.contextmanager
def progress_line():
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


@contextlib.contextmanager
def ctrl_c(pressed: threading.Event):
    """Within the block Ctrl-C also sets `pressed`: a database that is interrupted says so by an
    error of its own kind, and whatever follows from it is no defect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def press(number, frame):
        pressed.set()
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def warn_of_secret(source: str) -> None:
    from analysis.store.register_address import shows_secret

    if shows_secret(source):
        say(
            "Careful: a password on the command line can be read by others on this computer and "
            "stays in its history. Next time set PGPASSWORD, or use register:NAME/TABLE."
        )
