"""What the alliance is made of as tables."""

from dataclasses import asdict

from analysis.models.latent_means import LevelEffect
from analysis.presentation.tables import cells
from analysis.presentation.tables.published_tables import doi
from analysis.presentation.tables.table import Cell, Table, laid_out
from analysis.presentation.words.alliance.alliance_words import short, within
from analysis.presentation.words.alliance.published import Figure
from analysis.questions.alliance.components.result import AllianceAnswer, Levels, NextLag
from analysis.questions.alliance.two.raters import RatersAnswer


def course(answer: AllianceAnswer, caption: str) -> Table:
    """One row a measure, group and session: n, median, middle half."""
    rows = [
        {
            "Measure": Cell(short(answer, p.measure).capitalize()),
            "Treatments": Cell("all" if p.group == "all" else p.group),
            "Session": cells.count(p.session),
            "Ratings": cells.count(p.n),
            "Median": cells.number(p.median, decimals=2),
            "Middle half": cells.interval(p.lower, p.upper, decimals=2),
        }
        for p in answer.course
    ]
    return laid_out(caption, rows, exact=[asdict(p) for p in answer.course])


def described(answer: AllianceAnswer, caption: str) -> Table:
    """One row a measure: ratings, spread, reliability of 1, 2, 4 sessions, ceiling."""
    rows = [
        {
            "Measure": Cell(short(answer, d.measure).capitalize()),
            "Ratings": cells.count(d.ratings),
            "Mean": cells.number(d.mean, decimals=2),
            "SD between patients": cells.number(d.sd_between, decimals=2),
            "SD within": cells.number(d.sd_within, decimals=2),
            **{
                f"Reliability, {k} session{'s' * (k != 1)}": cells.number(v, decimals=2)
                for k, v in d.reliability.items()
            },
            "At the maximum": cells.share(d.ceiling, decimals=1),
        }
        for d in answer.described
    ]
    notes = []
    if answer.items:
        i = answer.items
        each = ", ".join(f"{k}: {v:.2f}" for k, v in i.between.items())
        change = "none" if i.change is None else f"{i.change:.2f}"
        notes.append(
            f"Components as items of one scale ({i.treatments:,} treatments with all of them at "
            f"the first {i.sessions} sessions): reliability of so many sessions {each}; of a "
            f"change {change} (Shrout & Lane 2012)."
        )
    exact = [asdict(d) for d in answer.described]
    return laid_out(caption, rows, notes, exact)


def correlations(answer: AllianceAnswer, caption: str) -> Table:
    """One row a pair of components."""
    rows = [
        {
            "Components": Cell(f"{short(answer, c.first)} and {short(answer, c.second)}"),
            "Within patients": cells.number(c.within, decimals=2),
            "Between patients": cells.number(c.between, decimals=2),
        }
        for c in answer.correlations
    ]
    return laid_out(caption, rows, exact=[asdict(c) for c in answer.correlations])


def effects(answer: AllianceAnswer, caption: str) -> Table:
    """One row a level and component: alone and beside the others, what it adds."""
    own = {(e.level, k): v for e in answer.explained for k, v in e.own.items()}
    rows = [
        {
            "Component": Cell(short(answer, e.component).capitalize()),
            "Level": Cell(e.level),
            "Apart": cells.number(e.apart, decimals=2),
            "95 % interval": cells.interval(e.apart_low, e.apart_high, decimals=2),
            "Together": cells.number(e.together, decimals=2),
            "95 % interval, together": cells.interval(e.together_low, e.together_high, decimals=2),
            "Variance it adds": cells.share(own.get((e.level, e.component)), decimals=1),
        }
        for e in answer.effects
    ]
    notes = [
        f"{e.level.capitalize()}: all components explain {100 * e.r2:.1f} % beyond what is held, "
        f"{100 * e.shared:.1f} % of it shared by two or more ({e.rows:,} rows)."
        for e in answer.explained
    ]
    exact = [asdict(e) for e in answer.effects]
    return laid_out(caption, rows, notes, exact)


def contrasts(answer: AllianceAnswer, caption: str) -> Table:
    """One row a level and pair: the difference of both effects together."""
    rows = [
        {
            "Level": Cell(c.level),
            "Difference": Cell(f"{short(answer, c.first)} less {short(answer, c.second)}"),
            "Points": cells.number(c.difference, decimals=2),
            "95 % interval": cells.interval(c.low, c.high, decimals=2),
        }
        for c in answer.contrasts
    ]
    return laid_out(caption, rows, exact=[asdict(c) for c in answer.contrasts])


def levels(found: Levels, caption: str, lag: NextLag | None = None) -> Table:
    """One row a level: as observed, with latent means, contextual. lag: of the next session, for
    the note on its first row."""
    rows = [_level(n, e) for n, e in zip(found.names, found.effects, strict=True)]
    exact = [
        dict(level_name=n) | asdict(e) for n, e in zip(found.names, found.effects, strict=True)
    ]
    return laid_out(caption, rows, [within(lag)] if lag else [], exact)


def _level(name: str, e: LevelEffect) -> dict[str, Cell]:
    return {
        "Level": Cell(name.capitalize()),
        "Units": cells.count(e.units),
        "As observed": cells.number(e.naive, decimals=2),
        "95 % interval": cells.interval(e.naive_low, e.naive_high, decimals=2),
        "Reliability of means": cells.number(e.lambda_, decimals=2),
        "Latent means": cells.number(e.corrected, decimals=2),
        "95 % interval, latent": cells.interval(e.low, e.high, decimals=2),
        "Contextual": cells.number(e.contextual, decimals=2),
        "95 % interval, contextual": cells.interval(
            e.contextual_low, e.contextual_high, decimals=2
        ),
    }


def published(figures: tuple[Figure, ...], here: str, caption: str) -> Table:
    """What others found, and the same here where there is such a figure."""
    rows = [
        {
            "What": Cell(f.what),
            "Figure": Cell(f.figure),
            "Source": Cell(f"{f.source} {doi(f.doi)}".strip()),
        }
        for f in figures
    ]
    if here:
        first = {"What": Cell("Here"), "Figure": Cell(here), "Source": Cell("this dataset")}
        rows.insert(0, first)
    return laid_out(caption, rows, exact=[asdict(f) for f in figures])


def raters(answer: RatersAnswer, caption: str) -> Table:
    """Truth and bias: estimates, and how dyads differ in them."""
    v = answer.variances
    rows = [
        _rater("Bias: therapist less patient", answer.bias, v.bias),
        _rater("Congruence: therapist's points a patient's point", answer.congruence, v.congruence),
    ]
    notes = [
        f"Correlation within patients {_shown(answer.within)}, of their means "
        f"{_shown(answer.between)}; {answer.patients:,} patients, {answer.rows:,} sessions rated "
        "by both."
    ]
    exact = [
        dict(what=name, estimate=c.estimate, se=c.se, low=c.low, high=c.high)
        for name, c in (("bias", answer.bias), ("congruence", answer.congruence))
    ]
    return laid_out(caption, rows, notes, exact)


def _rater(name: str, c, variance: float) -> dict[str, Cell]:
    return {
        "": Cell(name),
        "Estimate": cells.number(c.estimate, c.se),
        "95 % interval": cells.interval(c.low, c.high, c.se),
        "SD between dyads": cells.number(variance**0.5, decimals=2),
    }


def _shown(r: float | None) -> str:
    return "–" if r is None else f"{r:.2f}"


def surface(answer: RatersAnswer, caption: str) -> Table:
    """The surface's shape: one row a figure."""
    found = answer.surface
    rows = [
        {
            "Figure": Cell(s.name),
            "Says": Cell(SAYS[s.name]),
            "Estimate": cells.number(s.estimate, s.se),
            "95 % interval": cells.interval(s.low, s.high, s.se),
        }
        for s in (found.shapes if found else ())
    ]
    notes = (
        [f"{name}: {'holds' if ok else 'does not hold'}" for name, ok in found.conditions.items()]
        if found
        else []
    )
    exact = [
        dict(figure=s.name, estimate=s.estimate, se=s.se, low=s.low, high=s.high)
        for s in (found.shapes if found else ())
    ]
    return laid_out(caption, rows, notes, exact)


SAYS = {
    "a1": "slope along agreement",
    "a2": "curvature along agreement",
    "a3": "slope across: which of the two is higher",
    "a4": "curvature across: cost of disagreement",
    "a5": "difference of both curvatures",
    "p10": "the ridge's intercept",
    "p11": "the ridge's slope",
}
