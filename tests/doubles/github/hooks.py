"""Webhooks: signed, sent in order by a thread of their own, and lost, held back, doubled or sent again on demand."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from queue import SimpleQueue
from threading import Condition, Thread
from typing import Literal, TypeAlias
from uuid import uuid4

import httpx

from tests.doubles.github.json import Json

Target: TypeAlias = str | Callable[[Mapping[str, str], bytes], int]
Fate: TypeAlias = Literal["unheard", "failed", "doubled"]


@dataclass(slots=True, kw_only=True)
class Hook:
    """`target`: a URL, or what takes headers and body and returns a status; None: nobody listens yet. `of`: an App, or a repository."""

    id: int
    target: Target | None
    secret: str
    events: frozenset[str] | None
    of: Literal["integration", "repository"]
    of_id: int
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try to tell a hook of an event; `guid` stays the same when it is sent again. `status_code` 0: no answer.

    `as_given`: a test chose its bytes.
    """

    id: int
    guid: str
    hook: Hook
    event: str
    action: str | None
    body: bytes
    installation_id: int | None
    repository_id: int | None
    delivered_at: datetime
    redelivery: bool = False
    status_code: int = 0
    duration: float = 0.0
    as_given: bool = False

    @property
    def payload(self) -> Json:
        decoded: Json = json.loads(self.body)
        return decoded

    @property
    def headers(self) -> dict[str, str]:
        """Signed with the hook's secret as it is now."""
        return {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "GitHub-Hookshot/044aadd",
                "X-GitHub-Delivery": self.guid, "X-GitHub-Event": self.event, "X-GitHub-Hook-ID": str(self.hook.id),
                "X-GitHub-Hook-Installation-Target-ID": str(self.hook.of_id),
                "X-GitHub-Hook-Installation-Target-Type": self.hook.of, **signatures(self.hook.secret, self.body)}


def signatures(secret: str, body: bytes) -> dict[str, str]:
    return {f"X-Hub-Signature{suffix}": f"{name}={hmac.new(secret.encode(), body, kind).hexdigest()}"
            for suffix, name, kind in (("-256", "sha256", hashlib.sha256), ("", "sha1", hashlib.sha1))}


@dataclass
class Hooks:
    """`sent`: every try there was, also those that failed; `held`: what waits while `holding`. `delay`: seconds before each is sent."""

    now: Callable[[], datetime]
    all: list[Hook] = field(default_factory=list)
    sent: list[Delivery] = field(default_factory=list)
    held: list[Delivery] = field(default_factory=list)
    holding: bool = False
    delay: float = 0.0
    _fates: list[tuple[Fate, str | None]] = field(default_factory=list)
    _queue: "SimpleQueue[Delivery | None]" = field(default_factory=SimpleQueue)
    _ids: "count[int]" = field(default_factory=lambda: count(12_345_678))
    _under_way: int = 0
    _idle: Condition = field(default_factory=Condition)

    def start(self) -> None:
        Thread(target=self._send_all, daemon=True).start()

    def stop(self) -> None:
        self._queue.put(None)

    def of_app(self, app_id: int) -> Hook:
        return next(one for one in self.all if (one.of, one.of_id) == ("integration", app_id))

    def fire(self, hook: Hook, event: str, action: str | None, payload: Json, *, installation_id: int | None,
             repository_id: int | None) -> None:
        """Send an event to a hook, unless something was arranged for it."""
        delivery = Delivery(id=next(self._ids), guid=str(uuid4()), hook=hook, event=event, action=action,
                            body=json.dumps(payload, separators=(",", ":")).encode(), installation_id=installation_id,
                            repository_id=repository_id, delivered_at=self.now())
        fate = next((one for one in self._fates if one[1] in (None, event)), None)
        if fate is not None:
            self._fates.remove(fate)
            if fate[0] == "unheard":
                return
            if fate[0] == "failed":
                self.sent.append(replace(delivery, status_code=502))
                return
            self._put(delivery)
        self._put(delivery)

    def lose(self, count: int = 1, *, event: str | None = None, listed: bool = False) -> None:
        """Let the next ones never arrive; `listed`: GitHub knows that they failed."""
        self._fates.extend([("failed" if listed else "unheard", event)] * count)

    def double(self, count: int = 1, *, event: str | None = None) -> None:
        """Send the next ones twice."""
        self._fates.extend([("doubled", event)] * count)

    def hold(self) -> None:
        self.holding = True

    def release(self, order: Iterable[int] | None = None) -> None:
        """Send what was held back, in this order of its indices, and whatever comes from now on."""
        held, self.held, self.holding = self.held, [], False
        for index in range(len(held)) if order is None else order:
            self._put(held[index])
        self.settle()

    def redeliver(self, delivery_id: int) -> None:
        """Send one again, as a person or an App asks for."""
        found = next(one for one in self.sent if one.id == delivery_id)
        self._put(replace(found, id=next(self._ids), redelivery=True, delivered_at=self.now(), status_code=0))

    def send(self, hook: Hook, event: str, body: bytes, *, guid: str | None = None) -> Delivery:
        """Send these very bytes now, signed; return what came of it."""
        delivery = Delivery(id=next(self._ids), guid=guid or str(uuid4()), hook=hook, event=event, action=None, body=body,
                            installation_id=None, repository_id=None, delivered_at=self.now(), as_given=True)
        return self._send(delivery)

    def settle(self, within: float = 30.0) -> None:
        """Wait until everything that is not held back has been sent."""
        with self._idle:
            assert self._idle.wait_for(lambda: self._under_way == 0, within), "deliveries are still under way"

    def _put(self, delivery: Delivery) -> None:
        if self.holding:
            self.held.append(delivery)
            return
        with self._idle:
            self._under_way += 1
        self._queue.put(delivery)

    def _send_all(self) -> None:
        while (delivery := self._queue.get()) is not None:
            try:
                if self.delay:
                    time.sleep(self.delay)
                self._send(delivery)
            finally:
                with self._idle:
                    self._under_way -= 1
                    self._idle.notify_all()

    def _send(self, delivery: Delivery) -> Delivery:
        begun = time.monotonic()
        try:
            status = self._hand_over(delivery)
        except Exception:  # whatever the listener does, GitHub goes on
            status = 0
        done = replace(delivery, status_code=status, duration=time.monotonic() - begun)
        self.sent.append(done)
        return done

    def _hand_over(self, delivery: Delivery) -> int:
        target = delivery.hook.target
        match target:
            case None:
                return 0
            case str():
                return httpx.post(target, content=delivery.body, headers=delivery.headers, timeout=10).status_code
        return target(delivery.headers, delivery.body)
