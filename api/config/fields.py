"""The fields of a table of the file, each as what it is to be, or else as a mistake."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from api.config.file import ConfigFile, Table, did_you_mean, shown_name
from api.settings import is_loopback
from core.domain.approvals import LONGEST, SHORTEST

LARGEST = 2**53  # what JSON can carry exactly


@dataclass(slots=True)
class Fields:
    """Reads a table; every field comes out as None if it is absent or wrong. `kind`: what the table is, with its article."""

    config: ConfigFile
    table: Table
    kind: str
    whole: bool = field(default=True, init=False)

    def wrong(self, key: str | None, sentence: str) -> None:
        """Note a mistake in a field, or (None) in the table itself."""
        self.whole = False
        self.config.wrong(self.table.line_of(key) if key is not None else self.table.line, sentence)

    def refuse_others(self, known: Sequence[str]) -> None:
        for key in self.table.values:
            if key not in known:
                self.wrong(key, f"{self.kind} has no field {shown_name(key)}{did_you_mean(key, known)}")

    def refuse(self, keys: Sequence[str], why: str) -> None:
        """Note as a mistake every one of these fields that is there."""
        for key in keys:
            if key in self.table.values:
                self.wrong(key, f"{key} {why}.")

    def has(self, key: str) -> bool:
        return key in self.table.values

    def needs(self, key: str) -> None:
        if not self.has(key):
            self.wrong(None, f"this {self.kind.split(maxsplit=1)[1]} has no {key}.")

    def text(self, key: str, most: int, *, lines: bool = False) -> str | None:
        """Read a text; only with `lines` may it go over several."""
        value = self.table.values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.strip() and len(value) <= most and _printable(value, lines):
            return value.strip()
        self.wrong(key, f"{key} must be a text of 1 to {most} characters.")
        return None

    def choice(self, key: str, words: Sequence[str]) -> str | None:
        value = self.table.values.get(key)
        if value is None or isinstance(value, str) and value in words:
            return value
        self.wrong(key, f"{key} must be one of {', '.join(words)}.")
        return None

    def flag(self, key: str) -> bool | None:
        value = self.table.values.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.wrong(key, f"{key} must be true or false.")
        return None

    def whole_number(self, key: str, least: int, most: int) -> int | None:
        value = self.table.values.get(key)
        if value is None or isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.wrong(key, f"{key} must be a whole number from {least} to {most}.")
        return None

    def number(self, key: str) -> int | float | None:
        value = self.table.values.get(key)
        if value is None or is_number(value):
            return value
        self.wrong(key, f"{key} must be a number.")
        return None

    def hours(self, key: str) -> timedelta | None:
        """Read how long something may take, within what a request may be open."""
        value = self.table.values.get(key)
        if value is None:
            return None
        if is_number(value) and abs(value) < 10_000 and SHORTEST <= timedelta(hours=value) <= LONGEST:
            return timedelta(hours=value)
        self.wrong(key, f"{key} is in hours: it must be a number from 1/60 to {LONGEST // timedelta(hours=1)}.")
        return None

    def texts(self, key: str, most: int, longest: int) -> tuple[str, ...] | None:
        """Read a list of texts, none of them twice."""
        value = self.table.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value) or len(value) > most:
            self.wrong(key, f"{key} must be a list of at most {most} texts.")
            return None
        found, before = tuple(each.strip() for each in value), self.whole
        for n, each in enumerate(found):
            if not 0 < len(each) <= longest or not each.isprintable():
                self.wrong_entry(key, n, f"{key} must be texts of 1 to {longest} characters.")
            elif each in found[:n]:
                self.wrong_entry(key, n, f"{key} has {shown_name(each)} twice.")
        return found if self.whole == before else None

    def wrong_entry(self, key: str, n: int, sentence: str) -> None:
        self.whole = False
        self.config.wrong(self.table.line_of(key, n), sentence)

    def address(self, key: str) -> str | None:
        """Read where something outside is reached: encrypted, except on this machine itself; without a name and a password in it."""
        value = self.text(key, 2_000)
        if value is None or _is_address(value):
            return value
        self.wrong(key, f"{key} must be an https:// address (http:// only to this machine itself), without a user or password in it.")
        return None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST  # neither NaN nor infinity is


def _printable(text: str, lines: bool) -> bool:
    return all(line.isprintable() for line in text.split("\n")) if lines else text.isprintable()


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, local = parts.hostname, is_loopback(parts.hostname or "")
        _ = parts.port
    except ValueError:
        return False
    plain = not any(c.isspace() for c in value) and "@" not in parts.netloc and not parts.fragment
    return bool(host) and plain and (parts.scheme == "https" or parts.scheme == "http" and local)
