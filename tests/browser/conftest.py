"""Every test of this folder has the browser and the server at hand."""

from tests.browser.served import browser, server

__all__ = ["browser", "server"]
