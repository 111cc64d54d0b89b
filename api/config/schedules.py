"""`[[schedule]]`: what begins by the clock."""

from collections.abc import Collection, Mapping

from api.config.fields import Fields
from api.config.file import ConfigFile, Table
from core.domain.json import Json, canonical, to_json
from core.domain.schedules import Entry
from core.engine.load_schedules import LoadSchedules

LONGEST_NAME = 200
TEXTS = ("name", "flow", "project", "expression")


def schedules_in(config: ConfigFile, load: LoadSchedules, unclear: Collection[str] = ()) -> list[Entry]:
    """Return the schedules of the file that are whole; the mistakes in all others are added to it.

    `unclear`: flow types that have mistakes of their own, so that nothing can be said of what begins them.
    """
    understood = [(table, entry) for table in config.tables("schedule") if (entry := _entry(config, table)) is not None]
    seen: dict[str, int | None] = {}
    for table, entry in understood:
        if entry.name in seen:
            config.wrong(table.line_of("name"), f"the name {entry.name} is taken by the schedule of line {seen[entry.name]}.")
        seen.setdefault(entry.name, table.line)
    for (table, entry), found in zip(understood, load.mistakes([entry for _, entry in understood]), strict=True):
        for mistake in found:
            if entry.flow not in unclear or mistake.field not in ("flow", "input"):
                config.wrong(table.line_of(mistake.field), mistake.sentence)
    return [entry for _, entry in understood]


def _entry(config: ConfigFile, table: Table) -> Entry | None:
    fields = Fields(config, table, "a schedule")
    fields.refuse_others((*TEXTS, "input"))
    for key in TEXTS:
        fields.needs(key)
    texts = {key: fields.text(key, LONGEST_NAME) for key in TEXTS}
    given = _input(fields)
    if not fields.whole or given is None:
        return None
    return Entry(**{key: str(value) for key, value in texts.items()}, input=given)


def _input(fields: Fields) -> Mapping[str, Json] | None:
    try:
        shown = to_json(fields.table.values.get("input", {}))
        canonical(shown)
    except TypeError as error:
        fields.wrong("input", f"input: {error}.")
        return None
    except (RecursionError, ValueError):
        fields.wrong("input", "input is too deep, or has a number too large, to be JSON.")
        return None
    if not isinstance(shown, Mapping):
        fields.wrong("input", "input must be a table: the flow's parameters by name.")
        return None
    return shown
