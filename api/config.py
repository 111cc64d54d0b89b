"""`placet.toml`: read whole at the start, and every mistake in it told at once, each with its line."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from api.settings import Settings, SettingsError
from core.domain.json import Json, to_json
from core.domain.schedules import Entry
from core.engine.load_schedules import LoadSchedules

USUAL = Path("placet.toml")
SECTIONS = ("schedule",)
LONGEST_NAME = 200
_HEADER = re.compile(r"\s*\[\[\s*([A-Za-z0-9_-]+)\s*\]\]\s*(#.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One `[[section]]`: its values, and the lines that it stands on; `line` is None where it cannot be told."""

    section: str
    number: int
    values: Mapping[str, Any]
    line: int | None
    lines: Sequence[str]

    def line_of(self, key: str) -> int | None:
        """Return the line of a field, or else that of the table."""
        if self.line is None:
            return None
        wanted = re.compile(rf"\s*(\[\s*{self.section}\s*\.\s*)?[\"']?{re.escape(key)}[\"']?\s*[=\].]")
        return next((self.line + n for n, text in enumerate(self.lines) if wanted.match(text)), self.line)


@dataclass(slots=True)
class ConfigFile:
    """The file as it was parsed. Whoever understands a section adds what is wrong with it."""

    path: Path | None
    sections: Mapping[str, Sequence[Table]] = field(default_factory=dict)
    _wrong: list[tuple[int, str]] = field(default_factory=list)

    def tables(self, section: str) -> Sequence[Table]:
        return self.sections.get(section, ())

    def wrong(self, line: int | None, sentence: str) -> None:
        self._wrong.append((line or 0, sentence))

    @property
    def mistakes(self) -> list[str]:
        """One line for each, in the file's order."""
        place = self.path.name if self.path else ""
        return [f"{place}:{line}: {sentence}" if line else f"{place}: {sentence}" for line, sentence in sorted(self._wrong)]

    def refuse_mistakes(self) -> None:
        """Raise SettingsError with all there are."""
        found = self.mistakes
        if found:
            count = "a mistake" if len(found) == 1 else f"{len(found)} mistakes"
            raise SettingsError(f"The configuration file has {count}:", found)


def read_config(settings: Settings) -> ConfigFile:
    """Parse the file that PLACET_CONFIG names, or ./placet.toml where there is one; raise SettingsError if it cannot be read."""
    path = settings.config or (USUAL if USUAL.exists() else None)
    if path is None:
        return ConfigFile(None)
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"PLACET_CONFIG: {path} cannot be read ({error.strerror}).") from None
    except (UnicodeDecodeError, RecursionError):
        raise SettingsError(f"{path} is no TOML in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no TOML: {error}.") from None
    config = ConfigFile(path, {section: _tables(section, values[section], text) for section in SECTIONS if _is_list(values.get(section))})
    for name in values:
        if name not in SECTIONS:
            config.wrong(_line_of(text, name), f"there is no section {name}{_did_you_mean(name, SECTIONS)}")
        elif name not in config.sections:
            config.wrong(_line_of(text, name), f"{name} is a list of tables: write [[{name}]].")
    return config


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _tables(section: str, values: Sequence[Mapping[str, Any]], text: str) -> list[Table]:
    lines = text.splitlines()
    headers = [(n, found[1]) for n, line in enumerate(lines) if (found := _HEADER.fullmatch(line))]
    own = [n for n, name in headers if name == section]
    ends = {n: min((other for other, _ in headers if other > n), default=len(lines)) for n in own}
    if len(own) != len(values):  # a header within a text, or tables written inline
        return [Table(section=section, number=n, values=each, line=None, lines=()) for n, each in enumerate(values, 1)]
    return [Table(section=section, number=n, values=each, line=start + 1, lines=lines[start:ends[start]])
            for n, (each, start) in enumerate(zip(values, own, strict=True), 1)]


def _line_of(text: str, name: str) -> int | None:
    wanted = re.compile(rf"\s*\[*\s*[\"']?{re.escape(name)}[\"']?\s*[=\].]")
    return next((n for n, line in enumerate(text.splitlines(), 1) if wanted.match(line)), None)


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f": did you mean {near[0]}?" if near else f"; it is one of {', '.join(known)}."


def schedules_in(config: ConfigFile, load: LoadSchedules) -> list[Entry]:
    """Return the schedules of the file that are whole; the mistakes in all others are added to it."""
    understood = [(table, entry) for table in config.tables("schedule") if (entry := _entry(config, table)) is not None]
    seen: dict[str, int | None] = {}
    for table, entry in understood:
        if entry.name in seen:
            config.wrong(table.line_of("name"), f"the name {entry.name} is taken by the schedule of line {seen[entry.name]}.")
        seen.setdefault(entry.name, table.line)
    for (table, _), found in zip(understood, load.mistakes([entry for _, entry in understood]), strict=True):
        for mistake in found:
            config.wrong(table.line_of(mistake.field), mistake.sentence)
    return [entry for _, entry in understood]


def _entry(config: ConfigFile, table: Table) -> Entry | None:
    texts = {key: table.values.get(key) for key in ("name", "flow", "project", "expression")}
    known, before = (*texts, "input"), len(config.mistakes)
    for key in table.values:
        if key not in known:
            config.wrong(table.line_of(key), f"a schedule has no field {key}{_did_you_mean(key, known)}")
    for key, value in texts.items():
        if value is None:
            config.wrong(table.line, f"this schedule has no {key}.")
        elif not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
            config.wrong(table.line_of(key), f"{key} must be a text of 1 to {LONGEST_NAME} characters.")
    given = _input(config, table)
    if len(config.mistakes) > before or given is None:
        return None
    return Entry(**{key: str(value) for key, value in texts.items()}, input=given)


def _input(config: ConfigFile, table: Table) -> Mapping[str, Json] | None:
    try:
        shown = to_json(table.values.get("input", {}))
    except TypeError as error:
        config.wrong(table.line_of("input"), f"input: {error}.")
        return None
    if not isinstance(shown, Mapping):
        config.wrong(table.line_of("input"), "input must be a table: the flow's parameters by name.")
        return None
    return shown
