"""The engine for one machine: threads that claim what is due in the database."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from core.engine.advance_flow import AdvanceFlow
from core.errors import CoreError
from core.ports.engine import Changes
from core.ports.leases import Claim
from integrations.embedded.bell import Bell

IDLE_LOOK = 5.0  # seconds after which an idle worker looks though nobody rang
TIMER_LOOK = 0.25
CHORES_EVERY = 5.0
LONG_DUE = timedelta(minutes=10)
BETWEEN_CALLS = 15 * 60.0  # seconds that a flow may take between two calls of its context
log = logging.getLogger("placet.engine")


@dataclass(slots=True, eq=False)
class Hold:
    """A claim in a worker's hands; `touched` is when its flow last made a call."""

    claim: Claim
    claimed: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)
    given_up: bool = False

    def touch(self) -> None:
        self.touched = time.monotonic()


class EmbeddedFlowEngine:
    """`slots` runs at a time. `chores` are done every few seconds, each guarded from the others; `deliver` also as soon as it is posted.

    So is what each of the `couriers` does, who may have to wait for somebody outside: each has a thread of its own.

    `worked` is told of each stretch, and how many seconds it took.
    """

    def __init__(self, advance: AdvanceFlow, changes: Changes, *, slots: int, chores: Sequence[Callable[[], object]] = (),
                 deliver: Callable[[], object] = lambda: None, couriers: Sequence[Callable[[], object]] = (),
                 worked: Callable[[Claim, float], None] = lambda claim, seconds: None,
                 between_calls: float = BETWEEN_CALLS):
        self._advance, self._changes, self._slots, self._chores = advance, changes, slots, chores
        self._relays = [(each, threading.Event()) for each in (deliver, *couriers)]
        self._between_calls = between_calls
        self._worked = worked
        self._bell = Bell()
        self._stopping = threading.Event()
        self._holds: set[Hold] = set()
        self._lock = threading.Lock()
        self._workers: list[threading.Thread] = []
        self._keepers: list[threading.Thread] = []
        self._unknown: set[str] = set()

    def wake(self, execution_id: str) -> None:
        self._bell.ring(most=self._slots)
        self._changes.announce()

    def post(self) -> None:
        """Nudge, after a commit: there is something to deliver."""
        for _, posted in self._relays:
            posted.set()

    def start(self) -> None:
        for _ in range(self._slots):
            self._hire()
        loops: list[tuple[Callable[[], None], str]] = [(self._watch, "timers"), (self._beat, "heartbeat"), (self._sweep, "chores")]
        loops += [(partial(self._relay, deliver, posted), f"relay-{n}") for n, (deliver, posted) in enumerate(self._relays)]
        for loop, name in loops:
            keeper = threading.Thread(target=loop, name=f"placet-{name}", daemon=True)
            self._keepers.append(keeper)
            keeper.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Claim nothing more and let what is under way come to the end of its stretch; what takes longer is claimed again elsewhere."""
        self._stopping.set()
        self.post()
        self._bell.ring(self._slots, most=self._slots)
        until = time.monotonic() + seconds
        for thread in (*self._workers, *self._keepers):
            thread.join(max(0.0, until - time.monotonic()))
        self._changes.close()

    def _hire(self) -> None:
        worker = threading.Thread(target=self._work, name=f"placet-worker-{len(self._workers) + 1}", daemon=True)
        self._workers.append(worker)
        worker.start()

    def _work(self) -> None:
        while not self._stopping.is_set():
            claim = self._claim()
            if claim is None:
                self._bell.wait(IDLE_LOOK)
                continue
            with self._holding(claim) as hold:
                self._run(hold)
            if hold.given_up:
                return

    def _claim(self) -> Claim | None:
        try:
            return self._advance.claim()
        except CoreError:
            self._stopping.wait(1)
            return None

    def _run(self, hold: Hold) -> None:
        try:
            self._advance.run(hold.claim, hold.touch)
        except BaseException:  # a mistake of ours: the lease passes, another stretch tries again, and after some claims the run is failed
            log.exception("stretch.broken", extra={"execution_id": hold.claim.execution.id})
        finally:
            self._worked(hold.claim, time.monotonic() - hold.claimed)

    @contextmanager
    def _holding(self, claim: Claim) -> Iterator[Hold]:
        hold = Hold(claim)
        with self._lock:
            self._holds.add(hold)
        try:
            yield hold
        finally:
            with self._lock:
                self._holds.discard(hold)

    def _watch(self) -> None:
        """Ring when a timer is due, or when another process has made something due."""
        shop, pause = self._advance.shop, 0.0
        while not self._stopping.is_set():
            self._changes.wait(pause)
            try:
                with shop.database.read() as tx:
                    due = tx.leases.next_due(shop.registry.versions())
            except CoreError:
                due = None
            if due is not None and due.total_seconds() <= 0:
                self._bell.ring(self._slots, most=self._slots)
                pause = TIMER_LOOK
            else:
                pause = min(TIMER_LOOK, due.total_seconds() if due else TIMER_LOOK)

    def _beat(self) -> None:
        """Renew the leases of what is under way, and give up a flow that makes no call any more."""
        pause = self._advance.shop.lease.total_seconds() / 4
        while not self._stopping.wait(pause):
            self._renew_all()
        while self._holds:  # what is under way keeps its lease until it lets go
            self._renew_all()
            time.sleep(min(pause, 0.5))

    def _renew_all(self) -> None:
        with self._lock:
            holds = [hold for hold in self._holds if not hold.given_up]
        for hold in holds:
            try:
                self._renew(hold)
            except CoreError:
                log.warning("lease.not_renewed", extra={"execution_id": hold.claim.execution.id})

    def _renew(self, hold: Hold) -> None:
        if time.monotonic() - hold.touched <= self._between_calls:
            with self._advance.shop.database.begin() as tx:
                tx.leases.hold(hold.claim.execution.id, hold.claim.attempt, self._advance.shop.lease)
            return
        hold.given_up = True
        log.error("stretch.given_up", extra={"execution_id": hold.claim.execution.id})
        self._advance.give_up(hold.claim, f"the flow made no call for {self._between_calls / 60:g} minutes")
        self._hire()

    def _sweep(self) -> None:
        while not self._stopping.wait(CHORES_EVERY):
            for chore in (*self._chores, self._tell_unclaimed):
                try:
                    chore()
                except CoreError:
                    log.warning("chore.failed", extra={"chore": getattr(chore, "__qualname__", str(chore))})

    def _relay(self, deliver: Callable[[], object], posted: threading.Event) -> None:
        while not self._stopping.is_set():
            try:
                deliver()
            except CoreError:
                log.warning("relay.failed")
            except Exception:  # a mistake of ours, or of what stands in the outbox: the rest is still to be delivered
                log.exception("relay.broken")
            posted.wait(CHORES_EVERY)
            posted.clear()

    def _tell_unclaimed(self) -> None:
        """Say once of each flow that runs of it wait here for a process that knows it; they are not failed, it may come back."""
        shop = self._advance.shop
        with shop.database.read() as tx:
            waiting = dict(tx.leases.unclaimed(shop.registry.versions(), LONG_DUE, 100))
        for execution_id, flow in waiting.items():
            if flow not in self._unknown:
                log.error("flow.unknown", extra={"flow": flow, "execution_id": execution_id})
        self._unknown = set(waiting.values())
