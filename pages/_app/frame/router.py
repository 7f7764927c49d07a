"""The frame around every page: navigation, sidebar, and calm errors.

It lies in a folder without a `pages/` of its own: beside one, Streamlit would run a page by its
file when a deep link opens the first session, and this script never.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:  # `streamlit run` puts only the script's own folder there
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from analysis.application.serving.preload import heavy_work  # noqa: E402
from analysis.base.background import work  # noqa: E402
from pages._app.frame import cards, contents, door, linked, sidebar  # noqa: E402

HERE = Path(__file__).resolve().parent
PAGES = ROOT / "pages"
ANSWERING = ("", "explains", "share")  # pages whose answer depends on question and model
TOP = ("header", "lead", "cautions", "links")
# What comes after the cards' frames on a page: its room is kept.
LATE = {"explains": TOP, "outcomes": TOP, "clinics": TOP, "model_lab": ("lead",)}


def page(file: str, title: str, icon: str, **options):
    return st.Page(PAGES / f"{file}.py", title=title, icon=f":material/{icon}:", **options)


SECTIONS = {
    "Overview": [page("home", "Home", "home", default=True)],
    "Explore": [
        page("explains", "What explains outcome", "stacked_bar_chart", url_path="explains"),
        page("alliance", "Alliance", "handshake", url_path="alliance"),
        page("course", "From the first contact", "timeline", url_path="course"),
        page("sequence", "Which comes first", "swap_horiz", url_path="sequence"),
        page("practices", "Building the alliance", "construction", url_path="practices"),
        page("model_lab", "Model lab", "biotech", url_path="model_lab"),
    ],
    "Report": [
        page("outcomes", "Outcomes", "monitoring", url_path="outcomes"),
        page("clinics", "Clinics and therapists", "groups", url_path="clinics"),
        page("progress", "Progress", "timeline", url_path="progress"),
        page("share", "Share", "ios_share", url_path="share"),
    ],
    "Data": [
        page("datasets", "Datasets", "database", url_path="datasets"),
        page("import", "Import", "upload", url_path="import"),
        page("dictionary", "Dictionary", "menu_book", url_path="dictionary"),
    ],
    "Help": [
        page("method", "Method", "functions", url_path="method"),
        page("glossary", "Glossary", "book_2", url_path="glossary"),
    ],
}


def draw_navigation() -> None:
    """The links by section. Streamlit's own menu is off in .streamlit/config.toml."""
    with st.sidebar, st.container(gap="xsmall", key="navigation"):
        for section, pages in SECTIONS.items():
            st.caption(section)
            for one in pages:
                st.page_link(one)


if st.context.theme.type == "dark":
    st.html(HERE / "look_dark.css")
st.logo(
    str(HERE / ("logo_dark.svg" if st.context.theme.type == "dark" else "logo_light.svg")),
    size="large",
    icon_image=str(HERE / "icon.svg"),
)
shown = st.navigation(SECTIONS, position="hidden")
st.set_page_config(f"{shown.title} · Rapport", str(HERE / "icon.svg"), layout="wide")
draw_navigation()
try:
    with cards.calm():
        contents.begin(shown.url_path, LATE.get(shown.url_path, ()))
        linked.arrived()
        sidebar.scope_widgets(counts=shown.url_path in ANSWERING)
        shown.run()
finally:
    for note in linked.notes():
        contents.place("cautions").warning(cards.escape(note), icon=":material/link_off:")
    contents.draw_links()
    # Last: starting workers would compete with the first page for the processor.
    work.warm(heavy_work, door.debug())
