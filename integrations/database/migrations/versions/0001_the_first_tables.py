"""The first tables."""

import sqlalchemy as sa
from alembic import op

from integrations.database.types import Id, JsonText, Timestamp

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("execution_id", Id, nullable=True),
        sa.Column("approval_id", Id, nullable=True),
        sa.Column("facts", JsonText(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "seq"),
    )
    op.create_index(
        "audit_by_run",
        "audit",
        ["execution_id", "seq"],
        sqlite_where=sa.text("execution_id IS NOT NULL"),
        postgresql_where=sa.text("execution_id IS NOT NULL"),
    )
    op.create_table(
        "audit_heads",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "people",
        sa.Column("id", Id, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email_key"),
    )
    op.create_table(
        "projects",
        sa.Column("id", Id, nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("identifier_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identifier_key"),
    )
    op.create_table(
        "repeats",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "operation", "key"),
    )
    op.create_index("repeats_by_age", "repeats", ["at"])
    op.create_table(
        "tokens",
        sa.Column("id", Id, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("projects", JsonText(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("revoked_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "executions",
        sa.Column("id", Id, nullable=False),
        sa.Column("project_id", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("rerun_of", Id, nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("flow_version", sa.Integer(), nullable=False),
        sa.Column("task_type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("payload", JsonText(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=True),
        sa.Column("callback", JsonText(), nullable=True),
        sa.Column("work_item", JsonText(), nullable=True),
        sa.Column("work_item_type", sa.Text(), nullable=True),
        sa.Column("work_item_key", sa.Text(), nullable=True),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("engine_run_id", sa.Text(), nullable=True),
        sa.Column("triggered_by", sa.Text(), nullable=False),
        sa.Column("triggered_by_id", Id, nullable=True),
        sa.Column("initiators", JsonText(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("result", JsonText(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("started_at", Timestamp(), nullable=True),
        sa.Column("ended_at", Timestamp(), nullable=True),
        sa.Column("settled_at", Timestamp(), nullable=True),
        sa.Column("wake", sa.Integer(), nullable=False),
        sa.Column("due_at", Timestamp(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("log_end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["executions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rerun_of"],
            ["executions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "executions_by_parent",
        "executions",
        ["parent_id", "created_at"],
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "executions_by_rerun",
        "executions",
        ["rerun_of"],
        sqlite_where=sa.text("rerun_of IS NOT NULL"),
        postgresql_where=sa.text("rerun_of IS NOT NULL"),
    )
    op.create_index(
        "executions_by_task",
        "executions",
        ["project_id", "task_id"],
        unique=True,
        sqlite_where=sa.text("task_id IS NOT NULL"),
        postgresql_where=sa.text("task_id IS NOT NULL"),
    )
    op.create_index(
        "executions_by_work_item",
        "executions",
        ["project_id", "work_item_key"],
        sqlite_where=sa.text("work_item_key IS NOT NULL"),
        postgresql_where=sa.text("work_item_key IS NOT NULL"),
    )
    op.create_index(
        "executions_due",
        "executions",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "executions_ended_elsewhere",
        "executions",
        ["id"],
        sqlite_where=sa.text("mode <> 'flow' AND outcome IS NOT NULL AND settled_at IS NULL"),
        postgresql_where=sa.text("mode <> 'flow' AND outcome IS NOT NULL AND settled_at IS NULL"),
    )
    op.create_table(
        "members",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
        ),
        sa.PrimaryKeyConstraint("project_id", "person_id"),
    )
    op.create_index("members_by_person", "members", ["person_id"])
    op.create_table(
        "approvals",
        sa.Column("id", Id, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("execution_id", Id, nullable=False),
        sa.Column("project_id", Id, nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requester_id", Id, nullable=True),
        sa.Column("requested_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("approvers", JsonText(), nullable=False),
        sa.Column("excluded", JsonText(), nullable=False),
        sa.Column("self_approval", sa.Boolean(), nullable=False),
        sa.Column("context", JsonText(), nullable=False),
        sa.Column("callback", JsonText(), nullable=True),
        sa.Column("event_key", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolved_at", Timestamp(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "approvals_by_key",
        "approvals",
        ["event_key"],
        sqlite_where=sa.text("event_key IS NOT NULL"),
        postgresql_where=sa.text("event_key IS NOT NULL"),
    )
    op.create_index("approvals_by_ref", "approvals", ["ref"])
    op.create_index("approvals_by_run", "approvals", ["execution_id", "requested_at"])
    op.create_index(
        "approvals_one_open",
        "approvals",
        ["execution_id"],
        unique=True,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "approvals_open",
        "approvals",
        ["requested_at", "id"],
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "approvals_open_key",
        "approvals",
        ["event_key"],
        unique=True,
        sqlite_where=sa.text("status = 'pending' AND event_key IS NOT NULL"),
        postgresql_where=sa.text("status = 'pending' AND event_key IS NOT NULL"),
    )
    op.create_index(
        "approvals_open_of",
        "approvals",
        ["requester_id"],
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "approvals_open_ref",
        "approvals",
        ["ref"],
        unique=True,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "approvals_open_until",
        "approvals",
        ["expires_at"],
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "engine_runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("execution_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "execution_id"),
    )
    op.create_table(
        "grants",
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("execution_id", Id, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("activated_at", Timestamp(), nullable=False),
        sa.Column("until", Timestamp(), nullable=False),
        sa.Column("revoked_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
        ),
        sa.PrimaryKeyConstraint("effect_key"),
    )
    op.create_index(
        "grants_live", "grants", ["until"], sqlite_where=sa.text("revoked_at IS NULL"), postgresql_where=sa.text("revoked_at IS NULL")
    )
    op.create_table(
        "log_lines",
        sa.Column("execution_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
        ),
        sa.PrimaryKeyConstraint("execution_id", "seq"),
    )
    op.create_index("log_lines_once", "log_lines", ["execution_id", "position", "attempt", "line"], unique=True)
    op.create_table(
        "steps",
        sa.Column("execution_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("arguments", JsonText(), nullable=True),
        sa.Column("secrets", sa.Text(), nullable=True),
        sa.Column("result", JsonText(), nullable=True),
        sa.Column("result_secrets", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("undo_tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", Timestamp(), nullable=True),
        sa.Column("undo", sa.Text(), nullable=True),
        sa.Column("effect_key", sa.Text(), nullable=True),
        sa.Column("begun_at", Timestamp(), nullable=True),
        sa.Column("ended_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
        ),
        sa.PrimaryKeyConstraint("execution_id", "position"),
    )
    op.create_table(
        "answers",
        sa.Column("approval_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("withdrawn_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
        ),
        sa.PrimaryKeyConstraint("approval_id", "person_id"),
    )
