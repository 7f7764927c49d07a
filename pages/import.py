"""Import: upload, see what the columns are taken for, correct it, check, import."""

import streamlit as st

from pages._app.data import import_view
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
if not uploads:
    import_view.past_report()
    st.stop()
paths = import_view.kept_privately(uploads)
guess = import_view.guessed(paths)
if guess is None:
    st.stop()
cards.section(
    "What the columns mean",
    "Guessed from their names and content. Correct what is "
    "wrong: choose in a cell, or take a variable out.",
)
keys = import_view.keys_editor(guess)
variables = import_view.variables_editor(guess)
mapping = import_view.corrected(guess, keys, variables)
import_view.mapping_download(mapping)
cards.section("Check and import")
name = st.text_input(
    "Name of the dataset",
    import_view.suggested_name(uploads),
    max_chars=64,
    help="Small letters, digits, - and _.",
    key="import_name",
)
with st.container(horizontal=True, gap="small"):
    check = st.button("Check", icon=":material/fact_check:")
    go = st.button("Import", type="primary", icon=":material/upload:")
again = st.session_state.pop("go_on", "")
if check or again == "check_job":
    import_view.start_check(name, paths, mapping)
if go or again == "import_job":
    import_view.start_import(name, paths, mapping)
import_view.progress_and_report()
