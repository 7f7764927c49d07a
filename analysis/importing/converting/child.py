"""The process that converts one file: limited, and its end is the parent's news, not its own end.

Started as `python -m analysis.importing.converting.child`, with a JSON request on standard input;
answers with one JSON object on standard output.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

from analysis.base.errors import ImportRefused


def main() -> int:
    request = json.load(sys.stdin)
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    _limit(request["seconds"], request["memory"])
    try:
        answer = {"tables": _converted(request)}
    except ImportRefused as error:
        answer = {
            "refused": dict(
                what=error.what, where=error.where, allowed=error.allowed, next_step=error.next_step
            )
        }
    json.dump(answer, sys.stdout)
    return 0


def _converted(request: dict) -> list[dict]:
    path, name, folder = Path(request["path"]), request["name"], Path(request["folder"])
    if request["kind"] == "workbook":
        from analysis.importing.converting.workbooks import convert_workbook

        return convert_workbook(path, name, folder, set(request["without"]))
    if request["kind"] in ("html", "xml2003", "json"):
        from analysis.importing.converting.exports.convert import convert_export

        return convert_export(path, request["kind"], name, folder)
    from analysis.importing.converting.statistics_files import convert_statistics

    return convert_statistics(path, request["kind"], name, folder)


def _leave_with(parent: int) -> None:
    """Nobody waits for the tables any more once another process is the parent."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _limit(seconds: int, memory: int) -> None:
    try:
        import resource
    except ImportError:  # not POSIX: the parent's time limit remains
        return
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        wanted = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (wanted, hard))


if __name__ == "__main__":
    sys.exit(main())
