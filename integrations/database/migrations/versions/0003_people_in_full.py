"""People in full."""

import sqlalchemy as sa
from alembic import op

from integrations.database.types import Id, JsonText, Timestamp

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    members = op.get_bind().execute(sa.text("SELECT project_id, name, person_id FROM groups")).mappings().all()
    op.drop_table("groups")
    groups = op.create_table(
        "groups",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"]),
        sa.PrimaryKeyConstraint("project_id", "name"),
    )
    group_members = op.create_table(
        "group_members",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["project_id", "name"], ["groups.project_id", "groups.name"]),
        sa.PrimaryKeyConstraint("project_id", "name", "person_id"),
    )
    named = sorted({(member["project_id"], member["name"]) for member in members})
    op.bulk_insert(groups, [{"project_id": project, "name": name} for project, name in named])
    op.bulk_insert(group_members, [dict(member) for member in members])
    op.add_column("tokens", sa.Column("act_for", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("tokens", sa.Column("break_glass", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("tokens", sa.Column("execution", sa.Text(), nullable=True))
    op.add_column("approvals", sa.Column("among", JsonText(), nullable=True))
    op.add_column("approvals", sa.Column("risk", sa.Text(), nullable=False, server_default="normal"))
    op.add_column("answers", sa.Column("acted_by", sa.Text(), nullable=True))
    op.add_column("answers", sa.Column("acted_by_id", Id, nullable=True))
    op.add_column("executions", sa.Column("report_by", Timestamp(), nullable=True))
    awaited = sa.text("report_by IS NOT NULL AND outcome IS NULL")
    op.create_index("executions_report_by", "executions", ["report_by"], sqlite_where=awaited, postgresql_where=awaited)
    for name, columns, condition in (
        ("executions_listed", ["created_at", "id"], "NOT scheduled AND mode <> 'foreign'"),
        ("executions_listed_all", ["created_at", "id"], "mode <> 'foreign'"),
        ("executions_in_pipelines", ["created_at", "id"], "mode = 'cicd'"),
        ("executions_by_flow", ["flow", "created_at", "id", "scheduled"], "mode <> 'foreign'"),
        ("executions_by_task_type", ["task_type", "created_at", "id", "scheduled"], "mode <> 'foreign'"),
        ("executions_by_starter", ["triggered_by", "created_at", "id", "scheduled"], "mode <> 'foreign'"),
    ):
        where = sa.text(condition)
        op.create_index(name, "executions", ["project_id", *columns], sqlite_where=where, postgresql_where=where)
    op.create_index("engine_runs_by_execution", "engine_runs", ["execution_id"])
    op.create_index("grants_by_run", "grants", ["execution_id"])
    op.create_index("outbox_by_run", "outbox", ["execution_id"])
    is_open = sa.text("status = 'pending'")
    op.create_index("approvals_open_in", "approvals", ["project_id", "requested_at", "id"], sqlite_where=is_open, postgresql_where=is_open)
    rejected = sa.text("status = 'rejected'")
    op.create_index("approvals_rejected_of", "approvals", ["requester_id", "resolved_at"], sqlite_where=rejected, postgresql_where=rejected)
    op.add_column("outbox", sa.Column("receiver", sa.Text(), nullable=True))
