"""Whether the commands still answer what another state of the repository answered.

    git worktree add ../before v0.1.0
    python -m benchmarks.snapshot ../before [--shared ../shared/data]

Both states, each in a process and a store of its own, make the demo and answer with `--json`: the
partition's questions, models of the demo and of the refraMED trial (where the shared data are),
and every model of `tests/reference/lme4.json` from its file. Numbers are compared to a relative
1e-6, which is what lme4's own are held to. Printed: each answer that differs, by its path; what
only the newer one says is no difference; seconds are left out.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLOSE = 1e-6  # relative, and of what is small
UNTOLD = ("seconds", "messages", "notes")
IN_EACH = """
import contextlib, io, json, sys
try:
    from analysis.application.cli import main
except ImportError:
    from analysis.cli import main
asked = json.load(sys.stdin)
for name, command in asked:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(command)
        except SystemExit as stopped:
            status = stopped.code
    text = out.getvalue()
    answer = json.loads(text) if "--json" in command and not status else None
    print(json.dumps([name, status, answer, err.getvalue()[-300:]]), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--bootstrap", default="200")
    options = parser.parse_args()
    asked = commands(options.shared.resolve(), options.bootstrap)
    before, after = (answers(tree.resolve(), asked) for tree in (options.before, ROOT))
    same = 0
    for name, _ in asked:
        found = _compared(before[name], after[name])
        same += not found
        for line in found:
            print(f"{name}: {line}")
    print(f"{same} of {len(asked)} commands answer the same")


def commands(shared: Path, bootstrap: str) -> list[tuple[str, list[str]]]:
    """(name, arguments) of each command, in their order."""
    asked = [("demo", ["demo"])]
    for question in ("end", "next"):
        at = ["partition", "demo", "--question", question, "--bootstrap", bootstrap, "--json"]
        asked.append((f"partition {question}", [*at, "--adjust", "intake", "--window", "3", "5"]))
    asked += [(f"demo {f}", ["fit", f, "--data", "demo", "--json"]) for f in DEMO]
    file = shared / "refraMED" / "reframed.csv"
    if file.exists():
        asked += [(f"refraMED {f}", ["fit", f, "--data", str(file), "--json"]) for f in REFRAMED]
    return asked + reference()


DEMO = (
    "phq9 ~ weeks_since_intake + (1 | therapist/episode)",
    "phq9 ~ weeks_since_intake + (weeks_since_intake | episode)",
    "phq9 ~ session + (1 | clinic/therapist)",
)
REFRAMED = (
    "phq9 ~ grp + (1 | patient)",
    "phq9 ~ grp + female + age_years + (1 | therapist/patient)",
    "hamd ~ grp + (1 | site/therapist)",
)


def reference() -> list[tuple[str, list[str]]]:
    """The models that R's stored answers are of."""
    folder, asked = ROOT / "tests" / "reference", []
    for fit in json.loads((folder / "lme4.json").read_text())["fits"]:
        data = ["--data", str(folder / "data" / fit["data"]), "--method", fit["method"]]
        asked.append((fit["id"], ["fit", fit["formula"], *data, "--json"]))
    return asked


def answers(tree: Path, asked) -> dict[str, list]:
    """name -> [status, answer, what was said] of each command, run in this tree."""
    with tempfile.TemporaryDirectory() as store:
        done = subprocess.run(
            [sys.executable, "-c", IN_EACH],
            cwd=tree,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            env={"RAPPORT_STORE": store, "RAPPORT_TOKEN": "none", "PATH": "", "PYTHONPATH": "."},
        )
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    if len(found) < len(asked):
        raise SystemExit(f"{tree} stopped: {done.stderr[-2000:]}")
    return {name: rest for name, *rest in found}


def _compared(before: list, after: list) -> list[str]:
    if before[0] or after[0]:
        return [f"status {before[0]} -> {after[0]}: {(after[2] or before[2]).strip()}"]
    return list(_differences(before[1], after[1], ""))


def _differences(one, other, at: str):
    if isinstance(one, dict) and isinstance(other, dict):
        for key, value in one.items():
            if key not in other:
                yield f"{at}.{key} is gone"
            elif key not in UNTOLD:
                yield from _differences(value, other[key], f"{at}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from _differences(a, b, f"{at}[{i}]")
    elif isinstance(one, float | int) and isinstance(other, float | int):
        if abs(one - other) > CLOSE * max(abs(one), abs(other), 1.0):
            yield f"{at} {one} -> {other}"
    elif one != other:
        yield f"{at} {str(one)[:60]} -> {str(other)[:60]}"


if __name__ == "__main__":
    main()
