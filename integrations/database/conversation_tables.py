"""The tables of the conversation: what is said, where it is shown, and who has come to the page."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from integrations.database.tables import metadata as metadata
from integrations.database.tables import where
from integrations.database.types import Id, JsonText, Timestamp

places = Table(
    "places", metadata,
    Column("provider", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("bound_at", Timestamp, nullable=False),
    PrimaryKeyConstraint("provider", "place", "project_id"),
    Index("places_by_project", "project_id"),
)

inbox = Table(
    "inbox", metadata,
    Column("id", Id, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("delivery_id", Text, nullable=False),
    Column("headers", JsonText, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", Timestamp, nullable=False),
    Column("due_at", Timestamp),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    Column("handled_at", Timestamp),
    Column("set_aside_at", Timestamp),
    UniqueConstraint("provider", "delivery_id"),
    Index("inbox_due", "due_at", **where("due_at IS NOT NULL")),
    Index("inbox_set_aside", "set_aside_at", **where("set_aside_at IS NOT NULL")),
    Index("inbox_handled", "handled_at", **where("handled_at IS NOT NULL")),
)

messages = Table(
    "messages", metadata,
    Column("provider", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("id", Id, nullable=False, unique=True),
    Column("execution_id", Id, ForeignKey("executions.id")),
    Column("approval_id", Id),
    Column("conversation", Text, nullable=False),
    Column("person_id", Id, ForeignKey("people.id")),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("written_at", Timestamp, nullable=False),
    Column("heard_at", Timestamp, nullable=False),
    PrimaryKeyConstraint("provider", "message_id"),
    Index("messages_of_run", "execution_id", "written_at", **where("execution_id IS NOT NULL")),
    Index("messages_by_age", "heard_at", **where("execution_id IS NULL")),
)

cards = Table(
    "cards", metadata,
    Column("approval_id", Id, ForeignKey("approvals.id"), nullable=False),
    Column("conversation", Text, nullable=False),
    Column("message_id", Text),
    Column("shown", Text),
    Column("begun_at", Timestamp),
    Column("busy_until", Timestamp),
    Column("failed", Text),
    PrimaryKeyConstraint("approval_id", "conversation"),
)

team_readings = Table(
    "team_readings", metadata,
    Column("team", Text, primary_key=True),
    Column("wanted_until", Timestamp),
    Column("read_at", Timestamp),
)

team_members = Table(
    "team_members", metadata,
    Column("team", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    PrimaryKeyConstraint("team", "external_id"),
)

access_keys = Table(
    "access_keys", metadata,
    Column("effect_key", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("begun_at", Timestamp),
    Column("revoked_at", Timestamp),
    Index("access_keys_there", "provider", "target", "level", "account"),
)

link_codes = Table(
    "link_codes", metadata,
    Column("hash", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("login", Text),
    Column("person_id", Id, ForeignKey("people.id")),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("used_at", Timestamp),
)

login_links = Table(
    "login_links", metadata,
    Column("hash", Text, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("used_at", Timestamp),
)

sessions = Table(
    "sessions", metadata,
    Column("hash", Text, primary_key=True),
    Column("id", Id, nullable=False, unique=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("seen_at", Timestamp, nullable=False),
    Column("agent", Text, nullable=False),
    Column("ended_at", Timestamp),
    Index("sessions_of_person", "person_id"),
)

webhook_secrets = Table(
    "webhook_secrets", metadata,
    Column("project_id", Id, ForeignKey("projects.id"), nullable=False),
    Column("execution_id", Id, ForeignKey("executions.id")),
    Column("id", Id, primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("made_at", Timestamp, nullable=False),
    Index("webhook_secrets_of_project", "project_id", **where("execution_id IS NULL")),
    Index("webhook_secrets_of_run", "execution_id", **where("execution_id IS NOT NULL")),
)

callbacks = Table(
    "callbacks", metadata,
    Column("id", Id, primary_key=True),
    Column("execution_id", Id, ForeignKey("executions.id"), nullable=False),
    Column("approval_id", Id),
    Column("about", Id, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("put_at", Timestamp, nullable=False),
    Column("delivered_at", Timestamp),
    Column("set_aside_at", Timestamp),
    Column("error", Text),
    UniqueConstraint("about", "event"),
    Index("callbacks_of_run", "execution_id"),
    Index("callbacks_set_aside", "set_aside_at", **where("set_aside_at IS NOT NULL")),
)

closed_callbacks = Table(
    "closed_callbacks", metadata,
    Column("execution_id", Id, ForeignKey("executions.id"), primary_key=True),
    Column("at", Timestamp, nullable=False),
    Column("reason", Text, nullable=False),
)

reminders = Table(
    "reminders", metadata,
    Column("approval_id", Id, ForeignKey("approvals.id"), primary_key=True),
    Column("sent", Integer, nullable=False),
    Column("next_at", Timestamp),
    Index("reminders_due", "next_at", **where("next_at IS NOT NULL")),
)

reconciled = Table(
    "reconciled", metadata,
    Column("conversation", Text, primary_key=True),
    Column("approval_id", Id, ForeignKey("approvals.id"), nullable=False),
    Column("since", Timestamp, nullable=False),
    Column("next_at", Timestamp),
    Column("failed", Text),
    Column("etag", Text),
    Index("reconciled_of", "approval_id"),
    Index("reconciled_due", "next_at", **where("next_at IS NOT NULL")),
)

mails = Table(
    "mails", metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("approval_id", Id, ForeignKey("approvals.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("put_at", Timestamp, nullable=False),
    Column("bundle", Id),
    Column("ended_at", Timestamp),
    Column("fate", Text),
    Column("error", Text),
    UniqueConstraint("approval_id", "person_id", "kind"),
    Index("mails_of_person", "person_id", **where("ended_at IS NULL")),
    Index("mails_in_bundle", "bundle", **where("ended_at IS NULL")),
    Index("mails_ended", "ended_at", **where("ended_at IS NOT NULL")),
)

mailboxes = Table(
    "mailboxes", metadata,
    Column("person_id", Id, ForeignKey("people.id"), primary_key=True),
    Column("off_at", Timestamp),
    Column("since", Timestamp),
    Column("due_at", Timestamp),
    Column("bundle", Id),
    Column("begun_at", Timestamp),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    Index("mailboxes_due", "due_at", **where("due_at IS NOT NULL")),
)
