"""What flows write down while they run, line by line, in a file."""

import time
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 30.0  # seconds until a run that does not go on is given up


@dataclass(slots=True)
class Marks:
    file: Path
    _read: int = 0
    _lines: list[list[str]] = field(default_factory=list)

    def find(self, word: str, number: int = 0) -> list[str] | None:
        """Return the line that begins with a word, after so many others of that word."""
        if self.file.exists():
            with self.file.open() as marks:
                marks.seek(self._read)
                new = marks.read()
            whole = new[:new.rfind("\n") + 1]
            self._read += len(whole)
            self._lines += [line.split() for line in whole.splitlines()]
        return next(iter([line for line in self._lines if line[0] == word][number:]), None)

    def wait_for(self, word: str, number: int = 0) -> list[str]:
        until = time.monotonic() + PATIENCE
        while (found := self.find(word, number)) is None:
            if time.monotonic() > until:
                raise TimeoutError(f"nothing of {word} after {PATIENCE:g} s")
            time.sleep(0.001)
        return found
