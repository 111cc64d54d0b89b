"""What there is before anything runs: a database and keys."""

import logging
from dataclasses import dataclass

from api.errors import first_line
from api.settings import Settings
from api.tokens import TokenIssuer
from api.wiring.keys import DATA_KEY_MARK, existing_keys, keys_of, recognise
from api.wiring.starting import starting
from core.errors import Unavailable
from core.ports.keys import Signatures, Vault
from integrations.database.database import SqlDatabase as SqlDatabase
from integrations.database.migrate import WrongSchema, check_schema, migrate
from integrations.keys.signatures import Ed25519Signatures
from integrations.keys.vault import FernetVault

FULL = "The database's disk is full, or fails."
LEAST_ROOM = 2**20  # bytes, of which a SQLite needs some for every transaction
log = logging.getLogger("placet.health")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What there is before anything runs, and all that an operator's command needs."""

    settings: Settings
    database: SqlDatabase
    vault: Vault
    issuer: TokenIssuer
    signatures: Signatures

    def close(self) -> None:
        self.database.close()


def open_installation(settings: Settings) -> Installation:
    """Open the database and the keys, or raise SettingsError. A SQLite file is made where there is none, and brought up to date."""
    with starting():
        if not settings.postgres:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = keys_of(settings, may_create=not settings.postgres)
        database = SqlDatabase(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
        if database.postgres:
            check_schema(database)
        else:
            migrate(database)
        recognise(database, keys)
    issuer = TokenIssuer(signing_key=keys.signing_key, verifying_key=keys.verifying_keys[0], older_key=keys.older_verifying_key,
                         issuer=settings.token_issuer, audience=settings.token_audience)
    return Installation(settings=settings, database=database, vault=FernetVault(keys), issuer=issuer, signatures=Ed25519Signatures(keys))


def existing_database(settings: Settings) -> SqlDatabase | None:
    """Open the database as it is; None for a SQLite file that has not been made yet. Raise SettingsError if it does not answer."""
    with starting():
        database = None if settings.database_file and not settings.database_file.exists() else SqlDatabase(
            settings.database_url.get_secret_value(), pool_size=2)
        if database is not None:
            with database.read() as tx:
                tx.connection.exec_driver_sql("SELECT 1")
        return database


def finish_rotation(installation: Installation) -> None:
    """Remember the data key in use as the one that all is sealed with: a start without it is refused, one without the older is not."""
    with starting():
        installation.database.remember(DATA_KEY_MARK, existing_keys(installation.settings).check_value())


def storage_problem(database: SqlDatabase) -> str | None:
    """Write something to a database, and say what is wrong with where it is kept."""
    if database.room is not None and database.room < LEAST_ROOM:
        return FULL
    try:
        database.try_writing(large=database.full, keep=True)
    except Unavailable as error:
        log.error("database.not_written", extra={"reason": first_line(error.__cause__)})
        return FULL if database.full else "The database takes nothing that is written to it: its disk may be full, or it is read-only."
    return None


def schema_problem(database: SqlDatabase) -> str | None:
    try:
        check_schema(database)
    except WrongSchema as wrong:
        return str(wrong)
    return None
