"""Which paths are what they seem to be."""

import re
from collections.abc import Iterable

from starlette.types import Scope

LONGEST_ID = 200
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_plain(scope: Scope, ids: Iterable[str]) -> bool:
    """Tell whether a path's ids hide nothing: no slash (`approvals%2Fpending` is not `approvals/pending`), no line's end, no book."""
    raw = scope.get("raw_path") or b""
    return b"%2f" not in raw.lower() and not _CONTROL.search(scope["path"]) and all(len(i) <= LONGEST_ID for i in ids)
