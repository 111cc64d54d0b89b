"""The configuration file, checked against what is installed."""

from api.config import read_config, schedules_in
from api.settings import Settings, SettingsError
from api.wiring.flows import bind_flows
from api.wiring.installation import Installation
from api.wiring.starting import starting
from core.domain.schedules import Entry
from core.engine.load_schedules import LoadSchedules
from integrations.database.database import SqlDatabase
from integrations.keys.files import Keys
from integrations.keys.vault import FernetVault


def checked_config(settings: Settings, load: LoadSchedules) -> list[Entry]:
    """Return the schedules of the configuration file, or raise SettingsError with every mistake in it."""
    config = read_config(settings)
    entries = schedules_in(config, load)
    config.refuse_mistakes()
    return entries


def configured(installation: Installation) -> list[Entry]:
    """Return what the configuration file has, for an operator's command; raise SettingsError likewise."""
    settings, database = installation.settings, installation.database
    with starting():
        return checked_config(settings, LoadSchedules(
            database=database, registry=bind_flows(settings, database), vault=installation.vault))


def config_problem(settings: Settings, database: SqlDatabase, keys: Keys) -> str | None:
    """Say what is wrong with the configuration file, or with the flows that are installed."""
    try:
        registry = bind_flows(settings, database)
        with starting():
            checked_config(settings, LoadSchedules(database=database, registry=registry, vault=FernetVault(keys)))
    except SettingsError as error:
        return " ".join((str(error), *error.mistakes))
    return None
