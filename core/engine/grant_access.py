"""Access as an effect: given and taken back outside, then written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.domain.json import Json, timestamp
from core.flows.context import Effect, EffectRefused
from core.ports.database import Database
from core.ports.grants import Grant

FURTHEST_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """Who gets what access where, for how long from its activation on."""

    subject: str
    target: str
    level: str
    minutes: int
    reason: str
    execution_id: str


class AccessProvider(Protocol):
    """Gives access outside. It knows a request by its effect's key: a repeat answers as before, a revoked key is never granted again."""

    @property
    def name(self) -> str: ...

    def grant(self, request: AccessRequest, effect: Effect) -> datetime | None:
        """Return since when access is given; None: since it is written down. Raise EffectRefused if trying again would change nothing."""

    def revoke(self, request: AccessRequest, effect: Effect) -> None:
        """Take access back, also of a key that was never granted; raise whatever went wrong."""


class RecordedAccess:
    """Nothing outside: the row is the grant, and whoever guards the door reads it."""

    name = "record"

    def grant(self, request: AccessRequest, effect: Effect) -> datetime | None:
        return None

    def revoke(self, request: AccessRequest, effect: Effect) -> None:
        return None


class OtherProvider(Exception):
    """A provider that gave access is not the one that this process has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantAccess:
    """The functions of `access.grant` and `access.revoke`. Outside first, then the row: killed in between, the same key is sent again."""

    database: Database
    provider: AccessProvider

    def grant(self, arguments: Mapping[str, Json], *, effect: Effect) -> dict[str, Json]:
        request = parse_request(arguments, effect)
        with self.database.begin() as tx:
            known = tx.grants.lock(effect.key)
        if known is None:
            known = self._record(request, effect, self.provider.grant(request, effect))
        if known.revoked_at is not None:
            raise EffectRefused(f"access under {effect.key} has been taken back already, for good")
        return {"activatedAt": timestamp(known.activated_at)}

    def _record(self, request: AccessRequest, effect: Effect, activated_at: datetime | None) -> Grant:
        with self.database.begin() as tx:
            known, now = tx.grants.lock(effect.key), tx.now()
            if known is not None:
                return known
            activated_at = activated_at or now
            if activated_at > now + FURTHEST_AHEAD:
                raise EffectRefused(f"{self.provider.name} says that access begins at {timestamp(activated_at)}, which is not now")
            grant = _grant(self.provider.name, request, effect, activated_at, activated_at + timedelta(minutes=request.minutes))
            tx.grants.add(grant)
        return grant

    def revoke(self, arguments: Mapping[str, Json], *, effect: Effect) -> None:
        try:
            request = parse_request(arguments, effect)
        except EffectRefused:
            return  # it was refused likewise when it was to be granted
        with self.database.begin() as tx:
            known = tx.grants.lock(effect.key)
        if known is not None and known.revoked_at is not None:
            return
        if known is not None and known.provider != self.provider.name:
            raise OtherProvider(f"access was given by {known.provider}, which has to take it back; this process has {self.provider.name}")
        self.provider.revoke(request, effect)
        with self.database.begin() as tx:
            known, now = tx.grants.lock(effect.key), tx.now()
            if known is None:
                tx.grants.add(_grant(self.provider.name, request, effect, now, now, revoked_at=now))
            else:
                tx.grants.revoke(effect.key, now)


def parse_request(arguments: Mapping[str, Json], effect: Effect) -> AccessRequest:
    """Understand the arguments of a step; raise EffectRefused if they name no access."""
    texts = {name: arguments.get(name) for name in ("username", "targetOrg", "accessLevel")}
    minutes, reason = arguments.get("durationMinutes"), arguments.get("reason") or ""
    missing = sorted(name for name, value in texts.items() if not isinstance(value, str) or not value)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1:
        missing.append("durationMinutes")
    if missing:
        raise EffectRefused(f"access needs {', '.join(missing)}")
    return AccessRequest(
        subject=str(texts["username"]), target=str(texts["targetOrg"]), level=str(texts["accessLevel"]), reason=str(reason),
        minutes=int(str(minutes)), execution_id=effect.key.partition(":")[0])


def _grant(provider: str, request: AccessRequest, effect: Effect, activated_at: datetime, until: datetime,
           revoked_at: datetime | None = None) -> Grant:
    return Grant(
        effect_key=effect.key, execution_id=request.execution_id, provider=provider, subject=request.subject, target=request.target,
        level=request.level, activated_at=activated_at, until=until, revoked_at=revoked_at)
