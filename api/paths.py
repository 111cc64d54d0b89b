"""Which paths are what they seem to be."""

import re
from collections.abc import Iterable

from starlette.types import Scope

LONGEST_ID = 200
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_plain(scope: Scope, ids: Iterable[str], template: str) -> bool:
    """Tell whether a path's ids hide nothing: no slash (`approvals%2Fpending` is not `approvals/pending`), no line's end, no book.

    In the operation's own path, `template`, one id may be marked as one that holds slashes: `{name:path}`.
    """
    raw = scope["raw_path"].decode("latin-1").lower().split("/")
    wanted = template.split("/")
    free = next((n for n, part in enumerate(wanted) if part.endswith(":path}")), len(wanted))
    rest = len(wanted) - free - 1
    fixed = raw if rest < 0 else [*raw[:free], *raw[len(raw) - rest:]]
    whole = len(raw) >= len(wanted) and not any("%2f" in part for part in fixed)
    return whole and not _CONTROL.search(scope["path"]) and all(len(i) <= LONGEST_ID for i in ids)
