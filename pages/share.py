"""Share: build, preview and download a report that is safe to share."""

from functools import partial

import streamlit as st

from pages._app.frame import cached, cards, sidebar
from pages._app.outcomes import outcome_scope
from pages._app.share import share_view

chosen = sidebar.current()
cards.title("Share", synthetic=sidebar.is_synthetic())
if chosen is None:
    cards.needs_data("A report needs a dataset with an outcome that is rated in sessions.")
    st.stop()
about = cached.about(chosen.dataset, chosen.version)
if not about.outcomes:
    cards.lead(
        "This dataset has no outcome: no number rated in sessions has the factor "
        "'outcome'. Import it again and name one."
    )
    st.stop()
cards.lead("A report for the board, in four formats, in which nobody can be singled out.")
request = share_view.choices(chosen)
if request is None:
    st.stop()
with st.expander("Measure and filters, the same as on the page Outcomes"):
    asked = outcome_scope.outcome_widgets(chosen, about)
request = share_view.completed(request, asked.question)
report = cards.wait(
    cached.report_job(chosen.version, request),
    420,
    retry=partial(cached.report_job.clear, chosen.version, request),
)
if report is not None:
    share_view.files(report)
    share_view.preview(report)
share_view.rules(request.profile)
