"""A callback leads into a conversation only where the project is at home, as far as its name alone tells; the rest shows in time."""

from collections.abc import Mapping

from core.domain.json import Json
from core.domain.people import Project
from core.errors import Invalid
from core.ports.database import Transaction

SLACK = "slack"


def refuse_elsewhere(tx: Transaction, project: Project, callback: Mapping[str, Json] | None) -> None:
    """Raise Invalid for a channel that is none of the project's, where it has any. A repository's number is known to GitHub alone."""
    if callback is None or callback.get("type") != SLACK:
        return
    channels = {bound.place.rpartition("/")[2] for bound in tx.places.of_project(project.id) if bound.place.startswith(f"{SLACK}:")}
    if channels and callback.get("channel") not in channels:
        raise Invalid((f"callback leads to the channel {callback.get('channel')}, where {project.identifier} is not at home.",))
