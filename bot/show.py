"""Cards of what is asked somewhere, as they would be shown now."""

from collections.abc import Iterable

from bot.cards import Card
from bot.make_card import Story, card_of
from bot.scene import Scene
from core.domain.approvals import Approval
from core.flows.registry import Registry
from core.ports.database import Database


def cards_of(database: Database, registry: Registry, scene: Scene, approvals: Iterable[Approval]) -> list[Card]:
    """Return a card of each."""
    cards = []
    with database.read() as tx:
        for approval in approvals:
            execution = tx.runs.get(approval.execution_id)
            if execution is not None:
                cards.append(card_of(Story(
                    approval=approval.named(tx.people.owners(approval.project_id)), execution=execution,
                    project=scene.projects[approval.project_id], flow=registry.find(execution.flow), now=scene.now,
                    grants=tx.grants.of_run(execution.id))))
    return cards
