"""The tables, as SQLAlchemy Core sees them; `migrations/` brings a database there."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)

from integrations.database.types import Id, JsonText, Timestamp

metadata = MetaData()


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


people = Table(
    "people", metadata,
    Column("id", Id, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
)

projects = Table(
    "projects", metadata,
    Column("id", Id, primary_key=True),
    Column("identifier", Text, nullable=False),
    Column("identifier_key", Text, nullable=False, unique=True),
)

members = Table(
    "members", metadata,
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "person_id"),
    Index("members_by_person", "person_id"),
)

tokens = Table(
    "tokens", metadata,
    Column("id", Id, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("projects", JsonText),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("revoked_at", Timestamp),
    Column("act_for", Boolean, nullable=False, server_default=false()),
    Column("break_glass", Boolean, nullable=False, server_default=false()),
    Column("execution", Text),
)

executions = Table(
    "executions", metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("parent_id", Id, ForeignKey("executions.id")),
    Column("rerun_of", Id, ForeignKey("executions.id")),
    Column("mode", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("flow_version", Integer, nullable=False),
    Column("task_type", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("payload", JsonText, nullable=False),
    Column("secrets", Text),
    Column("callback", JsonText),
    Column("work_item", JsonText),
    Column("work_item_type", Text),
    Column("work_item_key", Text),
    Column("scheduled", Boolean, nullable=False),
    Column("task_id", Text),
    Column("engine_run_id", Text),
    Column("schedule", Text),
    Column("cicd_run_id", Text),
    Column("cicd_run_url", Text),
    Column("skip_reason", Text),
    Column("dispatched_at", Timestamp),
    Column("reported_at", Timestamp),
    Column("report_by", Timestamp),
    Column("triggered_by", Text, nullable=False),
    Column("triggered_by_id", Id),
    Column("initiators", JsonText, nullable=False),
    Column("status", Text, nullable=False),
    Column("outcome", Text),
    Column("result", JsonText),
    Column("error", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("started_at", Timestamp),
    Column("ended_at", Timestamp),
    Column("ended_by", Text),
    Column("settled_at", Timestamp),
    Column("wake", Integer, nullable=False),
    Column("due_at", Timestamp),
    Column("held", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("log_end", Integer, nullable=False),
    Index("executions_due", "due_at", **where("due_at IS NOT NULL")),
    Index("executions_listed", "project_id", "created_at", "id", **where("NOT scheduled AND mode <> 'foreign'")),
    Index("executions_listed_all", "project_id", "created_at", "id", **where("mode <> 'foreign'")),
    Index("executions_in_pipelines", "project_id", "created_at", "id", **where("mode = 'cicd'")),
    Index("executions_by_flow", "project_id", "flow", "created_at", "id", "scheduled", **where("mode <> 'foreign'")),
    Index("executions_by_task_type", "project_id", "task_type", "created_at", "id", "scheduled", **where("mode <> 'foreign'")),
    Index("executions_by_starter", "project_id", "triggered_by", "created_at", "id", "scheduled", **where("mode <> 'foreign'")),
    Index("executions_by_parent", "parent_id", "created_at", **where("parent_id IS NOT NULL")),
    Index("executions_by_rerun", "rerun_of", **where("rerun_of IS NOT NULL")),
    Index("executions_by_work_item", "project_id", "work_item_key", **where("work_item_key IS NOT NULL")),
    Index("executions_by_task", "project_id", "task_id", unique=True, **where("task_id IS NOT NULL")),
    Index("executions_ended_elsewhere", "id", **where("mode <> 'flow' AND outcome IS NOT NULL AND settled_at IS NULL")),
    Index("executions_report_by", "report_by", **where("report_by IS NOT NULL AND outcome IS NULL")),
)

engine_runs = Table(
    "engine_runs", metadata,
    Column("run_id", Text, nullable=False),
    Column("execution_id", Id, ForeignKey("executions.id"), nullable=False),
    PrimaryKeyConstraint("run_id", "execution_id"),
    Index("engine_runs_by_execution", "execution_id"),
)

steps = Table(
    "steps", metadata,
    Column("execution_id", Id, ForeignKey("executions.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("arguments", JsonText),
    Column("secrets", Text),
    Column("result", JsonText),
    Column("result_secrets", Text),
    Column("error", Text),
    Column("tries", Integer, nullable=False),
    Column("undo_tries", Integer, nullable=False),
    Column("retry_at", Timestamp),
    Column("undo", Text),
    Column("effect_key", Text),
    Column("begun_at", Timestamp),
    Column("ended_at", Timestamp),
    PrimaryKeyConstraint("execution_id", "position"),
    Index("steps_stuck", "undo_tries", **where("undo_tries >= 5 AND state <> 'undone'")),
)

approvals = Table(
    "approvals", metadata,
    Column("id", Id, primary_key=True),
    Column("ref", Text, nullable=False),
    Column("execution_id", Id, ForeignKey("executions.id"), nullable=False),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("gate", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requester_id", Id),
    Column("requested_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("required", Integer, nullable=False),
    Column("approvers", JsonText, nullable=False),
    Column("excluded", JsonText, nullable=False),
    Column("self_approval", Boolean, nullable=False),
    Column("context", JsonText, nullable=False),
    Column("callback", JsonText),
    Column("event_key", Text),
    Column("digest", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("resolved_by", Text),
    Column("resolved_at", Timestamp),
    Column("reason", Text),
    Column("among", JsonText),
    Column("risk", Text, nullable=False, server_default="normal"),
    Index("approvals_by_run", "execution_id", "requested_at"),
    Index("approvals_one_open", "execution_id", unique=True, **where("status = 'pending'")),
    Index("approvals_open_ref", "ref", unique=True, **where("status = 'pending'")),
    Index("approvals_open_key", "event_key", unique=True, **where("status = 'pending' AND event_key IS NOT NULL")),
    Index("approvals_open", "requested_at", "id", **where("status = 'pending'")),
    Index("approvals_open_in", "project_id", "requested_at", "id", **where("status = 'pending'")),
    Index("approvals_open_until", "expires_at", **where("status = 'pending'")),
    Index("approvals_open_of", "requester_id", **where("status = 'pending'")),
    Index("approvals_rejected_of", "requester_id", "resolved_at", **where("status = 'rejected'")),
    Index("approvals_by_key", "event_key", **where("event_key IS NOT NULL")),
    Index("approvals_by_ref", "ref"),
)

conversations = Table(
    "conversations", metadata,
    Column("key", Text, nullable=False),
    Column("approval_id", Id, ForeignKey("approvals.id"), nullable=False),
    PrimaryKeyConstraint("key", "approval_id"),
    Index("conversations_by_approval", "approval_id"),
)

answers = Table(
    "answers", metadata,
    Column("approval_id", Id, ForeignKey("approvals.id"), nullable=False),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("email", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("surface", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("withdrawn_at", Timestamp),
    Column("acted_by", Text),
    Column("acted_by_id", Id),
    PrimaryKeyConstraint("approval_id", "person_id"),
)

grants = Table(
    "grants", metadata,
    Column("effect_key", Text, primary_key=True),
    Column("execution_id", Id, ForeignKey("executions.id"), nullable=False),
    Column("provider", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("activated_at", Timestamp, nullable=False),
    Column("until", Timestamp, nullable=False),
    Column("revoked_at", Timestamp),
    Index("grants_live", "until", **where("revoked_at IS NULL")),
    Index("grants_by_run", "execution_id"),
)

log_lines = Table(
    "log_lines", metadata,
    Column("execution_id", Id, ForeignKey("executions.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("line", Integer, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("level", Text, nullable=False),
    Column("message", Text, nullable=False),
    PrimaryKeyConstraint("execution_id", "seq"),
    Index("log_lines_once", "execution_id", "position", "attempt", "line", unique=True),
)

audit = Table(
    "audit", metadata,
    Column("project_id", Id, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("execution_id", Id),
    Column("approval_id", Id),
    Column("facts", JsonText, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "seq"),
    Index("audit_by_run", "execution_id", "seq", **where("execution_id IS NOT NULL")),
)

audit_heads = Table(
    "audit_heads", metadata,
    Column("project_id", Id, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", Text, nullable=False),
)

flow_settings = Table(
    "flow_settings", metadata,
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("flow", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("override", Text),
    PrimaryKeyConstraint("project_id", "flow"),
)

locks = Table(
    "locks", metadata,
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("resource", Text, nullable=False),
    Column("execution_id", Id, ForeignKey("executions.id")),
    Column("ticket_id", Text, unique=True),
    Column("taken_at", Timestamp),
    PrimaryKeyConstraint("project_id", "resource"),
    Index("locks_by_run", "execution_id", **where("execution_id IS NOT NULL")),
)

lock_queue = Table(
    "lock_queue", metadata,
    Column("project_id", Id, nullable=False),
    Column("resource", Text, nullable=False),
    Column("execution_id", Id, ForeignKey("executions.id"), nullable=False),
    Column("since", Timestamp, nullable=False),
    PrimaryKeyConstraint("project_id", "resource", "execution_id"),
    Index("lock_queue_by_run", "execution_id"),
)

outbox = Table(
    "outbox", metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("project_id", Id),
    Column("execution_id", Id),
    Column("content", JsonText, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("due_at", Timestamp),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    Column("receiver", Text),
    Index("outbox_due", "due_at", **where("due_at IS NOT NULL")),
    Index("outbox_by_run", "execution_id"),
)

schedules = Table(
    "schedules", metadata,
    Column("name", Text, primary_key=True),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("flow", Text, nullable=False),
    Column("expression", Text, nullable=False),
    Column("input", JsonText, nullable=False),
    Column("secrets", Text),
    Column("enabled", Boolean, nullable=False),
    Column("changed", Boolean, nullable=False),
    Column("next_at", Timestamp),
    Column("last_at", Timestamp),
    Index("schedules_due", "next_at", **where("next_at IS NOT NULL")),
)

groups = Table(
    "groups", metadata,
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("name", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "name"),
)

group_members = Table(
    "group_members", metadata,
    Column("project_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    PrimaryKeyConstraint("project_id", "name", "person_id"),
    ForeignKeyConstraint(["project_id", "name"], ["groups.project_id", "groups.name"]),
)

identities = Table(
    "identities", metadata,
    Column("provider", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("login", Text),
    Column("login_key", Text),
    Column("linked_at", Timestamp, nullable=False),
    PrimaryKeyConstraint("provider", "external_id"),
    Index("identities_by_person", "person_id"),
    Index("identities_by_login", "provider", "login_key"),
)

audit_checkpoints = Table(
    "audit_checkpoints", metadata,
    Column("project_id", Id, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("signature", Text, nullable=False),
    PrimaryKeyConstraint("project_id", "seq"),
)

repeats = Table(
    "repeats", metadata,
    Column("subject", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Timestamp, nullable=False),
    PrimaryKeyConstraint("subject", "operation", "key"),
    Index("repeats_by_age", "at"),
)

marks = Table(
    "marks", metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
