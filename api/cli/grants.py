"""`placet grants`: who has access now."""

from datetime import datetime

from api.cli.installation import installation
from api.cli.options import AsJson
from api.cli.terminal import say, say_json, say_table
from api.cli.times import now, span, utc
from core.domain.json import timestamp
from core.ports.grants import Authority


def list_grants(as_json: AsJson = False) -> None:
    """List who has access now, until when, and by whose yes."""
    with installation() as here, here.database.read() as tx:
        live = tx.grants.live()
    if as_json:
        say_json([{
            "subject": g.subject, "level": g.level, "target": g.target, "project": project.identifier,
            "activatedAt": timestamp(g.activated_at), "until": timestamp(g.until), "approvedBy": list(by.yes), "provider": g.provider,
            "executionId": g.execution_id, "skippedBy": by.break_glass,
        } for g, project, by in live])
        return
    if not live:
        say("Nobody has access now.")
        return
    at = now()
    say_table(("who", "what", "where", "project", "until (UTC)", "", "by the yes of", "run"), (
        (g.subject, g.level, g.target, project.identifier, utc(g.until), _left(g.until, at), _by(by), g.execution_id[-8:])
        for g, project, by in live))


def _by(authority: Authority) -> str:
    return f"break-glass of {authority.break_glass}" if authority.break_glass else ", ".join(authority.yes)


def _left(until: datetime, at: datetime) -> str:
    return f"{span(until - at)} left" if until > at else f"{span(at - until)} over, being taken back"
