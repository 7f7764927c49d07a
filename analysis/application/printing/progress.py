"""What the command progress prints: open treatments, and how good the signals are here."""

from analysis.application.printing.as_json import plain
from analysis.application.printing.as_text import as_shown
from analysis.presentation.tables import progress_tables as tables
from analysis.presentation.words import progress_words as words
from analysis.questions.progress.accuracy import Accuracy, AtShare
from analysis.questions.progress.answer import Elsewhere, Progress
from analysis.questions.progress.judging import OpenTreatment

MOST_PRINTED = 200


def progress_json(found: Progress, left_out: tuple[Elsewhere, ...] | None = None) -> dict:
    """left_out: given where all figures of the signals are asked for, in place of the list."""
    head = {
        "dataset": found.dataset,
        "version": found.version,
        "synthetic": found.synthetic,
        "outcome": found.measure,
        "time": found.axis,
        "landmark": found.landmark,
        "reliable_change": found.reliable_change,
        "finished": found.finished,
        "learnt_from": found.learnt,
        "share_flagged": found.share,
        "scale": "root" if found.rooted else "points",
        "coverage": [
            {"elapsed": c.elapsed, "n": c.n, "within_50": c.half, "within_80": c.eighty}
            for c in found.coverage
        ],
        "messages": list(found.messages),
    }
    if left_out is not None:
        head["accuracy"] = [_figures(a) for a in found.accuracy]
        head["left_out"] = [{"by": e.by, **_figures(e.accuracy)} for e in left_out]
    else:
        head["signals"] = [
            {"signal": a.signal, "landmark": a.landmark, "status": a.status, "auc": a.auc}
            for a in found.accuracy
        ]
        head["open"] = [_treatment(t, found) for t in found.open]
    return plain(head)


def progress_text(found: Progress, left_out: tuple[Elsewhere, ...] | None = None) -> str:
    parts = [words.answer(found), words.header_line(found), *words.cautions(found)]
    if left_out is not None:
        at_headline = [a for a in found.accuracy if a.landmark == found.landmark]
        parts += [words.signal_sentence(a, found.axis) for a in at_headline]
        parts += [
            as_shown(tables.signals(found)),
            *([as_shown(tables.elsewhere(left_out))] if left_out else []),
            words.coverage_sentence(found),
            as_shown(tables.coverage(found)),
        ]
    elif found.open:
        parts.append(as_shown(tables.open_treatments(found, found.open, MOST_PRINTED)))
    return "\n\n".join(parts)


def _treatment(t: OpenTreatment, found: Progress) -> dict:
    return {
        "episode": t.episode,
        "clinic": t.clinic,
        "scores": t.scores,
        "elapsed": t.elapsed,
        "first": t.intake,
        "last": t.last,
        "improvement": t.change,
        "landmark": t.landmark,
        "chances": dict(t.chances),
        "flags": list(t.flags),
        "alliance_fell": t.alliance_fell,
        "verdict": t.verdict,
        "why": words.why(t, found),
    }


def _figures(a: Accuracy) -> dict:
    line = a.calibration
    return {
        "signal": a.signal,
        "landmark": a.landmark,
        "status": a.status,
        "n": a.n,
        "events": a.events,
        "auc": a.auc,
        "auc_early_change": a.auc_early,
        "log_score_gain": a.gain,
        "log_score_gain_se": a.gain_se,
        "calibration": {"in_the_large": line.in_the_large, "slope": line.slope} if line else None,
        "flagged": _flagging(a.flagging),
        "flagged_early_change": _flagging(a.flagging_early),
        "curve": [{"said": s, "came": c, "n": n} for s, c, n in a.curve],
        "net_benefit": [
            {"threshold": t, "signal": s, "early_change": e, "everybody": every}
            for t, s, e, every in a.benefit
        ],
        "groups": [{n: getattr(g, n) for n in type(g).__slots__} for g in a.groups],
    }


def _flagging(f: AtShare | None) -> dict | None:
    if f is None:
        return None
    return {
        "share": f.share,
        "threshold": f.threshold,
        "flagged": f.flagged,
        "sensitivity": f.sensitivity,
        "specificity": f.specificity,
        "ppv": f.ppv,
    }
