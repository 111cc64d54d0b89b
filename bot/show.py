"""Cards of what is asked somewhere, as they would be shown now."""

from collections.abc import Iterable
from datetime import datetime

from bot.cards import Card
from bot.make_card import Story, card_of
from bot.scene import Scene
from bot.wordbook import Wordbook
from core.domain.approvals import Approval
from core.flows.registry import Registry
from core.ports.database import Database, Transaction


def card_at(tx: Transaction, registry: Registry, approval: Approval, project: str, *, now: datetime, words: Wordbook,
            page: str | None = None) -> Card | None:
    """Return the card of a request as it is now; None if its run is gone. `page`: the address of the run's page."""
    execution = tx.runs.get(approval.execution_id)
    if execution is None:
        return None
    return card_of(Story(
        approval=approval.named(tx.people.owners(approval.project_id)), execution=execution, project=project,
        flow=registry.find(execution.flow), now=now, grants=tx.grants.of_run(execution.id), page=page,
        vocabulary=words.of(project)))


def cards_of(database: Database, registry: Registry, scene: Scene, approvals: Iterable[Approval], words: Wordbook) -> list[Card]:
    """Return a card of each."""
    with database.read() as tx:
        cards = [card_at(tx, registry, each, scene.projects[each.project_id], now=scene.now, words=words) for each in approvals]
    return [card for card in cards if card is not None]
