"""Processes forked from a warm parent, some of them doomed."""

import json
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.extent import LONGEST
from tests.faults.fate import KILLED, Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended: `value` is what its job returned, `met` the points that it came to."""

    killed: bool
    value: Any = None
    met: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Process:
    pid: int
    _reading: int

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def freeze(self, seconds: float) -> None:
        """Stop it for a while, as a virtual machine is that is moved elsewhere."""
        os.kill(self.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.pid, signal.SIGCONT)

    def wait(self) -> Ended:
        with open(self._reading) as said:
            text = said.read()
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if code in (KILLED, -signal.SIGKILL):
            return Ended(killed=True)
        assert code == 0, f"the process failed:\n{text}"
        return Ended(killed=False, **json.loads(text))


def begin(job: Callable[[Fate], Any], fate: Fate | None = None, *, lives: int | None = LONGEST) -> Process:
    """Start a job that returns JSON. Its process ends without any of the parent's clearing up, and lives for so many seconds at most."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        signal.alarm(lives or 0)
        _live(job, fate or Fate(), writing)
    os.close(writing)
    return Process(pid, reading)


def _live(job: Callable[[Fate], Any], fate: Fate, writing: int) -> None:
    code = 1
    try:
        value = job(fate)
        said, code = json.dumps({"value": value, "met": fate.met}), 0
    except BaseException:
        said = traceback.format_exc()
    with open(writing, "w") as out:
        out.write(said)
    os._exit(code)
