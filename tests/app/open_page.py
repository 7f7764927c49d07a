"""Ways to open a page and to read it."""

import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

TEXT = (
    "title",
    "subheader",
    "markdown",
    "caption",
    "text",
    "alert",
    "info",
    "success",
    "warning",
    "error",
    "code",
    "heading",
)
ROUTER = Path(__file__).resolve().parents[2] / "pages" / "_app" / "frame" / "router.py"


def opened(page: str = "", **address) -> AppTest:
    """A first session that starts cold at `page` (a script's name) with this address."""
    at = AppTest.from_file(str(ROUTER), default_timeout=60)
    for name, value in address.items():
        at.query_params[name] = value
    if page:
        at.switch_page(f"../../{page}.py")
    return at.run()


def answered(at: AppTest, seconds: float = 60) -> AppTest:
    """The page once its work is done, as the polling fragment would show it."""
    until = time.monotonic() + seconds
    while at.get("progress") and time.monotonic() < until:
        time.sleep(0.3)
        at.run()
    return at


def texts(at: AppTest) -> str:
    """All text of the page's main part in its order, Markdown's escapes removed."""
    found = [str(element.value) for element in at.main if element.type in TEXT]
    return "\n".join(found).replace("\\", "").replace("\u00a0", " ")
