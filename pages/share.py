"""Share: build, preview and download a report that is safe to share."""

from functools import partial

import streamlit as st

from analysis.sharing.build import judged_beside, worded
from analysis.sharing.request import without_words
from pages._app.frame import asking, cached, cards, prologue
from pages._app.outcomes import outcome_scope
from pages._app.share import cover_view, plan_view, series_view, share_view

chosen, about = prologue.begin(
    "Share", "A report needs a dataset with an outcome that is rated in sessions.", outcome=True
)
cards.lead("A report for the board, in four formats, in which nobody can be singled out.")
plan_view.opened(chosen.dataset, about)
request = share_view.choices(chosen)
if request is None:
    st.stop()
with st.expander("Measure and filters, the same as on the page Outcomes", key="more: asked"):
    asked = outcome_scope.outcome_widgets(chosen, about)
request = share_view.completed(request, asked.question)
request = cover_view.targets(request)
request = cover_view.own_words(series_view.of_series(request, asked.treatments))
# A link can bring a section that takes minutes: it is asked for first, as on its own page.
if "partition" in request.sections and not asking.may_start(
    chosen, cached.partition_seconds(chosen)
):
    st.stop()
figures = without_words(request)  # what is typed makes no figure anew
series_view.plan_of(request)
made_of = (chosen.version, figures, judged_beside(request))
report = cards.wait(
    cached.report_job(*made_of),
    420,
    "Making the preview",
    retry=partial(cached.report_job.clear, *made_of),
)
if report is not None:
    report = worded(report, request)
    share_view.files(report)
    share_view.preview(report)
share_view.rules(request.profile)
