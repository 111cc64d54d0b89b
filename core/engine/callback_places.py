"""Callbacks into conversations: only where the project that they name is at home."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.json import Json
from core.domain.people import Caller
from core.engine.sight import see_project
from core.errors import Invalid
from core.ports.database import Database

ANYWHERE = ("webhook", "none")


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
