"""Processes that the bench starts: each leads a group of its own, is measured with all its children, and is ended."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 60.0  # seconds until something that does not start is given up


class DidNotStart(Exception):
    """A server is not there; the text holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Group:
    """A process and its children. `began` is when it was started, by `time.monotonic`."""

    process: subprocess.Popen[bytes]
    log: Path
    began: float

    def wait_for(self, ready: Callable[[], bool], every: float = 0.01) -> float:
        """Return how many seconds after its start it was ready."""
        while time.monotonic() - self.began < PATIENCE:
            if ready():
                return time.monotonic() - self.began
            if self.process.poll() is not None:
                break
            time.sleep(every)
        raise DidNotStart(self.log.read_text(errors="replace")[-2_000:])

    def freeze(self) -> None:
        """Let it do nothing, so that it does not disturb what is measured beside it."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self.process.poll() is None:
            self.thaw()
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def pids(self) -> list[int]:
        return [pid for pid in _all_pids() if _group_of(pid) == self.process.pid]

    def cpu(self) -> float:
        """Return the seconds of CPU that it has used so far."""
        return cpu_of(self.pids())

    def pss(self) -> float:
        """Return its memory in MB: its own, and its share of what it shares."""
        return sum(_pss(pid) for pid in self.pids()) / 1024


@contextmanager
def started(command: Sequence[str], *, log: Path, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> Iterator[Group]:
    """Start a command that writes to a log; it is ended at the end."""
    group = start(command, environ=environ, log=log, cwd=cwd)
    try:
        yield group
    finally:
        group.end()


def start(command: Sequence[str], *, log: Path, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> Group:
    """`environ`: ours, if none is given."""
    began = time.monotonic()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=dict(environ) if environ is not None else None, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True)
    return Group(process, log, began)


def answers(port: int, path: str) -> bool:
    """Tell whether a server answers a look with 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def cpu_of(pids: Sequence[int]) -> float:
    return sum(_cpu(pid) for pid in pids)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """Return what /proc says of a process, from its state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _group_of(pid: int) -> int | None:
    said = _stat(pid)
    return int(said[2]) if said else None


def _cpu(pid: int) -> float:
    said = _stat(pid)
    return (int(said[11]) + int(said[12])) / TICK if said else 0.0


def _pss(pid: int) -> float:
    """Return kilobytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0)
