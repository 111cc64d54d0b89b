"""`placet.toml`: read whole at the start, and every mistake in it told at once, each with its line."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from api.config.places import Path as PathWithin
from api.config.places import Places, find_places
from api.settings import Settings, SettingsError

USUAL = Path("placet.toml")
SECTIONS = ("flow", "project", "schedule")
LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the file: its values, and where it and they stand."""

    values: Mapping[str, Any]
    path: PathWithin
    places: Places

    @property
    def line(self) -> int | None:
        return self.places.line_of(self.path)

    def line_of(self, *path: str | int) -> int | None:
        """Return the line of a field or of what is in it, or else that of the table."""
        return self.places.line_of((*self.path, *path))

    def tables(self, key: str) -> "Sequence[Table] | None":
        """Return a list of tables within this one; None if it is none."""
        found = self.values.get(key, [])
        return self._below(key, found) if _is_list_of_tables(found) else None

    def _below(self, key: str, found: Sequence[Mapping[str, Any]]) -> "Sequence[Table]":
        return [Table(values=each, path=(*self.path, key, n), places=self.places) for n, each in enumerate(found)]

    def table(self, key: str) -> "Table | None":
        """Return a table within this one; None if it is none."""
        found = self.values.get(key)
        return Table(values=found, path=(*self.path, key), places=self.places) if isinstance(found, dict) else None


@dataclass(slots=True)
class ConfigFile:
    """The file as it was parsed. Whoever understands a section adds what is wrong with it. `teams`: whose teams approvers may name."""

    path: Path | None
    sections: Mapping[str, Sequence[Table]] = field(default_factory=dict)
    teams: frozenset[str] = frozenset()
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
        root = Table(values=tomllib.loads(text), path=(), places=find_places(text))
    except OSError as error:
        raise SettingsError(f"PLACET_CONFIG: {path} cannot be read ({error.strerror}).") from None
    except (UnicodeDecodeError, RecursionError):
        raise SettingsError(f"{path} is no TOML in UTF-8.") from None
    except ValueError as error:  # TOMLDecodeError is one; a number of thousands of digits is another
        raise SettingsError(f"{path} is no TOML: {error}.") from None
    return _sections(path, root, frozenset({"github"}) if settings.github else frozenset())


def _sections(path: Path, root: Table, teams: frozenset[str]) -> ConfigFile:
    found = {section: root.tables(section) for section in SECTIONS}
    config = ConfigFile(path, {section: tables for section, tables in found.items() if tables is not None}, teams)
    for name in root.values:
        if name not in SECTIONS:
            config.wrong(root.line_of(name), f"there is no section {shown_name(name)}{did_you_mean(name, SECTIONS)}")
        elif name not in config.sections:
            config.wrong(root.line_of(name), f"{name} is a list of tables: write [[{name}]].")
    return config


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def shown_name(name: str) -> str:
    """Return a name from the file as it can stand in a sentence."""
    return name if 0 < len(name) <= LONGEST_SHOWN and name.isprintable() else ascii(name[:LONGEST_SHOWN])


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """End a sentence about a name that there is not."""
    near = get_close_matches(name[:LONGEST_SHOWN], known, n=1)
    return f": did you mean {near[0]}?" if near else f"; it is one of {', '.join(known)}."
