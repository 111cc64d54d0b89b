"""Values of the domain that its tests start from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.approvals import Answer, Approval, Decision, Verdict
from core.domain.approvers import Electorate
from core.domain.executions import Execution
from core.domain.people import Member, Person, Role

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DIGEST = "0123456789abcdef" * 4


def member(name: str, role: Role = Role.OWNER, *, email: str | None = None, disabled: bool = False) -> Member:
    """Somebody whose id is their name."""
    return Member(person=Person(id=name, email=email or f"{name}@acme.org", name=name.title(), disabled=disabled), role=role)


def electorate(*members: Member, named: tuple[str, ...] = (), excluded: tuple[str, ...] = (), self_approval: bool = False) -> Electorate:
    return Electorate(named=named, excluded=frozenset(excluded), self_approval=self_approval, members={m.person.id: m for m in members})


def owners(*names: str) -> Electorate:
    return electorate(*(member(name) for name in names))


def approval(**more: Any) -> Approval:
    """Ann's question, asked at noon and open for an hour."""
    given: dict[str, Any] = {
        "id": "a1", "ref": "K7Q2M9", "execution_id": "e1", "project_id": "p1", "gate": "1", "question": "Admin on prod",
        "requested_by": "ann@acme.org", "requester_id": "ann", "requested_at": NOON, "expires_at": NOON + timedelta(hours=1), "required": 1,
        "approvers": (), "excluded": (), "self_approval": False, "context": {}, "callback": None, "event_key": None, "digest": DIGEST}
    return Approval(**given | more)


def decision(who: str, verdict: Verdict = Verdict.APPROVE, **more: Any) -> Decision:
    given: dict[str, Any] = {"person_id": who, "email": f"{who}@acme.org", "verdict": verdict, "surface": "rest"}
    return Decision(**given | more)


def answer(who: str, verdict: Verdict = Verdict.APPROVE, *, at: datetime = NOON, **more: Any) -> Answer:
    return Answer(person_id=who, email=f"{who}@acme.org", verdict=verdict, surface="rest", name=who.title(), at=at, **more)


def execution(**more: Any) -> Execution:
    given: dict[str, Any] = {
        "id": "e1", "project_id": "p1", "flow": "deploy", "task_type": "deploy", "category": "release", "payload": {},
        "triggered_by": "ann@acme.org", "initiators": ("ann",), "created_at": NOON}
    return replace(Execution(**given), **more)
