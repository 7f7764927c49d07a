"""A saved plan opened on the page Share: its choices become the page's."""

from typing import Any

import streamlit as st

from analysis.base.errors import RequestError
from analysis.sharing.periods_asked import asked_periods
from analysis.sharing.plan import Plan, comments_of, cover_of, plan_of, targets_of
from analysis.sharing.request import KINDS
from pages._app.frame import cached, cards

LOGO = "plan logo"  # of an opened plan, until a picture is chosen
DONE = "plan opened"


def opened(dataset: str, about: cached.About) -> None:
    """Takes over what an uploaded plan says, once; in words where it cannot."""
    with st.expander("Open a saved plan", key="more: open a plan"):
        file = st.file_uploader("Plan", key="plan upload", type=["toml"])
        if file is None or st.session_state.get(DONE) == file.file_id:
            return
        try:
            values = _values(plan_of(file.getvalue(), file.name), dataset, about)
        except RequestError as error:
            st.warning(cards.escape(str(error)))
            return
    st.session_state[DONE] = file.file_id  # the address follows the widgets' values
    for key, value in values.items():
        st.session_state[key] = value
    st.rerun()


def _values(plan: Plan, dataset: str, about: cached.About) -> dict[str, Any]:
    """Key of a widget -> what it shows. RequestError for another dataset's plan, or measure."""
    if plan.dataset != dataset:
        raise RequestError(
            f"The plan is of the dataset '{plan.dataset[:40]}'",
            next_step="choose it in the sidebar",
        )
    known = [v.name for v in about.outcomes]
    if plan.outcome and plan.outcome not in known:
        raise RequestError(
            f"This dataset has no outcome '{plan.outcome[:40]}'", allowed=", ".join(known)
        )
    first, last = asked_periods(plan.first, plan.last, plan.period)
    cover = cover_of(plan)
    found: dict[str, Any] = {
        "sections": list(plan.sections or KINDS[plan.kind]),
        "profile": plan.profile,
        "language": plan.language,
        "title": plan.title,
        "notes": plan.notes,
        "organisation": cover.organisation,
        "contact": cover.contact,
        "confidentiality": cover.confidentiality,
        LOGO: cover.logo,
        "every": list(plan.every),
        "by_half": list(plan.by_half),
        "by_year": list(plan.by_year),
        "period": plan.period,
        "of": plan.denominator,
        "from": first,
        "to": last,
        "clinics": list(plan.clinics),
        "models": list(plan.models),
        "severities": list(plan.severities),
    }
    found |= {f"comment {name}": text for name, text in comments_of(plan)}
    found |= {f"target {metric}": points for metric, points in targets_of(plan)}
    return found | ({"measure": plan.outcome} if plan.outcome else {})
