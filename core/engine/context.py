"""The context of a flow while it runs: recorded calls answer from the journal, the first unrecorded one is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.domain.executions import Execution
from core.domain.flow_types import FlowType
from core.domain.json import Json, parse_timestamp, to_json
from core.domain.steps import Kind, State, Step
from core.engine.concealment import leaves, reveal
from core.engine.gate import Ask, approved, ask, refused, skip_gate, try_gate
from core.engine.run_flow import check_payload, find_flow
from core.engine.run_step import run_step
from core.engine.start_run import start
from core.engine.stretch import FlowChanged, Parked, Stretch, TooLong
from core.engine.take_lock import check_name, take_lock
from core.engine.undo_step import run_undo
from core.flows.context import Approved, Child, EffectFunction, LockRefused, NamedEffect, StepFailed

MOST_STEPS = 10_000


@dataclass(slots=True)
class Replay:
    """Implements FlowContext over a stretch."""

    stretch: Stretch
    flow: FlowType
    position: int = 0
    _names: dict[str, int] = field(default_factory=dict)
    _lines: int = 0

    @property
    def execution_id(self) -> str:
        return self.stretch.id

    def step(self, name: str, effect: NamedEffect | EffectFunction, arguments: Any = None, *, undo: NamedEffect | None = None) -> Any:
        key, row = self._next(name, Kind.STEP)
        if row is None or row.state is State.BEGUN:
            row = run_step(self.stretch, self.flow.retry, key, self.position, effect, arguments, undo, row)
        if row.state is State.FAILED or row.error is not None:
            raise StepFailed(f"{name} failed: {row.error}")
        return reveal(row.result, self.stretch.open(row.result_secrets))

    def undo(self, name: str) -> None:
        key, row = self._next(f"undo {name}", Kind.UNDO)
        if row is None or row.state is not State.DONE:
            run_undo(self.stretch, key, self.position, name, row)

    def approval(self, question: str, *, approvers: Sequence[str] = (), required: int | None = None,
                 timeout: timedelta | None = None, excluding: Sequence[str] = ()) -> Approved:
        key, row = self._next("approval", Kind.APPROVAL)
        wanted = Ask(question=self.stretch.clean(question), approvers=tuple(approvers or self.flow.approvers),
                     required=required or self.flow.required, timeout=self.flow.timeout if timeout is None else timeout,
                     excluding=tuple(excluding))
        if row is None and self.stretch.execution.skip_reason is not None:
            row = skip_gate(self.stretch, self.flow, key, self.position, wanted)
        if row is None:
            ask(self.stretch, self.flow, key, self.position, wanted)
        if row.state is State.BEGUN:
            row = try_gate(self.stretch, self.flow, row, wanted)
        if row.state is State.FAILED:
            raise refused(row)
        return approved(row)

    def sleep_until(self, time: datetime) -> None:
        self._sleep(time)

    def sleep(self, duration: timedelta) -> None:
        self._sleep(duration)

    def _sleep(self, wanted: datetime | timedelta) -> None:
        """The end is recorded at the first call; after that nothing is written until it is over."""
        key, row = self._next("sleep", Kind.SLEEP)
        if row is not None and (self.position + 1 in self.stretch.journal or parse_timestamp(str(row.result)) <= self.stretch.claim.at):
            return
        with self.stretch.fenced() as (tx, held):
            now = tx.now()
            if row is None:
                end = now + wanted if isinstance(wanted, timedelta) else wanted
                row = Step(position=self.position, key=key, kind=Kind.SLEEP, state=State.DONE, result=end.isoformat(), begun_at=now)
                self.stretch.write(tx, row)
            end = parse_timestamp(str(row.result))
            if end <= now:
                return
            self.stretch.park(tx, held, end)
        raise self.stretch.end(Parked())

    def now(self) -> datetime:
        key, row = self._next("now", Kind.NOW)
        if row is None:
            with self.stretch.fenced() as (tx, _):
                now = tx.now()
                row = Step(position=self.position, key=key, kind=Kind.NOW, state=State.DONE, result=now.isoformat(), begun_at=now)
                self.stretch.write(tx, row)
        return parse_timestamp(str(row.result))

    def spawn(self, flow: str, parameters: Any) -> str:
        key, row = self._next(f"spawn {flow}", Kind.SPAWN)
        if row is None:
            row = self._spawn(key, flow, parameters)
        return str(row.result)

    def _spawn(self, key: str, flow_id: str, parameters: Any) -> Step:
        flow = find_flow(self.stretch.shop.registry, flow_id)
        given = to_json(parameters)
        shown, secrets = check_payload(flow, given if isinstance(given, Mapping) else {})
        self.stretch.learn(leaves(secrets))
        parent = self.stretch.execution
        with self.stretch.fenced() as (tx, _):
            now = tx.now()
            child = Execution(
                id=self.stretch.shop.new_id(), project_id=parent.project_id, parent_id=parent.id, flow=flow.id, flow_version=flow.version,
                task_type=flow.id, category=flow.category, payload=shown, secrets=self.stretch.shop.vault.seal(secrets),
                work_item=parent.work_item, scheduled=parent.scheduled, triggered_by=parent.triggered_by,
                triggered_by_id=parent.triggered_by_id, initiators=parent.initiators, created_at=now)
            start(tx, self.stretch.shop, flow, child, secrets, "placet", parent=parent.id)
            row = Step(position=self.position, key=key, kind=Kind.SPAWN, state=State.DONE, result=child.id, begun_at=now, ended_at=now)
            self.stretch.write(tx, row)
        return row

    def children(self) -> list[Child]:
        key, row = self._next("children", Kind.CHILDREN)
        if row is None:
            with self.stretch.fenced() as (tx, held):
                if tx.family.settled(self.stretch.id):
                    now = tx.now()
                    found: Json = [{"id": c.id, "flow": c.flow, "status": str(c.status), "result": c.result or {}}
                             for c in tx.family.children(self.stretch.id)]
                    row = Step(position=self.position, key=key, kind=Kind.CHILDREN, state=State.DONE, result=found, begun_at=now)
                    self.stretch.write(tx, row)
                else:
                    self.stretch.park(tx, held, None)
            if row is None:
                raise self.stretch.end(Parked())
        settled: Any = row.result
        return [Child(**child) for child in settled]

    def lock(self, resource: str) -> None:
        check_name(resource)
        key, row = self._next(f"lock {resource}", Kind.LOCK)
        if row is None:
            row = take_lock(self.stretch, key, self.position, resource)
        if row.state is State.FAILED:
            raise LockRefused(row.error)

    def log(self, message: str, *, level: str = "INFO") -> None:
        """A line before a recorded call was written when that call was: only those after the last are tried again, and stand once."""
        line, self._lines = self._lines, self._lines + 1
        if self.stretch.over is not None:
            raise self.stretch.over
        if self.position + 1 in self.stretch.journal:
            return
        with self.stretch.fenced() as (tx, _):
            self.stretch.say(tx, message, at=tx.now(), position=self.position, attempt=0, line=line, level=level)

    def refuse_leftovers(self) -> None:
        """Raise FlowChanged if the journal knows of more calls than the flow has made."""
        last = max(self.stretch.journal, default=0)
        if last > self.position:
            raise FlowChanged(f"the code of {self.flow.id} changed: it did {self.stretch.journal[self.position + 1].key} as its "
                              f"{ordinal(self.position + 1)} step, now it ends before that")

    def _next(self, name: str, kind: Kind) -> tuple[str, Step | None]:
        self.stretch.go_on()
        if self.position >= MOST_STEPS:
            raise self.stretch.end(TooLong(f"{self.flow.id} made {MOST_STEPS} steps, more than any run may: does it go round in circles?"))
        self.position += 1
        self._lines = 0
        self._names[name] = self._names.get(name, 0) + 1
        key = f"{name}#{self._names[name]}"
        row = self.stretch.journal.get(self.position)
        if row is not None and (row.key, row.kind) != (key, kind):
            raise self.stretch.end(FlowChanged(
                f"the code of {self.flow.id} changed: it did {row.key} as its {ordinal(self.position)} step, now it wants {key}"))
        return key, row


def ordinal(n: int) -> str:
    suffix = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"
