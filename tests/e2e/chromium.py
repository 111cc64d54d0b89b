"""The Chromium of this machine; nothing is downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
NEEDED = "PLACET_TEST_BROWSER"
MISSING = f"no {', '.join(NAMES[:-1])} or {NAMES[-1]} on the PATH"


def path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def is_needed() -> bool:
    """Tell whether a machine without one is a mistake, as it is where `.ci/run` runs."""
    return os.environ.get(NEEDED) == "1"


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    """Start it. Its sandbox does not work for root, who is alone with it in a container."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        try:
            yield browser
        finally:
            browser.close()
