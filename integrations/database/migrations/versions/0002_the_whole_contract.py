"""The whole contract."""

import sqlalchemy as sa
from alembic import op

from integrations.database.types import Id, JsonText, Timestamp

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "audit_checkpoints",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "seq"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("project_id", Id, nullable=True),
        sa.Column("execution_id", Id, nullable=True),
        sa.Column("content", JsonText(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("due_at", Timestamp(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "outbox_due", "outbox", ["due_at"], sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "steps_stuck", "steps", ["undo_tries"],
        sqlite_where=sa.text("undo_tries >= 5 AND state <> 'undone'"), postgresql_where=sa.text("undo_tries >= 5 AND state <> 'undone'"),
    )
    op.create_table(
        "conversations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("approval_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
        ),
        sa.PrimaryKeyConstraint("key", "approval_id"),
    )
    op.create_index("conversations_by_approval", "conversations", ["approval_id"])
    op.create_table(
        "flow_settings",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("override", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "flow"),
    )
    op.create_table(
        "groups",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "name", "person_id"),
    )
    op.create_table(
        "identities",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("login_key", sa.Text(), nullable=True),
        sa.Column("linked_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("provider", "external_id"),
    )
    op.create_index("identities_by_login", "identities", ["provider", "login_key"])
    op.create_index("identities_by_person", "identities", ["person_id"])
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("project_id", Id, nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("input", JsonText(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("next_at", Timestamp(), nullable=True),
        sa.Column("last_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        "schedules_due",
        "schedules",
        ["next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "lock_queue",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("execution_id", Id, nullable=False),
        sa.Column("since", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "resource", "execution_id"),
    )
    op.create_index("lock_queue_by_run", "lock_queue", ["execution_id"])
    op.create_table(
        "locks",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("execution_id", Id, nullable=True),
        sa.Column("ticket_id", sa.Text(), nullable=True),
        sa.Column("taken_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "resource"),
        sa.UniqueConstraint("ticket_id"),
    )
    op.create_index(
        "locks_by_run",
        "locks",
        ["execution_id"],
        sqlite_where=sa.text("execution_id IS NOT NULL"),
        postgresql_where=sa.text("execution_id IS NOT NULL"),
    )
    op.add_column("executions", sa.Column("schedule", sa.Text(), nullable=True))
    op.add_column("executions", sa.Column("cicd_run_id", sa.Text(), nullable=True))
    op.add_column("executions", sa.Column("cicd_run_url", sa.Text(), nullable=True))
    op.add_column("executions", sa.Column("skip_reason", sa.Text(), nullable=True))
    op.add_column("executions", sa.Column("dispatched_at", Timestamp(), nullable=True))
    op.add_column("executions", sa.Column("reported_at", Timestamp(), nullable=True))
