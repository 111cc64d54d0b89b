"""A provider of access that knows accounts and no keys, with a ledger."""

from dataclasses import dataclass, field

from core.engine.keyed_access import Holder
from core.flows.context import EffectRefused
from core.ports.access_keys import Where


@dataclass
class FakeKeyless:
    """`there`: who has access. `calls`: what changed something, or tried to. `lost`: so many answers get lost after it was done."""

    there: dict[Where, set[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    lost: int = 0
    name: str = "fake-team"
    accounts: str = "github"

    def holders(self, where: Where, seconds: float) -> list[Holder]:
        return [Holder(account=each, name=f"@{each}") for each in sorted(self.there.get(where, ()))]

    def has(self, account: str, where: Where, seconds: float) -> bool:
        return account in self.there.get(where, ())

    def give(self, account: str, where: Where, seconds: float) -> None:
        if account in self.strangers:
            raise EffectRefused("they are not of the organisation")
        self.calls.append(f"give {account}")
        self.there.setdefault(where, set()).add(account)
        self._lose()

    def take(self, account: str, where: Where, seconds: float) -> None:
        self.calls.append(f"take {account}")
        self.there.setdefault(where, set()).discard(account)
        self._lose()

    def _lose(self) -> None:
        if self.lost:
            self.lost -= 1
            raise ConnectionError("no answer")
