"""Alembic's way in: the connection comes from `migrate.py`."""

from alembic import context

from integrations.database.conversation_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True,
                  transaction_per_migration=False, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
