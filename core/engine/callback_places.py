"""Callbacks lead into conversations only where the project that they name is at home, as far as that can be told without a call."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.json import Json
from core.domain.people import Caller, Project
from core.engine.sight import see_project
from core.errors import Invalid
from core.ports.database import Database, Transaction

ANYWHERE = ("webhook", "none")
SLACK = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPlaces:
    database: Database

    def checked(self, caller: Caller, callback: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """Return a callback; raise Invalid for one to where its project is not at home. One that is not seen is not told of."""
        if callback is None or callback["type"] in ANYWHERE:
            return callback
        kind, named = callback["type"], callback.get("repositoryIdentifier")
        with self.database.read() as tx:
            project = see_project(tx, caller, named) if isinstance(named, str) else None
            at_home = project is None or any(place.provider == kind for place in tx.places.of_project(project.id))
        if not at_home:
            raise Invalid((f"{named} is not at home on {kind}, where the callback leads: `placet projects bind` says where it is.",))
        return callback


def refuse_elsewhere(tx: Transaction, project: Project, callback: Mapping[str, Json] | None) -> None:
    """Raise Invalid for a channel that is none of the project's, where it has any. A repository's number is known to GitHub alone."""
    if callback is None or callback.get("type") != SLACK:
        return
    channels = {bound.place.rpartition("/")[2] for bound in tx.places.of_project(project.id) if bound.place.startswith(f"{SLACK}:")}
    if channels and callback.get("channel") not in channels:
        raise Invalid((f"callback leads to the channel {callback.get('channel')}, where {project.identifier} is not at home.",))
