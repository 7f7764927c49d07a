"""The import in a process of its own, with limits: a hostile upload cannot take the server down."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

from analysis.base.background.processes import FreshContext, leave_with_parent
from analysis.base.background.stages import Listener, heard_by
from analysis.base.errors import ImportRefused, RapportError
from analysis.importing.files_to_version import import_answered
from analysis.importing.findings.finding import Answers
from analysis.importing.findings.report import ImportReport
from analysis.importing.guessing.guess import guess_mapping
from analysis.importing.guessing.known import Proposal, propose
from analysis.importing.meaning.mapping import Mapping
from analysis.store.place import Store

MEMORY_BYTES = 8 << 30  # of address space, which counts far more than what is used
SECONDS = 300
SIGXCPU = getattr(signal, "SIGXCPU", 0)  # the system ends what used up its time


def import_in_child(
    name: str,
    paths,
    mapping: Mapping,
    store: Store | None = None,
    answers: Answers | None = None,
    *,
    seconds: int = SECONDS,
    memory: int = MEMORY_BYTES,
    progress: Listener | None = None,
) -> ImportReport:
    """`import_answered` in a child process with at most `seconds` of time and `memory` bytes.

    Errors come back as they were raised; a child that is killed or too slow is an
    ImportRefused. The store is then as it was (what the child left is removed by the next write).
    progress: hears of each stage. The child ends with the process that waits for it.
    """
    asked = (name, [str(p) for p in paths], mapping, store, answers)
    return _in_child(import_answered, asked, seconds, memory, progress)


def guess_in_child(
    paths, answers: Answers | None = None, *, seconds: int = 120, memory: int = MEMORY_BYTES
) -> Mapping:
    """`guess_mapping` in the same way."""
    return _in_child(guess_mapping, ([str(Path(p)) for p in paths], answers), seconds, memory)


def propose_in_child(
    paths, answers: Answers, known: tuple[tuple[str, str], ...], *, seconds: int = 120
) -> Proposal:
    """`propose` in the same way."""
    return _in_child(
        propose, ([str(Path(p)) for p in paths], answers, known), seconds, MEMORY_BYTES
    )


def _in_child(work, arguments: tuple, seconds: int, memory: int, progress: Listener | None = None):
    context = FreshContext()
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(
        target=_child, args=(sender, work, arguments, seconds, memory), daemon=True
    )
    child.start()
    sender.close()
    in_time, answer = False, None
    try:
        # An answer can be read before the child ends; a child that dies closes the pipe.
        for kind, value in _heard(receiver, seconds):
            if kind != "progress":
                answer = (kind, value)
                break
            if progress:
                progress(*value)
    except EOFError:
        in_time = True
    finally:
        receiver.close()
        _end(child)
    if answer is None:
        raise _unanswered(in_time and child.exitcode != -SIGXCPU, seconds)
    kind, value = answer
    if kind == "error":
        raise value
    return value


def _heard(receiver, seconds: int) -> Iterator[tuple]:
    """What the child sends within its time; EOFError where it ends without a last word."""
    until = time.monotonic() + seconds
    while receiver.poll(max(until - time.monotonic(), 0)):
        yield receiver.recv()


def _unanswered(in_time: bool, seconds: int) -> ImportRefused:
    """No word from the child: too slow, or ended by something else, which only it could tell."""
    if in_time:
        return ImportRefused(
            "The process that judged the files ended before it was done",
            where="upload",
            next_step="try again; if it recurs, import the files with the command line",
        )
    return ImportRefused(
        "The files took too much time to judge",
        where="upload",
        allowed=f"{seconds} seconds",
        next_step="split the files, or import them with the command line, which has no limit",
    )


def _end(child) -> None:
    child.join(timeout=5)
    if child.is_alive():
        child.kill()
        child.join()


def _child(sender, work, arguments: tuple, seconds: int, memory: int) -> None:
    leave_with_parent()
    _limit(seconds, memory)
    try:
        with heard_by(lambda share, sentence: sender.send(("progress", (share, sentence)))):
            answer = ("result", work(*arguments))
    except RapportError as error:
        answer = ("error", error)
    except MemoryError:
        answer = (
            "error",
            ImportRefused(
                "The files need more memory than an upload may use",
                where="upload",
                allowed=f"{memory >> 30} GB",
                next_step="split the files, or import them with the command line",
            ),
        )
    except Exception as error:  # the parent must hear of anything, but without values
        answer = (
            "error",
            ImportRefused(
                f"The files could not be judged ({type(error).__name__})",
                next_step="report this with the mapping; the store is as it was",
            ),
        )
    sender.send(answer)
    sender.close()


def _limit(seconds: int, memory: int) -> None:
    try:
        import resource
    except ImportError:  # not POSIX: the time limit of the parent remains
        return
    for what, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, 2 * seconds)):
        _, hard = resource.getrlimit(what)
        wanted = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (wanted, hard))
