"""The logs of a run and of all below it as a ZIP, written while it is being read."""

import re
from collections.abc import Iterator
from io import RawIOBase
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from api.schemas.logs import as_text
from core.domain.executions import Execution
from core.domain.logs import LONGEST_LINE, clean
from core.engine.read_logs import WholeLog
from core.ports.engine_logs import LogsAway

DEEPEST = 50  # folders within folders; what is deeper stands beside the folder above it, because a name has its limits
LARGEST = 2**31  # bytes that an entry may have without ZIP64, which not every reader takes from a stream
LARGEST_OUTSIDE = 2**28  # bytes of a log of an engine's own, of which nobody says beforehand how long it is
CUT = "[cut here: this log is longer than what an archive holds of one]\n"
AWAY = "ENGINE_LOGS_UNAVAILABLE.txt"
AWAY_SAYS = "What the engine has logged by itself could not be had, or not to its end. What Placet has logged is whole: console.log.\n"
LONGEST_IN_BYTES = 4 * LONGEST_LINE + 100
OWN = "console.log"
LONGEST_PART = 80
LONGEST_NAME = 70  # of a group; a number may follow, and what a file of logs ends with
A_PART = 64 * 1024  # bytes of such a log that are in memory at a time, before they are made smaller
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


def log_archive(log: WholeLog, *, largest_outside: int = LARGEST_OUTSIDE) -> Iterator[bytes]:
    """Give the ZIP in parts, none of them larger than a piece of a log."""
    outlet, away = _Outlet(), False
    with ZipFile(outlet, "w", ZIP_DEFLATED) as archive:
        for folder, each in _logs(log):
            with archive.open(_entry(each, *folder, OWN), "w", force_zip64=each.end * LONGEST_IN_BYTES >= LARGEST) as file:
                for lines in each.pieces():
                    file.write(as_text(lines).encode())
                    yield outlet.taken()
            if away:
                continue  # what did not answer is not waited for once more
            try:
                for _ in _outside(archive, folder, each, largest_outside):
                    yield outlet.taken()
            except LogsAway:
                away = True
        if away:
            archive.writestr(_entry(log, AWAY), AWAY_SAYS)
    yield outlet.taken()


def _outside(archive: ZipFile, folder: tuple[str, ...], log: WholeLog, largest: int) -> Iterator[None]:
    """Write what a run's engine has logged by itself, as source and group; stop now and then, for that to be taken."""
    taken: set[tuple[str, str]] = set()
    for found in log.outside():
        source, group = _part(found.source, LONGEST_PART), _part(found.group, LONGEST_NAME)
        place = (source, group) if (source, group) not in taken else (source, f"{group}-{len(taken)}")
        taken.add(place)
        with archive.open(_entry(log, *folder, place[0], f"{place[1]}.log"), "w") as file:
            size = written = 0
            for line in found.lines:
                if size > largest:
                    file.write(CUT.encode())
                    break
                size += file.write(f"{clean(line)}\n".encode())
                if size - written > A_PART:
                    written = size
                    yield
        yield


def _entry(log: WholeLog, *parts: str) -> ZipInfo:
    entry = ZipInfo("/".join(parts), log.execution.created_at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    return entry


def _part(name: str, longest: int) -> str:
    """Return a name as a part of a path that leads nowhere else."""
    return _UNFIT.sub("_", name)[:longest].lstrip(".") or "_"


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
