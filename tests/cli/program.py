"""The command `placet` as a process of its own."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen, run
from threading import Timer

from tests.cli.command_line import Ended

ROOT = Path(__file__).parents[2]
FIRST = "Placet listens on "
LONGEST = 30.0
PLACET = (sys.executable, "-m", "api.cli.main")


def install(directory: Path) -> Path:
    """Put a script `placet` there, like the one that an installation makes."""
    directory.mkdir(parents=True)
    script = directory / "placet"
    script.write_text(f"#!{sys.executable}\nimport sys\nfrom api.cli.main import main\nsys.exit(main())\n")
    script.chmod(0o755)
    return script


def environment(**more: str) -> dict[str, str]:
    """Return an environment without anything of PLACET_* but what is given."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith("PLACET_")}, "PYTHONPATH": str(ROOT), **more}


def program(*arguments: str, cwd: Path, environ: Mapping[str, str]) -> Ended:
    """Run a command to its end."""
    ended = run([*PLACET, *arguments], cwd=cwd, env=environ, capture_output=True, text=True, timeout=60, check=False)
    return Ended(code=ended.returncode, out=ended.stdout, err=ended.stderr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    process: Popen[str]
    url: str
    log: Path

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.terminate()
        return self.process.wait(20)

    def lines(self, last: str) -> list[str]:
        """Return what it prints, up to a line that ends so."""
        assert self.process.stdout is not None
        read: list[str] = []
        waking = Timer(LONGEST, self.process.kill)
        waking.start()
        for line in self.process.stdout:
            read.append(line.rstrip("\n"))
            if read[-1].endswith(last):
                waking.cancel()
                return read
        raise AssertionError(read)


@contextmanager
def serving(*arguments: str, cwd: Path, environ: Mapping[str, str], command: Sequence[str] = PLACET) -> Iterator[Served]:
    """Run `placet serve` until the end of the block, once it says that it listens."""
    log = cwd / "serve.log"
    with log.open("a") as errors, Popen(
            [*command, "serve", *arguments], cwd=cwd, env=environ, stdout=PIPE, stderr=errors, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first.startswith(FIRST), log.read_text()
            yield Served(process=process, url=first.removeprefix(FIRST).partition(". ")[0], log=log)
        finally:
            process.terminate()
