"""Results as plain text for a terminal."""

import math
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.models.result import Fit, FixedEffect, Residuals
from analysis.presentation.tables.table import Table
from analysis.presentation.words.rounding import NBSP

if TYPE_CHECKING:  # each command loads its own result alone
    from analysis.models.logistic.result import LogisticFit
    from analysis.questions.partition.result import Bootstrap, Partition
    from analysis.questions.pooling.exchange import MomentsFile

NONE = "-"


def table(columns: Sequence[str], rows: Iterable[Sequence]) -> str:
    """`rows` under `columns`, numbers to the right, text to the left, two blanks between.

    A missing value (None, NaN, infinity) shows as '-'. No rows: the header alone.
    """
    rows = [tuple(row) for row in rows]
    cells = [tuple(columns), *(tuple(_cell(value) for value in row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    right = [any(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    )


def as_shown(content: Table) -> str:
    """A result's table with the texts that page and report show."""
    heads = [column.name for column in content.columns]
    lines = [heads, *([cell.text.replace(NBSP, " ") for cell in row] for row in content.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    right = [column.numeric for column in content.columns]
    aligned = (
        (text.rjust(width) if to_right else text.ljust(width))
        for line in lines
        for text, width, to_right in zip(line, widths, right, strict=True)
    )
    return "\n".join("  ".join(islice(aligned, len(heads))).rstrip() for _ in lines)


def counts(groups: dict[str, int]) -> str:
    """{'clinic': 1, 'therapist': 30} -> '1 clinic, 30 therapists'."""
    return ", ".join(f"{n:,} {unit}{'' if n == 1 else 's'}" for unit, n in groups.items())


def checks_text(checks: list[dict]) -> str:
    """What the checks say, a paragraph each: check, grade, sentence."""
    said = {"fine": "no sign", "note": "look", "problem": "problem"}
    lines = (f"{c['check']} ({said[c['grade']]}): {c['sentence']}" for c in checks)
    return "\n\n".join(["", "Checks", *lines])


def fit_text(fit: "Fit | LogisticFit") -> str:
    """A fitted model: what was fitted on how much, the fixed and random effects, its status."""
    groups = ", ".join(f"{count:,} {name}" for name, count in fit.groups.items())
    fixed = "term estimate se df statistic p low high".split()
    parts = [
        f"{fit.formula}\n{_weights(fit)}{fit.method}, {fit.rows:,} rows ({fit.rows_dropped:,} left "
        f"out); groups: {groups or 'none'}",
        f"criterion {_cell(fit.criterion)}, log-likelihood {_cell(fit.log_likelihood)}, "
        f"{_by_parameters(fit)}"
        f"R2 marginal {_cell(fit.r2_marginal)}, conditional {_cell(fit.r2_conditional)}",
        "Fixed effects (95 % interval)\n" + table(fixed, map(_fixed, fit.fixed)),
        "Random effects\n"
        + table(
            ("group", "term", "sd"),
            [
                *((r.group, r.term, r.sd) for r in fit.random),
                *([("residual", "", fit.sigma)] if fit.sigma is not None else []),
            ],
        ),
    ]
    if fit.correlations:
        rows = ((c.group, c.term_1, c.term_2, c.r) for c in fit.correlations)
        parts.append(table(("group", "term 1", "term 2", "r"), rows))
    parts += [_residuals(fit, fit.residuals)] if isinstance(fit, Fit) and fit.residuals else []
    return "\n\n".join([*parts, *fit.status.messages])


def _by_parameters(fit: "Fit | LogisticFit") -> str:
    if not isinstance(fit, Fit):
        return ""  # said at the top
    return f"AIC {_cell(fit.aic)}, BIC {_cell(fit.bic)} ({fit.parameters} parameters), "


def _residuals(fit: Fit, found: Residuals) -> str:
    """What they are instead of independent and alike."""
    from analysis.presentation.tables.models.model_tables import residuals
    from analysis.presentation.words.models.residual_words import better

    return f"Residuals\n{as_shown(residuals(fit))}\n{better(found)}"


def joint_text(test: dict) -> str:
    """An F test of several coefficients as `JointTests.tidy` gives it, in one line."""
    return (
        f"{test['term']} are all zero: F({test['num_df']}, {test['den_df']:.1f}) = "
        f"{test['statistic']:.4g}, p = {test['p']:.3g}"
    )


def intervals_text(rows: list[dict], kind: str) -> str:
    """Every parameter's interval, a line each."""
    lines = [f"95 % intervals ({kind})"]
    for row in rows:
        named = f"{row['group']} {row['term']}".strip()
        ends = ["–" if row[end] is None else f"{row[end]:.4f}" for end in ("low", "high")]
        lines.append(f"  {named}: {' to '.join(ends)}")
    return "\n".join(lines)


def _weights(fit: "Fit | LogisticFit") -> str:
    if not fit.weights:
        return ""
    if fit.family == "binomial":
        return f"trials behind each row: {fit.weights}\n"
    return f"rows weighted by {fit.weights} (the residual sd is that of a row of weight 1)\n"


def logistic_text(fit: "LogisticFit") -> str:
    """A logistic model: what counts as 1, the odds ratios, then all as in `fit_text`."""
    ratios = [(r["term"], r["odds_ratio"], r["low"], r["high"]) for r in fit.odds_ratios()]
    return "\n\n".join(
        [
            f"Logistic: {fit.event} in {fit.events:,.10g} of {fit.trials:,.10g} "
            f"{'trials' if fit.weights else 'rows'}; effects on the logit scale; AIC "
            f"{_cell(fit.aic)}",
            _chances(fit),
            "Odds ratios (95 % interval)\n" + table(("term", "odds ratio", "low", "high"), ratios),
            _margins(fit),
            fit_text(fit),
            *(f"{name}: {v.sentence}" for name, v in (fit.checks.verdicts if fit.checks else ())),
        ]
    )


def _margins(fit: "LogisticFit") -> str:
    """Average marginal effects on the chance."""
    rows = [
        (m.variable, m.versus or "one more", m.estimate, m.se, m.low, m.high, m.typical)
        for m in fit.margins
    ]
    head = ("predictor", "of", "effect", "se", "low", "high", "at random effect 0")
    return f"Average marginal effects on the chance, 0..1\n{table(head, rows)}"


def _chances(fit: "LogisticFit") -> str:
    chances = fit.chances
    said = (
        f"Mean chance of the event: {_percent(chances.population).strip()} in the population, "
        f"{_percent(chances.typical).strip()} in a typical group (random effect 0), "
        f"{_percent(chances.observed).strip()} observed"
    )
    if not fit.chances_at:
        return said
    rows = (
        (c.variable, c.value, _percent(c.population), _percent(c.typical)) for c in fit.chances_at
    )
    head = ("if all had", "value", "in the population", "at random effect 0")
    return f"{said}\n\nMean chances, all else as it is\n{table(head, rows)}"


def moments_text(site: "MomentsFile", path: Path) -> str:
    """A file of sums that was written: what it holds and what comes next."""
    sums = site.sums
    groups = counts(dict(zip(sums.groupings, sums.groups, strict=True)))
    return (
        f"{path} holds the sums of {sums.rows:,} rows ({sums.rows_dropped:,} left out for a "
        f"missing value; groups: {groups or 'none'}) for\n{site.formula}.\n"
        f"{site.disclosure.rows_sentence()} Pool it with other sites' files: "
        "python dashboard.py pool FILE FILE"
    )


def partition_text(answer: "Partition") -> str:
    """The partition: one row a share in percent of the outcome's variance, then its status."""
    from analysis.presentation.tables import partition_tables
    from analysis.presentation.words import order_words
    from analysis.presentation.words.partition import partition_words
    from analysis.presentation.words.partition.partition_phrases import counted

    said = " (synthetic data)" if answer.synthetic else ""
    left_out = "; ".join(f"{reason}: {rows:,}" for reason, rows in answer.rows_out.items())
    return "\n\n".join(
        [
            f"{answer.outcome} in {answer.dataset} {answer.version}{said}, question "
            f"'{answer.question}', {counted(answer)} "
            f"(left out: {left_out or 'none'})",
            partition_words.answer(answer, answer.outcome),
            as_shown(partition_tables.shares(answer)),
            _intervals(answer.bootstrap) + " Shares are associations, not causes.",
            *_levels(answer),
            *answer.status.messages,
            *filter(None, [order_words.cannot_tell(answer)]),
        ]
    )


def _levels(answer: "Partition") -> list[str]:
    """The shares and the effects at each level, each under its caption."""
    from analysis.presentation.tables import partition_tables

    found = [partition_tables.levels(answer) if answer.levels else None]
    found.append(partition_tables.effects(answer))
    return [f"{t.caption}\n{as_shown(t)}" for t in found if t]


def import_text(report) -> str:
    """An import: rows read = kept + quarantined for each file, what landed, what to look at.

    report: an ImportReport (analysis/importing/findings/report.py).
    """
    columns = ("file", "rows of", "rows read", "kept", "quarantined")
    rows = [(f.file, f.role, f.rows_read, f.kept, f.quarantined) for f in report.files]
    before = " (this content was there already)" if report.already_loaded else ""
    parts = [
        f"Dataset '{report.name}', version {report.version}{before}: {counts(report.tables)}.",
        table(columns, rows),
        *report.warnings,
    ]
    if report.changes:
        told = "; ".join(report.changes.sentences())
        parts.append(f"Since version {report.changes.before}: {told}.")
    if report.quarantine_path:
        parts.append(f"The refused rows, each with its reason: {report.quarantine_path}")
    return "\n\n".join(parts)


def _fixed(effect: FixedEffect) -> tuple:
    p = effect.p
    return (
        effect.term,
        effect.estimate,
        effect.se,
        effect.df,
        effect.statistic,
        "<0.0001" if p is not None and p < 1e-4 else p,
        effect.low,
        effect.high,
    )


def _intervals(drawn: "Bootstrap") -> str:
    if not drawn.replicates:
        return "No intervals were asked for."
    failed = f", {drawn.failed:,} of them failed" if drawn.failed else ""
    return f"95 % intervals: bootstrap ({drawn.kind}), {drawn.replicates:,} replicates{failed}."


def _cell(value) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4f}" if value == 0 or 1e-3 <= abs(value) < 1e7 else f"{value:.3g}"
    return str(value)


def _percent(share: float | None) -> str:
    return NONE if share is None or not math.isfinite(share) else f"{100 * share:5.1f} %"


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
