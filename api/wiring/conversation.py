"""Composition of the incoming way: from what platforms deliver to what is done about it."""

import time
from collections.abc import Callable, Mapping

from api.routes.deliveries import Reception
from api.settings import Settings
from api.wiring.starting import new_id
from bot.handle import Handle
from bot.homes import Home
from bot.receive import ReceiveDeliveries
from bot.reconcile import SWEEP_EVERY, Reconcile
from bot.wordbook import Wordbook
from core.engine.accept_delivery import AcceptDelivery
from core.engine.follow_pipelines import EVERY as FOLLOW_EVERY
from core.engine.follow_pipelines import FollowPipelines
from core.engine.forget_deliveries import EVERY as FORGET_EVERY
from core.engine.forget_deliveries import ForgetDeliveries
from core.engine.now_and_then import NowAndThen
from core.engine.outside_teams import OutsideTeams
from core.engine.refresh_teams import LOOK_EVERY, RefreshTeams
from core.engine.run_flow import RunFlow
from core.flows.registry import Registry
from core.ports.database import Database

READERS = 2  # deliveries that are handled at once


def handle_of(settings: Settings, database: Database, registry: Registry, run_flow: RunFlow, homes: Mapping[str, Home],
              words: Wordbook, teams: OutsideTeams) -> Handle:
    """Return what is done with a message, on our own page as elsewhere."""
    return Handle(
        database=database, registry=registry, new_id=new_id, run_flow=run_flow, page=settings.public_url, words=words,
        teams=teams, homes=homes)


def outside_teams(homes: Mapping[str, Home]) -> OutsideTeams:
    """Return who is asked for the teams that approvers may name."""
    return OutsideTeams(providers={provider: home.teams for provider, home in homes.items() if home.teams is not None})


def incoming(database: Database, handle: Handle, homes: Mapping[str, Home], lost: Callable[[str], None],
             follow: FollowPipelines) -> list[Callable[[], object]]:
    """Return what reads deliveries, and what looks for those that were lost; nothing where there is no home."""
    if not homes:
        return []
    receive = ReceiveDeliveries(database=database, homes=homes, handle=handle, look=follow.look)
    reconcile = Reconcile(database=database, homes=homes, handle=handle, lost=lost)
    return [*[receive.work] * READERS, NowAndThen(SWEEP_EVERY, reconcile.sweep), NowAndThen(FOLLOW_EVERY, follow.sweep),
            NowAndThen(LOOK_EVERY, RefreshTeams(database=database, teams=handle.teams).sweep),
            NowAndThen(FORGET_EVERY, ForgetDeliveries(database=database).forget, last=time.monotonic())]


def reception_of(database: Database, homes: Mapping[str, Home]) -> Reception:
    doors = {provider: home.door for provider, home in homes.items() if home.door is not None}
    return Reception(doors=doors, accept=AcceptDelivery(database=database, new_id=new_id))
