"""Whoever counts or traces what happens, as one."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.audit import Event, is_notice
from core.ports.leases import Claim

log = logging.getLogger("placet.notices")


class Watcher(Protocol):
    """Is told of what is over: requests, rows of the audit once they are committed, stretches of runs."""

    def request(self, method: str, route: str | None, status: int, seconds: float, execution_id: str | None) -> None: ...

    def event(self, event: Event) -> None: ...

    def stretch(self, claim: Claim, seconds: float) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Watch:
    watchers: Sequence[Watcher]

    def request(self, method: str, route: str | None, status: int, seconds: float, execution_id: str | None) -> None:
        for watcher in self.watchers:
            watcher.request(method, route, status, seconds, execution_id)

    def event(self, event: Event) -> None:
        """Pass on what the audit says, and log aloud what a project's owners are told of."""
        if is_notice(event):
            log.warning("owners.told", extra={"kind": event.kind, "actor": event.actor, "project_id": event.project_id,
                                              "execution_id": event.execution_id, "flow": event.facts.get("flow")})
        for watcher in self.watchers:
            watcher.event(event)

    def stretch(self, claim: Claim, seconds: float) -> None:
        for watcher in self.watchers:
            watcher.stretch(claim, seconds)

    def close(self) -> None:
        for watcher in self.watchers:
            watcher.close()
