"""What its owner does to a database: migrate, purge, back up."""

import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url

from api.settings import Settings, SettingsError
from api.wiring.installation import Installation, open_installation
from api.wiring.starting import starting
from integrations.database.backup import NotWhole, copy_sqlite, dump_command
from integrations.database.database import SqlDatabase
from integrations.database.migrate import may_purge, migrate, service_role_of


def open_as_owner(settings: Settings) -> Installation:
    """Open the installation in the role that may also remove rows of the audit, or raise SettingsError."""
    owner = settings.migrate_database_url
    installation = open_installation(settings.model_copy(update={"database_url": owner}) if owner else settings)
    if may_purge(installation.database):
        return installation
    installation.close()
    raise SettingsError("The service's role may only add to the audit: give PLACET_MIGRATE_DATABASE_URL, the owner's role, as well.")


def backup_database(settings: Settings, file: Path) -> None:
    """Copy a SQLite database; raise SettingsError, for PostgreSQL with the command that does it there."""
    source = settings.database_file
    if source is None:
        url = make_url(settings.database_url.get_secret_value())
        raise SettingsError(f"A PostgreSQL is backed up by its own tool: {dump_command(url, file)}")
    if not source.exists():
        raise SettingsError(f"There is no {source} to back up.")
    with starting():
        try:
            copy_sqlite(source, file)
        except FileExistsError:
            raise SettingsError(f"{file} is there already, and nothing is written over.") from None
        except (NotWhole, sqlite3.Error) as error:
            raise SettingsError(f"{source} cannot be backed up ({error}).") from None


def migrate_database(settings: Settings) -> Path | None:
    """Bring the database to this code's schema, as its owner; return the copy that was made of a SQLite file before."""
    service = settings.database_url.get_secret_value()
    owner = settings.migrate_database_url.get_secret_value() if settings.migrate_database_url else service
    with starting():
        if not settings.postgres:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = SqlDatabase(owner, pool_size=2)
        try:
            return migrate(database, service_role=service_role_of(owner, service) if database.postgres else None)
        finally:
            database.close()
