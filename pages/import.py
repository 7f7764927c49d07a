"""Import: upload, see what was found, correct what columns mean, answer, import."""

import streamlit as st

from pages._app.data import import_columns, import_found, import_view
from pages._app.frame import cards

cards.title("Import")
cards.lead(
    "Your file stays on this computer. It is read as a whole first; it becomes a dataset, "
    "or nothing changes."
)
st.write(
    "One row a session is enough: Excel, OpenDocument, CSV, SPSS, Stata, SAS or Parquet; files "
    "for episodes, therapists and clinics can come with it."
)
uploads = st.file_uploader("Files", accept_multiple_files=True, key="uploads")
if wrong := import_view.too_many(uploads):
    st.warning(wrong)
    st.stop()
paths = import_view.kept_privately(uploads) if uploads else import_view.kept_from_before()
if not paths:
    import_found.templates()
    import_view.past_report()
    st.stop()
proposal = import_view.proposed(paths)
if proposal is None:
    st.stop()
cards.section("What was found")
import_found.looks(proposal.guess)
guess = import_found.goes_to(proposal)
guess = import_found.mapping_from_before(guess)
cards.section(
    "What the columns mean",
    import_found.why()
    + " Correct what is wrong: choose in a cell, take a variable out, or take in a column that was "
    "left out.",
)
start = import_view.base(guess)
keys = import_columns.keys_editor(start, import_view.key("keys"))
more = st.toggle("Labels, raters, directions", key="import_more")
variables = import_columns.variables_editor(start, import_view.key("variables"), more)
mapping = import_columns.corrected(start, keys, variables)
st.session_state["import_kept"] = mapping
import_view.mapping_download(mapping)
cards.section("Check and import")
name = import_view.named(paths)
with st.container(horizontal=True, gap="small"):
    check = st.button("Check", icon=":material/fact_check:")
    go = st.button("Import", type="primary", icon=":material/upload:")
again = st.session_state.pop("go_on", "")
if check or again == "check_job":
    import_view.start_check(name, paths, mapping)
if go or again == "import_job":
    import_view.start_import(name, paths, mapping)
import_view.progress_and_report()
