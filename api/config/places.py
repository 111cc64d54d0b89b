"""Where in a TOML file everything stands: the line of each value, by its path."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_OR_QUOTED = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_TEXT = re.compile(r"""\"{3}(?:\\.|[^\\])*?\"{3,5}(?!")|'{3}.*?'{3,5}(?!')|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""", re.DOTALL)
_PLAIN = re.compile(r"[^,\]}#\n]+")


@dataclass(frozen=True, slots=True)
class Places:
    """The third entry of the second `[[flow]]` stands under `("flow", 1, "parameters", 2)`."""

    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int | None:
        """Return the line of a value or, where it has none of its own, of what it stands in."""
        return next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), None)


def find_places(text: str) -> Places:
    """Return the lines of a text that tomllib has understood."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.scan()
    return Places(scanner.lines)


@dataclass(slots=True)
class _Scanner:
    text: str
    lines: dict[Path, int] = field(default_factory=dict)
    _last: dict[Path, int] = field(default_factory=dict)
    _ends: list[int] = field(default_factory=list)

    def scan(self) -> None:
        self._ends = [n for n, character in enumerate(self.text) if character == "\n"]
        base: Path = ()
        at = self._blank(0)
        while at < len(self.text):
            start, header = at, 2 if self.text.startswith("[[", at) else 1 if self.text[at] == "[" else 0
            keys, at = self._keys(at + header)
            if header:
                base, at = self._header(keys, many=header == 2), at + header
                self._note(base, start)
            else:
                self._note(base + keys, start)
                at = self._value(self._space(at + 1), base + keys)
            at = self._blank(at)

    def _header(self, keys: Path, *, many: bool) -> Path:
        path: Path = ()
        for key in keys[:-1]:
            path += (key,)
            path += (self._last[path],) if path in self._last else ()
        path += keys[-1:]
        if not many:
            return path
        self._last[path] = self._last.get(path, -1) + 1
        return (*path, self._last[path])

    def _keys(self, at: int) -> tuple[Path, int]:
        """Read a key, dotted or not; return its parts and where what follows it stands."""
        keys: Path = ()
        while True:
            found = _BARE_OR_QUOTED.match(self.text, self._space(at))
            assert found is not None
            name = found[0]
            keys += (tomllib.loads(f"key = {name}")["key"] if name[0] in "\"'" else name,)
            at = self._space(found.end())
            if self.text[at] != ".":
                return keys, at
            at += 1

    def _value(self, at: int, path: Path) -> int:
        match self.text[at]:
            case "[":
                return self._entries(at, path)
            case "{":
                return self._inline_table(at, path)
            case "\"" | "'":
                found = _TEXT.match(self.text, at)
            case _:
                found = _PLAIN.match(self.text, at)
        assert found is not None
        return found.end()

    def _entries(self, at: int, path: Path) -> int:
        at, n = self._blank(at + 1), 0
        while self.text[at] != "]":
            self._note((*path, n), at)
            at, n = self._after(self._value(at, (*path, n))), n + 1
        return at + 1

    def _inline_table(self, at: int, path: Path) -> int:
        at = self._blank(at + 1)
        while self.text[at] != "}":
            start, (keys, at) = at, self._keys(at)
            self._note(path + keys, start)
            at = self._after(self._value(self._space(at + 1), path + keys))
        return at + 1

    def _after(self, at: int) -> int:
        at = self._blank(at)
        return self._blank(at + 1) if self.text[at] == "," else at

    def _note(self, path: Path, at: int) -> None:
        line = bisect_right(self._ends, at - 1) + 1
        while path and path not in self.lines:
            self.lines[path] = line
            path = path[:-1]

    def _blank(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def _space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at
