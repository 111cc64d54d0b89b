"""The logs of a run and of all below it as a ZIP, written while it is being read."""

import re
from collections.abc import Iterator
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from api.schemas.logs import as_text
from core.domain.executions import Execution
from core.domain.logs import LONGEST_LINE
from core.engine.read_logs import WholeLog

DEEPEST = 50  # folders within folders; what is deeper stands beside the folder above it, because a name has its limits
LARGEST = 2**31  # bytes that an entry may have without ZIP64, which not every reader takes from a stream
LONGEST_IN_BYTES = 4 * LONGEST_LINE + 100
OWN = "console.log"
NAME = 71  # characters of a flow type in a folder's name; the run's id follows
_UNFIT = re.compile("[^A-Za-z0-9._-]")


class _Outlet(RawIOBase):
    """Where the ZIP is written to, and taken from; nobody can go back in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def log_archive(log: WholeLog) -> Iterator[bytes]:
    """Give the ZIP in parts, none of them larger than a piece of a log."""
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED) as archive:
        for folder, each in _logs(log):
            entry = ZipInfo("/".join((*folder, OWN)), each.execution.created_at.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=each.end * LONGEST_IN_BYTES >= LARGEST) as file:
                for lines in each.pieces():
                    file.write(as_text(lines).encode())
                    yield outlet.taken()
    yield outlet.taken()


def _logs(top: WholeLog) -> Iterator[tuple[tuple[str, ...], WholeLog]]:
    """Give each log with the folder that it stands in: the run's own first, then each child with all below it."""
    waiting: list[tuple[tuple[str, ...], WholeLog]] = [((), top)]
    while waiting:
        folder, log = waiting.pop()
        yield folder, log
        above = folder if len(folder) < DEEPEST else folder[:-1]
        waiting += [((*above, _name(child.execution)), child) for child in reversed(log.children())]


def _name(execution: Execution) -> str:
    return f"{_UNFIT.sub('_', execution.task_type)[:NAME]}-{execution.id[-8:]}"
