"""Composition: the pages, and what keeps the open ones up to date."""

from collections.abc import Collection

from api.pages.hosts import Address
from api.pages.issuer import Issuer
from api.pages.notifier import Notifier
from api.pages.pages import Pages
from api.pages.render import environment
from api.refusals import RefusedDecisions
from api.settings import Settings
from api.wiring.starting import new_id
from core.engine.find_story import FindStory
from core.engine.find_waiting import FindWaiting
from core.engine.sign_in import SignIn
from core.ports.database import Database


def pages_of(settings: Settings, database: Database, issuer: Issuer | None = None) -> Pages:
    def look(runs: Collection[str], projects: Collection[str]) -> dict[str, tuple[object, ...]]:
        with database.read() as tx:
            return tx.stir.look(runs, projects)

    return Pages(
        address=Address(public_url=settings.public_url), database=database, sign_in=SignIn(database=database, new_id=new_id),
        waiting=FindWaiting(database=database), story=FindStory(database=database), refused=RefusedDecisions(database=database),
        notifier=Notifier(look), templates=environment(), issuer=issuer)
