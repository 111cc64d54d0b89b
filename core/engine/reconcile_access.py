"""Compare who has access with who should: take what is left over of Placet's own doing, and report the rest untouched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.audit import as_notice, event_of
from core.domain.json import Json
from core.engine.keyed_access import Holder, KeylessAccess
from core.flows.context import Effect
from core.ports.access_keys import AccessKey, Where
from core.ports.database import Database

OURS_FOR = timedelta(days=1)  # after the last key was revoked: later it may be somebody else's doing
SETTLES = timedelta(minutes=10)  # until which what a key just began or revoked may not be there, or be there still
MOST_TOLD = 200


@dataclass(slots=True)
class Report:
    """What was found, in sentences."""

    checked: int = 0
    taken: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Json]:
        lists = {"takenBack": self.taken, "unknown": self.unknown, "missing": self.missing}
        return {"checked": self.checked, **{name: [*found[:MOST_TOLD]] for name, found in lists.items()},
                **{f"{name}Count": len(found) for name, found in lists.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileAccess:
    """The function of `access.reconcile`. What is left over: every key revoked, the last within a day, as by a call that came late."""

    database: Database
    provider: KeylessAccess

    def reconcile(self, arguments: Mapping[str, Json], *, effect: Effect) -> dict[str, Json]:
        report = Report()
        with self.database.read() as tx:
            places = tx.access_keys.places(self.provider.name)
        for where in places:
            holders = self.provider.holders(where, effect.seconds)
            with self.database.read() as tx:
                keys, now = tx.access_keys.of(self.provider.name, where), tx.now()
            self._compare(where, holders, keys, now, effect, report)
        return report.told()

    def _compare(self, where: Where, holders: Sequence[Holder], keys: Sequence[AccessKey], now: datetime, effect: Effect,
                 report: Report) -> None:
        report.checked += len(holders)
        there = {holder.account for holder in holders}
        for holder in holders:
            mine = [key for key in keys if key.account == holder.account and key.begun_at is not None]
            if any(key.live for key in mine):
                continue
            last = max((key.revoked_at for key in mine if key.revoked_at is not None), default=None)
            if last is None or last < now - OURS_FOR:
                report.unknown.append(f"{holder.name} has {where.level} on {where.target}")
            elif last < now - SETTLES:
                self._take(holder, where, effect, report)
        for key in keys:
            if key.live and key.account not in there and key.begun_at is not None and key.begun_at < now - SETTLES:
                report.missing.append(f"{key.subject} should have {where.level} on {where.target}")

    def _take(self, holder: Holder, where: Where, effect: Effect, report: Report) -> None:
        """Take it away, unless a key has come to give it meanwhile; it is given back to one that comes in between."""
        if self._live(holder, where):
            return
        self.provider.take(holder.account, where, effect.seconds)
        if self._live(holder, where):
            self.provider.give(holder.account, where, effect.seconds)
            return
        report.taken.append(f"{holder.name} had {where.level} on {where.target}")
        with self.database.begin() as tx:
            run = tx.runs.get(effect.key.partition(":")[0])
            if run is not None:
                tx.audit.append(as_notice(event_of(run, "reconcile", account=holder.account, target=where.target, level=where.level)))

    def _live(self, holder: Holder, where: Where) -> bool:
        with self.database.read() as tx:
            return any(key.live for key in tx.access_keys.of(self.provider.name, where, holder.account))
