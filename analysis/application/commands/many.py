"""Commands on many models at once: specifications, power."""

from analysis.application.options import add_command, whole
from analysis.base.errors import RequestError


def add(commands) -> None:
    _add_specifications(commands)
    _add_power(commands)


def _add_specifications(commands) -> None:
    example = (
        "specifications demo --outcome phq9 --predictor wai_bond wai_task --covariate age gender"
    )
    many = add_command(
        commands, _specifications, "every defensible specification of one question", example
    )
    many.add_argument("name", metavar="NAME", help="the dataset's name")
    many.add_argument("--version", default="")
    many.add_argument("--outcome", nargs="+", required=True, metavar="VARIABLE")
    many.add_argument("--predictor", nargs="+", required=True, metavar="VARIABLE")
    many.add_argument(
        "--rows", choices=("treatment", "session"), default="treatment", help="what a row is"
    )
    many.add_argument(
        "--way",
        nargs="+",
        default=None,
        choices=("early", "mean", "last", "within", "patient", "therapist"),
        help="of the predictor: early, mean, last over treatments; within, patient, therapist over "
        "sessions (default: early mean, or within patient therapist)",
    )
    many.add_argument(
        "--covariate", nargs="+", default=[], metavar="VARIABLE", help="each in or out"
    )
    many.add_argument(
        "--adjust",
        nargs="+",
        default=["none", "before"],
        choices=("none", "before", "time"),
        help="for nothing, the score before, the session's number (over sessions)",
    )
    many.add_argument("--resamples", type=whole(0, 5000), default=500, metavar="N")
    many.add_argument("--seed", type=whole(0, 2**32 - 1), default=1, metavar="S")


def _add_power(commands) -> None:
    example = "power --what effect --size 0.1 --vary patients --values 5 10 20 40"
    plan = add_command(commands, _power, "power of a planned study, by simulation", example)
    plan.add_argument(
        "--what",
        choices=("effect", "difference", "share", "lag"),
        default="effect",
        help="an effect within patients, a difference between arms, therapists' share, an effect "
        "of the session before",
    )
    plan.add_argument("--size", type=float, default=0.1, help="in SDs, or the share")
    for name, usual, what in (
        ("therapists", 20, "therapists"),
        ("patients", 10, "patients of one therapist"),
        ("sessions", 8, "sessions of one patient"),
    ):
        plan.add_argument(f"--{name}", type=whole(2, 100_000), default=usual, help=what)
    plan.add_argument("--patient-share", type=float, default=0.4)
    plan.add_argument("--therapist-share", type=float, default=0.05)
    plan.add_argument(
        "--vary", choices=("patients", "sessions", "therapists", "size"), default="patients"
    )
    plan.add_argument("--values", type=float, nargs="+", default=[5, 10, 20, 30, 40])
    plan.add_argument("--studies", type=whole(20, 10_000), default=200)
    plan.add_argument("--level", type=float, default=0.05, help="of the test")
    plan.add_argument("--seed", type=whole(0, 2**32 - 1), default=1, metavar="S")
    plan.add_argument(
        "--observed", action="store_true", help="of a finished study: refused, with the reason"
    )


def _specifications(options) -> tuple[dict, str]:
    from analysis.application.printing.as_text import as_shown
    from analysis.presentation.tables.models.many_tables import specification_table
    from analysis.presentation.words.models.many_words import specifications_sentence
    from analysis.questions.lab.many.specifications import SpecificationQuestion, specifications

    ways = {"treatment": ("early", "mean"), "session": ("within", "patient", "therapist")}
    found = specifications(
        SpecificationQuestion(
            options.name,
            options.version,
            tuple(options.outcome),
            tuple(options.predictor),
            tuple(options.way or ways[options.rows]),
            tuple(options.covariate),
            tuple(options.adjust),
            options.rows,
            options.resamples,
            options.seed,
            options.store,
        )
    )
    said = specifications_sentence(found)
    told = dict(answer=said, median=found.median, agree=found.agree, clear=found.clear)
    told |= dict(null_median=found.null_median, null_clear=found.null_clear)
    told |= dict(specifications=found.tidy(), messages=found.messages)
    table = as_shown(specification_table(found, {}))
    return told, "\n".join([said, "", table, *found.messages])


def _power(options) -> tuple[dict, str]:
    from analysis.application.printing.as_text import as_shown
    from analysis.presentation.tables.models.many_tables import power_table
    from analysis.presentation.words.models.many_words import power_sentence
    from analysis.questions.lab.many.power import OBSERVED, PowerQuestion, power

    if options.observed:
        raise RequestError(
            OBSERVED,
            where="--observed",
            allowed="the size that would matter, from theory or from other studies",
            next_step="read the interval of what was found: it says what sizes the data leave",
        )
    given = ("what", "size", "therapists", "patients", "sessions", "patient_share")
    given += ("therapist_share", "vary", "studies", "level", "seed")
    found = power(
        PowerQuestion(
            values=tuple(options.values), **{name: getattr(options, name) for name in given}
        )
    )
    said = power_sentence(found)
    told = dict(answer=said, points=found.tidy())
    return told, f"{said}\n\n{as_shown(power_table(found))}"
