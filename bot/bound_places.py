"""Whether a project is at home where something is to be written: its work items and callbacks may name any place there is."""

from bot.homes import Home, NotThere
from core.ports.database import Database


def refuse_elsewhere(database: Database, home: Home, approval_id: str, conversation: str) -> None:
    """Raise NotThere unless the project of a request is bound to where a conversation is by now. Raise HomeAway."""
    with database.read() as tx:
        approval = tx.approval_search.get(approval_id)
    if approval is None:
        raise NotThere("the request is not there any more")
    refuse_unbound(database, home, approval.project_id, conversation)


def refuse_unbound(database: Database, home: Home, project_id: str, conversation: str) -> None:
    """Raise NotThere unless a project is bound to where a conversation is by now. Raise HomeAway."""
    place = home.messenger.place_of(conversation)
    with database.read() as tx:
        project = tx.projects.get(project_id)
        bound = tx.places.projects(home.provider, place)
    if project is None or project.id not in bound:
        name = project.identifier if project is not None else "its project"
        raise NotThere(f"{name} is not at home there: `placet projects bind {name} {place}` would say that it is")
