"""The way back from a model: words for a paper, scripts that give its numbers again, its rows."""

from typing import Any

import streamlit as st

from analysis.base.background import work
from analysis.presentation import exports
from analysis.presentation.words.models import methods_words, scripts
from analysis.questions.lab.question import ModelQuestion
from analysis.sharing.way_back import model_name
from pages._app.frame import cached, contents

PATIENCE = 120  # seconds for the rows of a large dataset
KINDS = ("For a paper", "In R", "In Python", "Command and link")


def name_files(asked: ModelQuestion) -> None:
    """The page's files begin with dataset and model."""
    contents.name_files(str(asked.dataset), model_name(asked.formula))


def way_back(fit, asked: ModelQuestion, synthetic: bool) -> None:
    """The block 'How it was made', but for the second witness."""
    paper, in_r, in_python, plain = st.tabs(KINDS, key="tabs way back")
    about = cached.about(str(asked.dataset), asked.version)
    labels = {v.name: v.label or v.name for v in about.variables}
    with paper:
        _paper(fit, asked, labels)
    with in_r:
        _in_r(fit, asked, synthetic)
    with in_python:
        _in_python(fit, asked, synthetic)
    with plain:
        st.caption("The same numbers from the command line")
        st.code(asked.command(), language="bash", wrap_lines=True)
        st.caption("A link to this model, with every setting spelled out")
        st.code(asked.link(), language=None, wrap_lines=True)
    said = f"Dataset {asked.dataset}, version {asked.version}; {fit.seconds.total:.2f} s."
    st.text(said)


def _paper(fit, asked: ModelQuestion, labels: dict[str, str]) -> None:
    st.caption("Methods")
    data = f"dataset {asked.dataset}, version {asked.version}"
    st.code(methods_words.methods(fit, labels, data), language=None, wrap_lines=True)
    st.caption("Results, a sentence a coefficient")
    st.code("\n".join(methods_words.apa(fit, labels)), language=None, wrap_lines=True)
    st.caption(
        "Tables as Word, LaTeX and CSV are behind each card's *Save*; 'CSV ;' is for spreadsheets "
        "with a decimal comma (R: read.csv2)."
    )


def _in_r(fit, asked: ModelQuestion, synthetic: bool) -> None:
    named = ("internal", str(asked.dataset), model_name(asked.formula))
    rows_file = exports.file_name(*named, "rows", ending="csv", synthetic=synthetic)
    script = scripts.r_script(asked, fit, rows_file)
    st.caption(
        "R gives these numbers from a file of the rows used. It holds patients' own scores, "
        "with numbers in place of names: keep it inside."
    )
    with st.container(horizontal=True, gap="small"):
        _file("Script", script, exports.file_name(*named, ending="R", synthetic=synthetic))

        def made() -> bytes:
            from analysis.questions.lab.way_back.analysis_rows import analysis_rows

            found: Any = work.submit(analysis_rows, asked, progress=False).result(PATIENCE)
            return exports.table_csv(found.rows, synthetic, internal=True)

        _file("Analysis data (internal)", made, rows_file)
    st.code(script, language="r", wrap_lines=True)


def _in_python(fit, asked: ModelQuestion, synthetic: bool) -> None:
    script = scripts.python_script(asked, fit)
    named = ("internal", str(asked.dataset), model_name(asked.formula))
    st.caption("Fits the model again from this version and holds every number to the page's.")
    _file("Script", script, exports.file_name(*named, ending="py", synthetic=synthetic))
    st.code(script, language="python", wrap_lines=True, height=300)


def _file(label: str, data, name: str) -> None:
    st.download_button(
        label,
        data,
        name,
        key=f"{label} {name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
