"""Lists in pages, with a Link header that leads from one to the next."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.doubles.github.routing import Answer, Ask

T = TypeVar("T")


def page(ask: Ask, items: Sequence[T], shape: Callable[[T], Any], *, under: str | None = None, total: int | None = None) -> Answer:
    """Answer with the page asked for. `under`: the list is a member of an object that also has `total_count`."""
    size = page_size(ask)
    number = max(_number(ask.query.get("page"), 1), 1)
    last = max((len(items) + size - 1) // size, 1)
    back = {"prev": number - 1} if number > 1 else {}
    on = {"next": number + 1, "last": last} if number < last else {}
    shown = {**back, **on, **({"first": 1} if number > 1 else {})}
    header = ", ".join(f'<{ask.url}?{urlencode({**ask.query, "page": to})}>; rel="{rel}"' for rel, to in shown.items())
    some = [shape(item) for item in items[(number - 1) * size:number * size]]
    body = some if under is None else {"total_count": len(items) if total is None else total, under: some}
    return Answer(body=body, headers={"Link": header} if header else {})


def page_size(ask: Ask) -> int:
    return min(max(_number(ask.query.get("per_page"), 30), 1), 100)


def _number(text: str | None, usual: int) -> int:
    return int(text) if text is not None and text.isdigit() else usual
