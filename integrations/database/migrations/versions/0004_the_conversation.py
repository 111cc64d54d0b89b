"""The conversation: what is said, where it is shown, and who has come to the page."""

import sqlalchemy as sa
from alembic import op

from integrations.database.types import Id, JsonText, Timestamp

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("executions", sa.Column("ended_by", sa.Text(), nullable=True))
    op.create_table(
        "inbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("headers", JsonText(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", Timestamp(), nullable=False),
        sa.Column("due_at", Timestamp(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("handled_at", Timestamp(), nullable=True),
        sa.Column("set_aside_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "delivery_id"),
    )
    op.create_index("inbox_due", "inbox", ["due_at"],
                    sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("inbox_handled", "inbox", ["handled_at"],
                    sqlite_where=sa.text("handled_at IS NOT NULL"), postgresql_where=sa.text("handled_at IS NOT NULL"))
    op.create_index("inbox_set_aside", "inbox", ["set_aside_at"],
                    sqlite_where=sa.text("set_aside_at IS NOT NULL"), postgresql_where=sa.text("set_aside_at IS NOT NULL"))
    op.create_table(
        "link_codes",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("used_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "login_links",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("used_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "places",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("project_id", Id, nullable=False),
        sa.Column("bound_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"]),
        sa.PrimaryKeyConstraint("provider", "place", "project_id"),
    )
    op.create_index("places_by_project", "places", ["project_id"])
    op.create_table(
        "sessions",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("seen_at", Timestamp(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("ended_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("hash"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("sessions_of_person", "sessions", ["person_id"])
    op.create_table(
        "webhook_secrets",
        sa.Column("project_id", Id, nullable=False),
        sa.Column("execution_id", Id, nullable=True),
        sa.Column("id", Id, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("made_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("webhook_secrets_of_project", "webhook_secrets", ["project_id"],
                    sqlite_where=sa.text("execution_id IS NULL"), postgresql_where=sa.text("execution_id IS NULL"))
    op.create_index("webhook_secrets_of_run", "webhook_secrets", ["execution_id"],
                    sqlite_where=sa.text("execution_id IS NOT NULL"), postgresql_where=sa.text("execution_id IS NOT NULL"))
    op.create_table(
        "callbacks",
        sa.Column("id", Id, nullable=False),
        sa.Column("execution_id", Id, nullable=False),
        sa.Column("approval_id", Id, nullable=True),
        sa.Column("about", Id, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("put_at", Timestamp(), nullable=False),
        sa.Column("delivered_at", Timestamp(), nullable=True),
        sa.Column("set_aside_at", Timestamp(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("about", "event"),
    )
    op.create_index("callbacks_of_run", "callbacks", ["execution_id"])
    op.create_index("callbacks_set_aside", "callbacks", ["set_aside_at"],
                    sqlite_where=sa.text("set_aside_at IS NOT NULL"), postgresql_where=sa.text("set_aside_at IS NOT NULL"))
    op.create_table(
        "closed_callbacks",
        sa.Column("execution_id", Id, nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"]),
        sa.PrimaryKeyConstraint("execution_id"),
    )
    op.create_table(
        "messages",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("execution_id", Id, nullable=True),
        sa.Column("approval_id", Id, nullable=True),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", Timestamp(), nullable=False),
        sa.Column("heard_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["executions.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("provider", "message_id"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("messages_by_age", "messages", ["heard_at"],
                    sqlite_where=sa.text("execution_id IS NULL"), postgresql_where=sa.text("execution_id IS NULL"))
    op.create_index("messages_of_run", "messages", ["execution_id", "written_at"],
                    sqlite_where=sa.text("execution_id IS NOT NULL"), postgresql_where=sa.text("execution_id IS NOT NULL"))
    op.create_table(
        "team_readings",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("wanted_until", Timestamp(), nullable=True),
        sa.Column("read_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("team"),
    )
    op.create_table(
        "team_members",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team", "external_id"),
    )
    op.create_table(
        "access_keys",
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("begun_at", Timestamp(), nullable=True),
        sa.Column("revoked_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("effect_key"),
    )
    op.create_index("access_keys_there", "access_keys", ["provider", "target", "level", "account"])
    op.create_table(
        "cards",
        sa.Column("approval_id", Id, nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("begun_at", Timestamp(), nullable=True),
        sa.Column("busy_until", Timestamp(), nullable=True),
        sa.Column("failed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"]),
        sa.PrimaryKeyConstraint("approval_id", "conversation"),
    )
    op.create_table(
        "mailboxes",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("off_at", Timestamp(), nullable=True),
        sa.Column("since", Timestamp(), nullable=True),
        sa.Column("due_at", Timestamp(), nullable=True),
        sa.Column("bundle", Id, nullable=True),
        sa.Column("begun_at", Timestamp(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index("mailboxes_due", "mailboxes", ["due_at"],
                    sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_table(
        "mails",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("approval_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("put_at", Timestamp(), nullable=False),
        sa.Column("bundle", Id, nullable=True),
        sa.Column("ended_at", Timestamp(), nullable=True),
        sa.Column("fate", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("approval_id", "person_id", "kind"),
    )
    op.create_index("mails_ended", "mails", ["ended_at"],
                    sqlite_where=sa.text("ended_at IS NOT NULL"), postgresql_where=sa.text("ended_at IS NOT NULL"))
    op.create_index("mails_in_bundle", "mails", ["bundle"],
                    sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("mails_of_person", "mails", ["person_id"],
                    sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "reconciled",
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("approval_id", Id, nullable=False),
        sa.Column("since", Timestamp(), nullable=False),
        sa.Column("next_at", Timestamp(), nullable=True),
        sa.Column("failed", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"]),
        sa.PrimaryKeyConstraint("conversation"),
    )
    op.create_index("reconciled_due", "reconciled", ["next_at"],
                    sqlite_where=sa.text("next_at IS NOT NULL"), postgresql_where=sa.text("next_at IS NOT NULL"))
    op.create_index("reconciled_of", "reconciled", ["approval_id"])
    op.create_table(
        "reminders",
        sa.Column("approval_id", Id, nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("next_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"]),
        sa.PrimaryKeyConstraint("approval_id"),
    )
    op.create_index("reminders_due", "reminders", ["next_at"],
                    sqlite_where=sa.text("next_at IS NOT NULL"), postgresql_where=sa.text("next_at IS NOT NULL"))
