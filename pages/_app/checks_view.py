"""The parts of a page that say how far a result can be trusted and how to get it again."""

import streamlit as st

from analysis.report import words
from analysis.report.rounding import count, estimate, percent
from pages._app import cached, cards, scope


def checks(p) -> None:
    """Convergence, singularity, rows in and out, groups, failed replicates."""
    cards.section("Checks")
    for sentence in (*words.caveats(p), *p.status.messages):
        st.markdown(f"- {cards.escape(sentence)}")
    unit = words.UNITS[p.question]
    shown = [
        {"Check": "Converged", "Result": "yes" if p.status.converged else "no"},
        {"Check": "Singular", "Result": "yes" if p.status.singular else "no"},
        {"Check": f"{unit.capitalize()} used", "Result": count(p.rows)},
        *({"Check": f"Left out: {why}", "Result": count(n)} for why, n in p.rows_out.items()),
        *({"Check": f"Groups: {group}", "Result": count(n)} for group, n in p.groups.items()),
        {"Check": "Resamples", "Result": f"{count(p.bootstrap.replicates)} ({p.bootstrap.kind})"},
        {"Check": "Resamples that failed", "Result": count(p.bootstrap.failed)},
        {"Check": "Marginal and conditional R²",
         "Result": f"{percent(p.fit.r2_marginal, decimals=1)} and "
                   f"{percent(p.fit.r2_conditional, decimals=1)}"},
    ]  # fmt: skip
    rows = [{"check": r["Check"], "result": r["Result"]} for r in shown]
    cards.table(rows, "Checks", p.synthetic, shown, numbers=("Result",))


def in_words(p, outcome: str) -> None:
    """Both paragraphs."""
    cards.section("In words")
    st.markdown("**For everyone**")
    st.markdown(cards.escape(words.plain(p, outcome)))
    st.markdown("**For a paper**")
    st.markdown(cards.escape(words.journal(p, outcome)))


def how(p, chosen) -> None:
    """Model, command and link that give the same answer again, and the second witness."""
    cards.section("How it was made")
    st.write("Shares are Shapley values of explained variance: what each factor adds, averaged "
             "over all orders in which the factors can enter one mixed model, corrected for what "
             "chance alone would add.")  # fmt: skip
    st.page_link("pages/method.py", label="Method: formulas, sources, limits",
                 icon=":material/functions:")  # fmt: skip
    st.caption("The full model")
    st.code(p.fit.formula, language=None, wrap_lines=True)
    st.caption("The same numbers from the command line")
    st.code(scope.command(chosen), language="bash", wrap_lines=True)
    st.caption("A link to this view, with every setting spelled out")
    st.code(scope.link(chosen), language=None, wrap_lines=True)
    st.text(f"Dataset {p.dataset}, version {p.version}; {p.seconds:.1f} s.")
    with st.expander("Check with statsmodels"):
        _witness(p)


def _witness(p) -> None:
    st.write("Fits the same model with statsmodels' MixedLM, a second program that shares no "
             "code with this one. It can take a minute on large data.")  # fmt: skip
    if st.button("Fit with statsmodels") or st.session_state.get("witness") == p.fit.formula:
        st.session_state["witness"] = p.fit.formula
        job = cached.witness_job(p.version, p.fit.formula, p.dataset, p.fit.method)
        second = cards.wait(job, 200, "Fitting with statsmodels")
        if second is None:
            return
        theirs = {f.term: f for f in second.fixed}
        rows = [
            dict(term=f.term, rapport=f.estimate, se=f.se,
                 statsmodels=theirs[f.term].estimate, statsmodels_se=theirs[f.term].se)
            for f in p.fit.fixed if f.term in theirs
        ]  # fmt: skip
        shown = [
            {"Term": r["term"], "Rapport": estimate(r["rapport"], r["se"]),
             "SE": estimate(r["se"], r["se"]),
             "statsmodels": estimate(r["statsmodels"], r["se"]),
             "SE (statsmodels)": estimate(r["statsmodels_se"], r["se"])}
            for r in rows
        ]  # fmt: skip
        cards.table(rows, "Second witness", p.synthetic, shown,
                    numbers=("Rapport", "SE", "statsmodels", "SE (statsmodels)"))  # fmt: skip
        for message in second.status.messages:
            st.caption(cards.escape(message))
