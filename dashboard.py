"""The one door of Rapport.

python dashboard.py              sets up once, then opens the dashboard
python dashboard.py test         sets up once, then runs the tests
python dashboard.py <command>    sets up once, then does one thing (--help lists the commands)

Inside an environment that has the requirements, `streamlit run dashboard.py` works as well.
"""

# This file keeps to syntax that any Python reads, so that an old one can be told so.
import sys

OLDEST_PYTHON = (3, 11)


def too_old(version):
    """One plain message when `version` (a tuple such as (3, 8, 2)) is below 3.11, else ''."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return ""
    return (
        "Rapport: This Python is too old: it is %d.%d, and Rapport needs 3.11 or newer. "
        "Next: install a newer Python (www.python.org/downloads, or your system's packages) "
        "and start with it, for instance: python3.12 dashboard.py\n" % tuple(version[:2])
    )


if "streamlit" in sys.modules:
    from pathlib import Path

    import streamlit as st
    from starlette.middleware import Middleware

    from analysis.application.launch import announcing
    from analysis.application.serving.door import Door, chosen_token
    from analysis.application.serving.first_paint import FirstPaint
    from analysis.application.serving.handles import Handles
    from analysis.application.serving.headers import Headers
    from analysis.base.settings import of_process
    from pages._app.frame import heights

    token = chosen_token(of_process().token)

    def port():
        return st.get_option("server.port")

    # The router lies in a folder without a `pages/` of its own: beside one, a deep link that
    # opens the first session would bypass it.
    frame = Path(__file__).resolve().parent / "pages" / "_app" / "frame"
    style = (frame / "look.css").read_text(encoding="utf-8") + heights.rules()
    app = st.App(
        frame / "router.py",
        lifespan=announcing(lambda: (port(), st.get_option("server.headless")), token),
        # The outermost first: what is refused at the door still carries the headers.
        middleware=[
            Middleware(Headers),
            Middleware(Door, token=token, port=port),
            Middleware(Handles),
            Middleware(FirstPaint, style=style),
        ],
    )
elif __name__ == "__main__":
    message = too_old(sys.version_info)
    if message:
        sys.stderr.write(message)
        sys.exit(2)
    from analysis.application.launch import main

    sys.exit(main(sys.argv[1:]))
