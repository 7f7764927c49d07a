"""Commands on datasets: demo, import, datasets, versions, delete."""

from dataclasses import asdict
from pathlib import Path

from analysis.application.options import add_command, answer, whole


def add(commands) -> None:
    demo = add_command(commands, _demo, "write a demo dataset (synthetic)", "demo --episodes 3000")
    demo.add_argument("--episodes", type=whole(1, 10_000_000), default=3000, metavar="N")
    demo.add_argument("--seed", type=whole(0, 2**32 - 1), default=1, metavar="S")
    demo.add_argument("--name", default="", help="(default: demo, or demo- and the world)")
    demo.add_argument(
        "--world",
        default="first",
        choices=("first", "both-ways", "ruptures"),
        help="which truth: the partition's; symptoms and alliance move each other, levels and "
        "raters differ, practices build; alliances break and mend, trends differ",
    )

    example = "import ourclinic sessions.csv --mapping ourclinic.toml"
    into = add_command(commands, _import, "import files as a new version of a dataset", example)
    into.add_argument("name", metavar="NAME", help="the dataset's name")
    into.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a table of any kind")
    _add_import_options(into)

    example = "template sessions.xlsx --measures phq9 wai_sr"
    empty = add_command(commands, _template, "write an empty table to fill in", example)
    empty.add_argument("file", metavar="FILE", type=Path, help="a name that ends in .xlsx or .csv")
    empty.add_argument(
        "--measures", nargs="+", default=[], metavar="M", help="instruments (phq9 gad7 wai_sr)"
    )

    add_command(commands, _datasets, "list the datasets", "datasets")
    of = add_command(
        commands, _versions, "list, choose or check a dataset's versions", "versions ourclinic"
    )
    of.add_argument("name", metavar="NAME")
    what = of.add_mutually_exclusive_group()
    what.add_argument("--use", metavar="VERSION", help="make it the current one: the way back")
    what.add_argument(
        "--check", action="store_true", help="read each again and say whether it is as written"
    )
    gone = add_command(
        commands, _delete, "delete a dataset with all its versions, or one", "delete ourclinic"
    )
    gone.add_argument("name", metavar="NAME")
    gone.add_argument("--version", default="", help="this one alone (default: all)")


def _add_import_options(command) -> None:
    command.add_argument(
        "--mapping",
        type=Path,
        metavar="MAP.toml",
        help="what each column is; takes the answers up (default: that of the last import "
        "where it fits, else guessed)",
    )
    command.add_argument(
        "--answer",
        type=answer,
        action="append",
        default=[],
        metavar="CODE=CHOICE",
        help="to a question of the import",
    )
    command.add_argument("--yes", action="store_true", help="take the recommended answers")
    how = command.add_mutually_exclusive_group()
    how.add_argument(
        "--append", action="store_true", help="to the dataset that stands: join the new sessions"
    )
    how.add_argument(
        "--replace", action="store_true", help="the dataset that stands: the files are all of it"
    )


def _demo(options) -> tuple[dict, str]:
    from analysis.application.printing.as_text import counts
    from analysis.demo.worlds.make import make_world
    from analysis.questions.partition.kept import make_demo_answered

    asked = dict(seed=options.seed, store=options.store)
    if options.world == "first":
        info = make_demo_answered(options.name or "demo", options.episodes, **asked)
    else:
        info = make_world(options.world, options.name, options.episodes, **asked)
    return _dataset_json(info), f"Dataset '{info.name}' (synthetic) stands: {counts(info.counts)}."


def _import(options) -> tuple[dict, str]:
    from analysis.application.printing.as_text import import_text
    from analysis.application.terminal import progress_line
    from analysis.base.background.stages import heard_by
    from analysis.importing import doors as importing

    given = list(options.answer)
    if options.append or options.replace:
        given.append(("existing", "append" if options.append else "replace"))
    answers = importing.Answers(tuple(given), "yes" if options.yes else "ask")
    with progress_line() as draw, heard_by(draw):
        report = importing.import_by_command(
            options.name, options.files, options.mapping, answers, options.store
        )
    return report.to_json(), import_text(report)


def _template(options) -> tuple[dict, str]:
    from analysis.importing import template

    columns = template.template_columns(tuple(options.measures) or template.USUAL)
    template.write_template(options.file, columns)
    names = [c.name for c in columns]
    return {"file": str(options.file), "columns": names}, (
        f"'{options.file.name}' is written, with {len(names)} columns: {', '.join(names)}."
    )


def _datasets(options) -> tuple[dict, str]:
    from analysis.application.printing import dataset_text
    from analysis.store.versions import catalogue

    found = catalogue.datasets(options.store)
    answer = {"datasets": [_dataset_json(info) for info in found]}
    return answer, dataset_text.datasets(found)


def _versions(options) -> tuple[dict, str]:
    from analysis.application.printing import dataset_text
    from analysis.store.versions import catalogue, integrity

    if options.check:
        checked = integrity.check(options.name, options.store)
        if any(i.state == integrity.DAMAGED for i in checked):
            raise integrity.VersionsDamaged(checked)
        return {"versions": [asdict(i) for i in checked]}, dataset_text.checked(checked)
    if options.use is not None:
        catalogue.use(options.name, options.use, options.store)
    current = catalogue.find(options.name, store=options.store)
    found = catalogue.versions(options.name, options.store)
    answer = {"name": options.name, "current": current.version}
    listed = [_dataset_json(info) | {"current": info.current} for info in found]
    return answer | {"versions": listed}, dataset_text.versions(found)


def _delete(options) -> tuple[dict, str]:
    from analysis.store.versions import catalogue

    if options.version:
        catalogue.delete_version(options.name, options.version, options.store)
        told = f"Version {options.version} of dataset '{options.name}' is deleted."
        return {"deleted": options.name, "version": options.version}, told
    catalogue.delete(options.name, options.store)
    return {"deleted": options.name}, f"Dataset '{options.name}' is deleted."


def _dataset_json(info) -> dict:
    names = ("name", "version", "created", "synthetic", "counts", "size_bytes", "problem")
    return {name: getattr(info, name) for name in names}
