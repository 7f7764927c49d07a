"""Commands on studies: study."""

from dataclasses import asdict
from pathlib import Path

from analysis.application.options import add_command, add_fit_options, add_residuals
from analysis.base.errors import RequestError


def add(commands) -> None:
    example = 'study alliance --add "phq9 ~ session + (1 | patient)" --data demo'
    study = add_command(
        commands, _study, "list, show or change studies: models kept side by side", example
    )
    study.add_argument("name", metavar="NAME", nargs="?", default="", help="(default: all)")
    study.add_argument("--add", default="", metavar="FORMULA", help="one more model, up to six")
    study.add_argument(
        "--data", default="", metavar="DATASET", help="with --add: of which data (current version)"
    )
    study.add_argument("--version", default="", help="with --add: this version of it")
    study.add_argument("--family", choices=("gaussian", "binomial"), default="gaussian")
    add_fit_options(study)
    study.add_argument("--weights", default="", metavar="VARIABLE")
    study.add_argument("--robust", default="", metavar="GROUP", help="as of fit")
    add_residuals(study)
    study.add_argument("--label", default="", help="with --add: what the model is called")
    study.add_argument("--question", default=None, metavar="TEXT", help="what the study asks")
    study.add_argument("--notes", default=None, metavar="TEXT")
    what = study.add_mutually_exclusive_group()
    what.add_argument("--take-out", type=int, default=0, metavar="K", help="the K-th model")
    what.add_argument("--rename", default="", metavar="NEW")
    what.add_argument("--delete", action="store_true")
    what.add_argument("--write", type=Path, default=None, metavar="FILE", help="a copy of its file")
    what.add_argument(
        "--read", type=Path, default=None, metavar="FILE", help="keep a study from such a file"
    )


def _study(options) -> tuple[dict, str]:
    from analysis.questions.lab.studies import keeping

    if not options.name:
        found = keeping.studies(options.store, options.data)
        told = [_told(s) for s in found]
        return {"studies": told}, "\n".join(map(_line, found)) or "There is no study yet."
    if options.delete:
        keeping.delete(options.name, options.store)
        return {"deleted": options.name}, f"The study '{options.name}' is deleted."
    return _shown(_changed(options), options)


def _changed(options):
    """The study after what the options ask of it."""
    from dataclasses import replace

    from analysis.questions.lab.studies import keeping
    from analysis.questions.lab.studies.study import Member, study_of

    if options.read:
        text = _text_of(options.read)
        keeping.save(study_of(options.name, text), options.store)
    if options.add:
        if not options.data:
            raise RequestError(
                "A model needs data", where="--add", allowed="--data with a dataset's name"
            )
        given = ("family", "method", "df", "weights", "robust", "serial", "spread", "label")
        model = Member(options.add, **{n: getattr(options, n) for n in given})
        keeping.add(options.name, model, options.data, options.version, options.store)
    if options.rename:
        return keeping.rename(options.name, options.rename, options.store)
    study = keeping.find(options.name, options.store)
    changed = study
    if options.take_out:
        if not 1 <= options.take_out <= len(study.models):
            raise RequestError(
                f"There is no model {options.take_out}",
                where="--take-out",
                allowed=f"1 to {len(study.models)}",
            )
        models = (*study.models[: options.take_out - 1], *study.models[options.take_out :])
        changed = replace(changed, models=models)
    said = {n: getattr(options, n) for n in ("question", "notes")}
    changed = replace(changed, **{n: text for n, text in said.items() if text is not None})
    return study if changed == study else keeping.save(changed, options.store)


def _shown(study, options) -> tuple[dict, str]:
    from analysis.application.printing.as_text import as_shown
    from analysis.presentation.tables.models.side_by_side_table import side_by_side as laid
    from analysis.presentation.words.models.residual_words import named
    from analysis.questions.lab.studies import keeping
    from analysis.questions.lab.studies.side_by_side import side_by_side
    from analysis.questions.lab.studies.study import study_text

    if options.write:
        options.write.write_text(study_text(study), encoding="utf-8")
    told, lines = _told(study), [_line(study)]
    lines += [text for text in (study.question, study.notes) if text]
    lines += [f"  {k}. {named(m)}" for k, m in enumerate(study.models, 1)]
    if len(study.models) > 1:
        keeping.checked_data(study, store=options.store)
        asked = [m.question(study.dataset, study.version, options.store) for m in study.models]
        found = side_by_side(tuple(asked))
        told |= {"side_by_side": found.tidy(), "aic": found.aic, "bic": found.bic}
        told |= {"messages": found.messages}
        lines += ["", as_shown(laid(found)), *found.messages]
    return told, "\n".join(lines)


def _told(study) -> dict:
    return asdict(study) | {"link": study.link()}


def _line(study) -> str:
    n = len(study.models)
    return f"{study.name}: {n} model{'s' * (n != 1)} of {study.dataset}, version {study.version}"


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise RequestError(
            "The file cannot be read", where=str(path), allowed="a study's file"
        ) from None
