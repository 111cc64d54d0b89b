"""What touches a decision, and whose refusals are written to the audit as those of every surface are."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.pages.page import Page
from core.errors import Conflict, Forbidden, NotFound


@contextmanager
def deciding(page: Page, operation: str, target: str) -> Iterator[None]:
    try:
        yield
    except (Forbidden, Conflict, NotFound) as refused:
        page.refused(operation, target, refused)
        raise
