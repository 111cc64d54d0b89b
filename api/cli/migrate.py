"""`placet migrate`: the database is brought to the schema of this code."""

from api.cli.installation import settings, starting
from api.cli.terminal import say, shown


def migrate() -> None:
    """Bring the database to this version's schema; of a SQLite file a copy is kept."""
    from api.wiring.upkeep import migrate_database

    with starting():
        copy = migrate_database(settings())
    say("The database is up to date." + (f" A copy of what it was before is {shown(str(copy))}." if copy else ""))
