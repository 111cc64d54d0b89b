"""`placet grants`: who has access now."""

from datetime import datetime

from api.cli.installation import installation
from api.cli.options import AsJson
from api.cli.terminal import say, say_json, say_table
from api.cli.times import now, span, utc
from core.domain.json import timestamp


def list_grants(as_json: AsJson = False) -> None:
    """List who has access now, until when, and by whose yes."""
    with installation() as here, here.database.read() as tx:
        live = tx.grants.live()
    if as_json:
        say_json([{
            "subject": g.subject, "level": g.level, "target": g.target, "project": project.identifier,
            "activatedAt": timestamp(g.activated_at), "until": timestamp(g.until), "approvedBy": list(yes), "provider": g.provider,
            "executionId": g.execution_id,
        } for g, project, yes in live])
        return
    if not live:
        say("Nobody has access now.")
        return
    at = now()
    say_table(("who", "what", "where", "project", "until (UTC)", "", "by the yes of", "run"), (
        (g.subject, g.level, g.target, project.identifier, utc(g.until), _left(g.until, at), ", ".join(yes), g.execution_id[-8:])
        for g, project, yes in live))


def _left(until: datetime, at: datetime) -> str:
    return f"{span(until - at)} left" if until > at else f"{span(at - until)} over, being taken back"
