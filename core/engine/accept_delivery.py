"""What a platform delivers is kept before it is acknowledged."""

from dataclasses import dataclass

from core.domain.messages import Delivery
from core.ports.database import Database, NewId


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptDelivery:
    database: Database
    new_id: NewId

    def accept(self, delivery: Delivery) -> bool:
        """Keep a delivery in a transaction of its own; False if it came before."""
        with self.database.begin() as tx:
            return tx.inbox.add(self.new_id(), delivery, tx.now())
