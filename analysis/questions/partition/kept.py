"""The demo's first answer, worked out when the demo is made: a first start shows it at once.

It lies beside its version as `<version>.partition.json` and goes with it. It counts only for the
very question, and only while the program that wrote it is as it was.
"""

import contextlib
import functools
import hashlib
from pathlib import Path

from analysis.base.errors import RapportError
from analysis.base.typed_json import from_json, to_json
from analysis.base.whole_files import write_new
from analysis.demo import make_demo
from analysis.questions.partition.result import Partition
from analysis.questions.scope import USUAL_RESAMPLES, Scope
from analysis.store.place import Store
from analysis.store.versions import catalogue
from analysis.store.versions.catalogue import DatasetInfo

SUFFIX = ".partition.json"
PROGRAM = Path(__file__).resolve().parents[2]
MOST = 1_000_000  # bytes; an answer has ten thousand


def make_demo_answered(
    name: str = "demo", episodes: int = 3000, seed: int = 1, store: Store | None = None
) -> DatasetInfo:
    """As `make_demo`, with the answer to Home's question beside it where there is one."""
    info = make_demo(name, episodes, seed, store=store)
    scope = Scope(info.name, info.version, outcome="phq9", bootstrap=USUAL_RESAMPLES, store=store)
    # Too small a demo, a full disk: then the page will work it out.
    with contextlib.suppress(RapportError, OSError):
        keep(info, scope)
    return info


def keep(info: DatasetInfo, scope: Scope) -> None:
    """Works out the answer to `scope` and keeps it beside its version."""
    from analysis.questions.partition.answer import partition

    found = partition(scope)
    path = info.path.with_suffix(SUFFIX)
    path.unlink(missing_ok=True)
    write_new(path, f"{_key(scope)}\n{to_json(found)}".encode(), 0o600)


def kept(scope: Scope) -> Partition | None:
    """The answer to `scope` if it was kept, else None: a page or command then works it out."""
    try:
        path = catalogue.find(scope.dataset, scope.version, scope.store).path.with_suffix(SUFFIX)
        if path.stat().st_size > MOST:
            return None
        key, text = path.read_text(encoding="utf-8").split("\n", 1)
        return from_json(Partition, text) if key == _key(scope) else None
    except (RapportError, OSError, ValueError):
        return None


def _key(scope: Scope) -> str:
    asked = (scope.version, scope.question, scope.outcome, scope.adjust, scope.factors)
    drawn = (scope.window, scope.clinics, scope.within, scope.bootstrap, scope.seed)
    return hashlib.sha256(repr((asked, drawn, _program())).encode()).hexdigest()


@functools.cache
def _program() -> str:
    """What changes with any file of the program: an answer of other code is none."""
    files = sorted(PROGRAM.rglob("*.py"))
    seen = [(str(f.relative_to(PROGRAM)), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr(seen).encode()).hexdigest()
