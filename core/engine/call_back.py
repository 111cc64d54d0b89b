"""Tell programs how their runs go, as long as it takes; a run is never changed by it."""

import logging
from dataclasses import dataclass, replace
from http import HTTPStatus

from core.domain.callbacks import MOST_TRIES, Callback, address_of, body_of, event_of, listener
from core.domain.effects import Announce, CallBack
from core.engine.callback_secrets import secrets_of
from core.ports.callbacks import Heard, Listener
from core.ports.database import Database, NewId, Transaction
from core.ports.dispatch import TryLater
from core.ports.keys import Vault

DEADLINE = 15.0  # seconds for one attempt; shorter than the time after which another process tries again
PATIENT = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
log = logging.getLogger("placet.callbacks")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadCallbacks:
    """Turns an announcement into what its run's callback is told, in the transaction that it is given. Children's is told nobody else."""

    new_id: NewId

    def __call__(self, tx: Transaction, announce: Announce) -> None:
        execution = tx.runs.get(announce.execution_id)
        if execution is None:
            return
        approval = tx.approval_search.get(announce.approval_id) if announce.approval_id is not None else None
        event = event_of(announce.event, execution, approval)
        url = address_of(execution.callback) or address_of(approval.callback if approval is not None else None)
        if event is None or url is None or tx.callbacks.closed(execution.id):
            return
        project, now = tx.projects.get(execution.project_id), tx.now()
        assert project is not None
        callback = Callback(
            id=self.new_id(), execution_id=execution.id, approval_id=announce.approval_id, event=event, put_at=now,
            about=announce.approval_id or execution.id, body=body_of(event, execution, project.identifier, approval, now))
        if tx.callbacks.add(callback):
            tx.outbox.put(CallBack(execution_id=execution.id, callback_id=callback.id, listener=listener(url)), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverCallback:
    database: Database
    vault: Vault
    listener: Listener
    deadline: float = DEADLINE

    def deliver(self, callback_id: str, tries: int) -> None:
        """Tell a program; raise TryLater unless it was told, or nobody tries any more. `tries`: this one too."""
        begun = self._begin(callback_id)
        if begun is None:
            return
        callback, url, secrets = begun
        try:
            heard = self._tell(callback, url, secrets)
        except TryLater as later:
            self._again(callback, tries, str(later), later)
            return
        if 200 <= heard.status < 300:
            self._told(callback)
        elif heard.status == HTTPStatus.GONE:
            self._close(callback)
        else:
            wish = heard.after if heard.status in PATIENT else None
            why = f"the receiver answered {heard.status}"
            self._again(callback, tries, why, TryLater(why, wish))

    def _begin(self, callback_id: str) -> tuple[Callback, str, list[str]] | None:
        with self.database.read() as tx:
            callback = tx.callbacks.get(callback_id)
            if callback is None or callback.delivered_at is not None or callback.set_aside_at is not None:
                return None
            execution = tx.runs.get(callback.execution_id)
            if execution is None or tx.callbacks.closed(execution.id):
                return None
            approval = tx.approval_search.get(callback.approval_id) if callback.approval_id is not None else None
            url = address_of(execution.callback) or address_of(approval.callback if approval is not None else None)
            return None if url is None else (callback, url, list(secrets_of(tx, self.vault, execution)))

    def _tell(self, callback: Callback, url: str, secrets: list[str]) -> Heard:
        if not secrets:
            raise TryLater("the project has no webhook secret that would sign it")
        return self.listener.tell(url, callback.id, callback.body, secrets, self.deadline)

    def _told(self, callback: Callback) -> None:
        with self.database.begin() as tx:
            tx.callbacks.save(replace(callback, delivered_at=tx.now(), error=None))

    def _close(self, callback: Callback) -> None:
        why = "the receiver answered 410: it wants to hear nothing more of this run"
        log.warning("callback.closed", extra={"execution_id": callback.execution_id, "callback_id": callback.id})
        with self.database.begin() as tx:
            tx.callbacks.close(callback.execution_id, tx.now(), why)
            tx.callbacks.save(replace(callback, set_aside_at=tx.now(), error=why))

    def _again(self, callback: Callback, tries: int, why: str, later: TryLater) -> None:
        """Wait for the next try, or set aside what was tried so often: an operator sends it again."""
        if tries < MOST_TRIES:
            raise later
        log.error("callback.set_aside", extra={
            "execution_id": callback.execution_id, "callback_id": callback.id, "event_type": callback.event, "why": why})
        with self.database.begin() as tx:
            tx.callbacks.save(replace(callback, set_aside_at=tx.now(), error=why))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCallback:
    """For an operator: what was set aside is tried again from the beginning, under the id that it had."""

    database: Database

    def replay(self, callback_id: str) -> Callback | None:
        """Return what is sent again; None for an id that is not set aside."""
        with self.database.begin() as tx:
            callback = tx.callbacks.get(callback_id)
            execution = tx.runs.get(callback.execution_id) if callback is not None else None
            if callback is None or execution is None or callback.set_aside_at is None or tx.callbacks.closed(execution.id):
                return None
            approval = tx.approval_search.get(callback.approval_id) if callback.approval_id is not None else None
            url = address_of(execution.callback) or address_of(approval.callback if approval is not None else None)
            tx.callbacks.save(replace(callback, set_aside_at=None, error=None))
            tx.outbox.put(CallBack(execution_id=execution.id, callback_id=callback.id, listener=listener(url or "")), tx.now())
        return callback
