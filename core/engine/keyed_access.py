"""Keys for a provider of access that knows none: what was given under which is written down before it is given, and before it is taken."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.engine.grant_access import AccessRequest
from core.flows.context import Effect, EffectRefused
from core.ports.access_keys import AccessKey, Where
from core.ports.database import Database, Transaction

JUST_NOW = timedelta(minutes=10)  # within which what is there may be what is being taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has access: `account` is the provider's own id, `name` only shown."""

    account: str
    name: str


class KeylessAccess(Protocol):
    """Gives access and takes it, by account, and remembers no requests. All of it may be done again.

    Raises EffectRefused where trying again would change nothing, else what went wrong.
    """

    @property
    def name(self) -> str: ...

    @property
    def accounts(self) -> str:
        """As which provider of identities it knows people."""

    def holders(self, where: Where, seconds: float) -> list[Holder]: ...

    def has(self, account: str, where: Where, seconds: float) -> bool: ...

    def give(self, account: str, where: Where, seconds: float) -> None: ...

    def take(self, account: str, where: Where, seconds: float) -> None: ...


class JustTaken(Exception):
    """What is there may be what is being taken back just now: a moment later it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedAccess:
    """An AccessProvider. Nobody is given what they have otherwise: it would be taken from them at the end."""

    database: Database
    provider: KeylessAccess

    @property
    def name(self) -> str:
        return self.provider.name

    def grant(self, request: AccessRequest, effect: Effect) -> datetime | None:
        where = Where(target=request.target, level=request.level)
        with self.database.begin() as tx:
            key = tx.access_keys.lock(effect.key)
            account = key.account if key is not None else self._account(tx, request.subject)
        if key is not None and key.revoked_at is not None:
            raise EffectRefused(f"access under {effect.key} has been taken back already, for good")
        if key is None:
            self._begin(request, effect, account, where, self.provider.has(account, where, effect.seconds))
        self.provider.give(account, where, effect.seconds)
        return None

    def _begin(self, request: AccessRequest, effect: Effect, account: str, where: Where, there: bool) -> None:
        with self.database.begin() as tx:
            now, others = tx.now(), tx.access_keys.of(self.name, where, account)
            known = tx.access_keys.lock(effect.key)
            if known is not None and known.revoked_at is not None:
                raise EffectRefused(f"access under {effect.key} has been taken back already, for good")
            if there and not any(each.live for each in others):
                if any(each.revoked_at is not None and each.revoked_at > now - JUST_NOW for each in others if each.begun_at is not None):
                    raise JustTaken(f"{request.subject} has had {where.level} on {where.target} until just now")
                raise EffectRefused(
                    f"{request.subject} has {where.level} on {where.target} already, and not by Placet, which would take it away")
            tx.access_keys.save(AccessKey(
                effect_key=effect.key, provider=self.name, account=account, subject=request.subject, where=where, begun_at=now))

    def revoke(self, request: AccessRequest, effect: Effect) -> None:
        with self.database.begin() as tx:
            key, now = tx.access_keys.lock(effect.key), tx.now()
            key = key or AccessKey(effect_key=effect.key, provider=self.name, account="", subject=request.subject,
                                   where=Where(target=request.target, level=request.level))
            tx.access_keys.save(key.revoked(now))
        if key.begun_at is not None:
            self._take(key, effect.seconds)

    def _take(self, key: AccessKey, seconds: float) -> None:
        """Take it away unless another key gives the same; one that came to do so in between has it given again."""
        if self._given_by_another(key):
            return
        self.provider.take(key.account, key.where, seconds)
        if self._given_by_another(key):
            self.provider.give(key.account, key.where, seconds)

    def _given_by_another(self, key: AccessKey) -> bool:
        with self.database.read() as tx:
            return any(each.live for each in tx.access_keys.of(self.name, key.where, key.account) if each.effect_key != key.effect_key)

    def _account(self, tx: Transaction, subject: str) -> str:
        person = tx.people.find(subject)
        accounts = sorted(tx.identities.subjects(self.provider.accounts, person.id)) if person else []
        if len(accounts) != 1:
            told = "has no account linked there" if not accounts else "has more than one account linked there"
            raise EffectRefused(f"{subject} {told}: `placet people link` links one")
        return accounts[0]

