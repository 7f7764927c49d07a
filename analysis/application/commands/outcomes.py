"""Commands on rates: outcomes (a dataset's treatments), providers (a published table)."""

from analysis.application.options import add_command

BY = ("all", "period", "clinic", "model", "severity", "alliance", "ending")


def add(commands) -> None:
    example = "outcomes demo --by clinic"
    asked = add_command(commands, _outcomes, "what became of treatments, as rates", example)
    asked.add_argument("name", metavar="NAME", help="the dataset's name")
    asked.add_argument("--outcome", default="", metavar="VARIABLE", help="default: the main one")
    asked.add_argument("--by", nargs="+", choices=BY, default=("all",), help="which breakdowns")
    asked.add_argument("--period", choices=("year", "quarter", "month"), default="quarter")
    asked.add_argument(
        "--denominator",
        choices=("measured", "finished"),
        default="measured",
        help="rates of treatments with both scores, or of all finished ones",
    )
    asked.add_argument("--version", default="", help="of the dataset (default: the current one)")
    _add_providers(commands)


def _add_providers(commands) -> None:
    example = "providers talking_therapies_2024.csv --json"
    asked = add_command(
        commands, _providers, "rates of each provider in a published table", example
    )
    asked.add_argument("file", metavar="FILE", help="a table with NHS England's column names")
    asked.add_argument("--label", default="org_name", metavar="COLUMN", help="the providers' names")


def _providers(options) -> tuple[dict, str]:
    from analysis.application.printing.outcomes import providers_json, providers_text
    from analysis.questions.outcomes.benchmark import provider_counts

    found = provider_counts(options.file, options.label)
    return providers_json(found), providers_text(found)


def _outcomes(options) -> tuple[dict, str]:
    from analysis.application.printing.outcomes import outcomes_json, outcomes_text
    from analysis.questions.outcomes.question import OutcomeQuestion
    from analysis.questions.outcomes.rates import outcomes

    answer = outcomes(
        OutcomeQuestion(
            dataset=options.name,
            version=options.version,
            measures=(options.outcome,) if options.outcome else (),
            period=options.period,
            denominator=options.denominator,
            store=options.store,
        )
    )
    by = tuple(options.by)
    return outcomes_json(answer, by), outcomes_text(answer, by)
