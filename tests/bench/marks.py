"""What flows write down while they run, line by line, in a file."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 30.0  # seconds until a run that does not go on is given up


@dataclass(slots=True)
class Marks:
    file: Path
    _read: int = 0
    _lines: defaultdict[str, list[list[str]]] = field(default_factory=lambda: defaultdict(list))

    def wait_for(self, word: str, number: int = 0) -> list[str]:
        """Return the line that begins with a word, after so many others of that word."""
        until = time.monotonic() + PATIENCE
        while len(self._lines[word]) <= number:
            if time.monotonic() > until:
                raise TimeoutError(f"nothing of {word} after {PATIENCE:g} s")
            time.sleep(0.001)
            self._look()
        return self._lines[word][number]

    def _look(self) -> None:
        if not self.file.exists():
            return
        with self.file.open() as marks:
            marks.seek(self._read)
            new = marks.read()
        whole = new[:new.rfind("\n") + 1]
        self._read += len(whole)
        for words in map(str.split, whole.splitlines()):
            self._lines[words[0]].append(words)
