"""Checks that the migrations lead to one head, where an empty database has the tables that the code has."""

import sys
import tempfile
import warnings
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from integrations.database.conversation_tables import metadata
from integrations.database.database import SqlDatabase
from integrations.database.migrate import MIGRATIONS, migrate

config = Config()
config.set_main_option("script_location", str(MIGRATIONS))
config.set_main_option("path_separator", "os")
heads = ScriptDirectory.from_config(config).get_heads()
if len(heads) != 1:
    sys.exit(f"The migrations have {len(heads)} heads, not one: {', '.join(heads)}.")

warnings.filterwarnings("ignore", message="autogenerate skipping")  # SQLite tells nothing of an index over an expression
with tempfile.TemporaryDirectory() as directory:
    database = SqlDatabase(f"sqlite:///{Path(directory, 'empty.db')}")
    migrate(database)
    with database.writer.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    database.close()
if differences:
    sys.exit("\n".join(["The migrations do not make the tables that integrations/database/tables.py has:", *map(str, differences)]))
print(f"Migrations: one head ({heads[0]}), and it has the tables of the code.")
