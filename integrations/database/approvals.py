"""Approvals and their answers."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    RowMapping,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    join,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
    update,
)

from core.domain.approvals import Answer, Approval, Status, Verdict
from core.domain.executions import Status as RunStatus
from core.ports.approvals import Ballots, Locked
from integrations.database.leases import ring_statement
from integrations.database.reservations import reserve
from integrations.database.rows import answer_from_row, answer_to_row, approval_from_row, approval_to_row
from integrations.database.session import Session
from integrations.database.tables import answers, approvals, conversations, executions
from integrations.database.types import Id, Timestamp
from integrations.database.upsert import Insert, as_named, insert_into, insert_or_ignore, insert_or_replace, named, or_replace

CHUNK = 5_000  # ids in one IN
PIECE = 200  # of what waits for somebody, looked at in one go
OPEN = approvals.c.status == literal_column("'pending'")  # a parameter would hide from the planner that the partial indexes fit
REJECTED = approvals.c.status == literal_column("'rejected'")
_NEWEST_FIRST = ((approvals.c.status == Status.PENDING).desc(), approvals.c.requested_at.desc(), approvals.c.id.desc())


class SqlApprovals:
    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def add(self, approval: Approval) -> bool:
        return self._connection.execute(_add(self._connection.dialect.name), approval_to_row(approval)).rowcount == 1

    def discuss(self, approval_id: str, keys: Collection[str]) -> None:
        for key in keys:
            insert_or_ignore(self._connection, conversations, {"key": key, "approval_id": approval_id})

    def exclude(self, approval_id: str, excluded: Collection[str]) -> None:
        self._connection.execute(update(approvals).where(approvals.c.id == approval_id).values(excluded=list(excluded)))

    def lock(self, execution_id: str, *, gate: str | None = None, approval_id: str | None = None) -> Approval | None:
        row = self._lock(execution_id, gate, approval_id)
        if row is None:
            return None
        return approval_from_row(row, self._connection.execute(_ANSWERS, {"approval": row["id"]}).mappings().all())

    def lock_and_look(self, execution_id: str, *, gate: str | None = None, approval_id: str | None = None,
                      person_id: str | None = None) -> Locked | None:
        row = self._lock(execution_id, gate, approval_id)
        if row is None:
            return None
        wanted = {"run": execution_id, "this": row["id"], "person": person_id}
        found = self._connection.execute(_LOOK if self._session.postgres else _ANSWERS_AND_LAST, wanted).mappings().all()
        given = [each for each in found if each["approval_id"] == row["id"]]
        others = [each for each in found if each["approval_id"] not in (None, row["id"])]
        return Locked(approval=approval_from_row(row, given), last_answer=answer_from_row(others[-1]) if others else None,
                      now=self._session.told(found[0]["now"]) if self._session.postgres else self._session.now())

    def _lock(self, execution_id: str, gate: str | None, approval_id: str | None) -> RowMapping | None:
        return self._connection.execute(_LOCK, {"run": execution_id, "gate": gate, "this": approval_id}).mappings().one_or_none()

    def save(self, approval: Approval, answer: Answer | None = None) -> None:
        self._connection.execute(_SAVE, _state(approval))
        self._give(approval, answer)

    def end(self, approval: Approval, answer: Answer | None = None, *, nudge: bool) -> None:
        if self._session.postgres:
            given = as_named(answer_to_row(approval.id, answer)) if answer else {}
            self._connection.execute(_END_ANSWERED if answer else _END, _state(approval) | given)
        else:
            self.save(approval, answer)
            self._connection.execute(_RESUME, _state(approval))
        if nudge:
            self._session.rung.append(approval.execution_id)

    def of_event_key(self, event_key: str) -> Approval | None:
        reserve(self._connection, f"event key {event_key}")
        row = self._connection.execute(_BY_KEY, {"key": event_key}).mappings().one_or_none()
        return approval_from_row(row, ()) if row else None

    def _give(self, approval: Approval, answer: Answer | None) -> None:
        if answer is not None:
            insert_or_replace(self._connection, answers, answer_to_row(approval.id, answer), keys=_ONE_ANSWER)


def _state(approval: Approval) -> dict[str, Any]:
    return {"this": approval.id, "run": approval.execution_id, "as": approval.status, "by": approval.resolved_by,
            "when": approval.resolved_at, "why": approval.reason}


_ONE_ANSWER = ("approval_id", "person_id")
_ANSWERS = select(answers).where(answers.c.approval_id == bindparam("approval")).order_by(answers.c.at)
_SAVE = update(approvals).where(approvals.c.id == bindparam("this")).values(
    status=bindparam("as"), resolved_by=bindparam("by"), resolved_at=bindparam("when"), reason=bindparam("why"))
_RESUME = ring_statement(bindparam("run"), bindparam("when", type_=Timestamp)).values(
    status=case((executions.c.status == RunStatus.SUSPENDED, RunStatus.RUNNING), else_=executions.c.status))
_END = select(1).add_cte(_SAVE.cte("saved"), _RESUME.cte("resumed"))
_GIVE = or_replace(answers, "postgresql", _ONE_ANSWER).values(named(answers))
_END_ANSWERED = _END.add_cte(_GIVE.cte("given"))
_LOCK = (select(approvals)
         .where(approvals.c.execution_id == bindparam("run"),
                or_(bindparam("gate", type_=Text).is_(None), approvals.c.gate == bindparam("gate", type_=Text)),
                or_(bindparam("this", type_=Text).is_(None), approvals.c.id == bindparam("this", type_=Text)))
         .order_by(*_NEWEST_FIRST).limit(1).with_for_update())
_OF_RUN = and_(approvals.c.execution_id == bindparam("run"),
               or_(answers.c.approval_id == bindparam("this"), answers.c.person_id == bindparam("person", type_=answers.c.person_id.type)))
_ANSWERS_AND_LAST = (select(answers).join(approvals, approvals.c.id == answers.c.approval_id).where(_OF_RUN).order_by(answers.c.at))
_ONE = select(literal_column("1").label("one")).subquery("one")
_LOOK = (select(func.clock_timestamp(type_=DateTime(timezone=True)).label("now"), answers)
         .select_from(_ONE.outerjoin(join(answers, approvals, approvals.c.id == answers.c.approval_id), _OF_RUN)).order_by(answers.c.at))


@cache
def _add(dialect: str) -> Insert:
    return (insert_into(approvals, dialect).on_conflict_do_nothing(index_elements=[approvals.c.ref], index_where=OPEN)
            .execution_options(preserve_rowcount=True))


class SqlApprovalSearch:
    def __init__(self, connection: Connection):
        self._connection = connection

    def get(self, approval_id: str) -> Approval | None:
        return self._one(_GET, {"this": approval_id})

    def of_run(self, execution_id: str) -> list[Approval]:
        return self._many(select(approvals).where(approvals.c.execution_id == execution_id)
                          .order_by(approvals.c.requested_at.desc(), approvals.c.id.desc()))

    def of_runs(self, execution_ids: Collection[str]) -> dict[str, Approval]:
        if not execution_ids:
            return {}
        newest_last = self._many(_OF_RUNS, {"runs": list(execution_ids)})
        return {approval.execution_id: approval for approval in newest_last}

    def by_ref(self, ref: str) -> Approval | None:
        return self._one(_BY_REF, {"ref": ref.upper()})

    def discussed_at(self, keys: Collection[str], now: datetime) -> list[Approval]:
        return self._many(_DISCUSSED, {"keys": list(keys), "now": now}) if keys else []

    def ended_there(self, key: str, since: datetime, now: datetime, limit: int) -> list[Approval]:
        return self._many(_ENDED_THERE, {"key": key, "since": since, "now": now, "most": limit})

    def open(self, project_ids: Collection[str] | None, now: datetime, after: Approval | None, limit: int) -> list[Approval]:
        wanted = select(approvals).where(OPEN, approvals.c.requested_at <= now)
        if project_ids is not None:
            wanted = wanted.where(approvals.c.project_id.in_(project_ids))
        if after is not None:
            place = tuple_(approvals.c.requested_at, approvals.c.id)
            wanted = wanted.where(place > tuple_(literal(after.requested_at, Timestamp), literal(after.id, Id)))
        return self._many(wanted.order_by(approvals.c.requested_at, approvals.c.id).limit(limit))

    def ballots(self, project_ids: Collection[str], person_id: str, now: datetime) -> list[Ballots]:
        found = self._connection.execute(_BALLOTS, {"projects": list(project_ids), "person": person_id, "now": now})
        return [Ballots(kind=tuple(row[:len(_KIND)]), project_id=row.project_id, approvers=tuple(json.loads(row.approvers)),
                        among=tuple(json.loads(row.among or "[]")), excluded=tuple(json.loads(row.excluded)),
                        self_approval=row.self_approval, count=row.how_many, next_lapse=row.next_lapse) for row in found]

    def of_kinds(self, kinds: Collection[tuple[object, ...]], person_id: str, now: datetime, *, skip: int, limit: int) -> list[Approval]:
        """Look at them in pieces from the oldest on, at no more of each than its kind."""
        wanted, found, place = set(kinds), list[str](), {"after": datetime.min.replace(tzinfo=UTC), "behind": ""}
        projects = sorted({str(kind[0]) for kind in wanted})
        while wanted and len(found) < skip + limit:
            piece = self._connection.execute(_IN_ORDER, {"projects": projects, "person": person_id, "now": now, **place}).all()
            found += [row.id for row in piece if tuple(row[:len(_KIND)]) in wanted]
            if len(piece) < PIECE:
                break
            place = {"after": piece[-1].requested_at, "behind": piece[-1].id}
        shown = found[skip:skip + limit]
        return sorted(self._many(_SOME, {"ids": shown}), key=lambda each: shown.index(each.id)) if shown else []

    def overdue(self, now: datetime, limit: int) -> list[Approval]:
        return self._many(_OVERDUE, {"now": now, "most": limit})

    def open_of_requester(self, person_id: str, rejected: int) -> tuple[int, list[datetime]]:
        rows = self._connection.execute(_OPEN_OF, {"person": person_id, "most": rejected}).all()
        return rows[0].opened, [row.resolved_at for row in rows if row.resolved_at is not None]

    def _one(self, wanted: Select[Any], values: Mapping[str, Any]) -> Approval | None:
        found = self._many(wanted, values)
        return found[0] if found else None

    def _many(self, wanted: Select[Any], values: Mapping[str, Any] | None = None) -> list[Approval]:
        rows = self._connection.execute(wanted, values or {}).mappings().all()
        given = _answers(self._connection, [row["id"] for row in rows])
        return [approval_from_row(row, given.get(row["id"], [])) for row in rows]


_GET = select(approvals).where(approvals.c.id == bindparam("this"))
_OF_RUNS = (select(approvals).where(approvals.c.execution_id.in_(bindparam("runs", expanding=True)))
            .order_by(approvals.c.status == Status.PENDING, approvals.c.requested_at, approvals.c.id))
_BY_REF = select(approvals).where(approvals.c.ref == bindparam("ref")).order_by(*_NEWEST_FIRST).limit(1)
_BY_KEY = select(approvals).where(OPEN, approvals.c.event_key == bindparam("key"))
_DISCUSSED = (select(approvals).where(
    approvals.c.id.in_(select(conversations.c.approval_id).where(conversations.c.key.in_(bindparam("keys", expanding=True)))),
    OPEN, approvals.c.expires_at > bindparam("now", type_=Timestamp))
    .order_by(approvals.c.requested_at.desc(), approvals.c.id.desc()))
_ENDED_THERE = (select(approvals).join(conversations, conversations.c.approval_id == approvals.c.id).where(
    conversations.c.key == bindparam("key"), approvals.c.requested_at > bindparam("since", type_=Timestamp),
    or_(approvals.c.status != Status.PENDING, approvals.c.expires_at <= bindparam("now", type_=Timestamp)))
    .order_by(approvals.c.requested_at.desc(), approvals.c.id.desc()).limit(bindparam("most")))
_OVERDUE = (select(approvals).where(OPEN, approvals.c.expires_at <= bindparam("now", type_=Timestamp))
            .order_by(approvals.c.expires_at).limit(bindparam("most")))
_ANSWERED = select(answers.c.approval_id).where(
    answers.c.approval_id == approvals.c.id, answers.c.person_id == bindparam("person"), answers.c.withdrawn_at.is_(None)).exists()
_KIND = (approvals.c.project_id, *(type_coerce(approvals.c[name], Text).label(name) for name in ("approvers", "among", "excluded")),
         approvals.c.self_approval)
_UNANSWERED = and_(OPEN, approvals.c.project_id.in_(bindparam("projects", expanding=True)),
                   approvals.c.expires_at > bindparam("now", type_=Timestamp), ~_ANSWERED)
_BALLOTS = (select(*_KIND, func.count().label("how_many"), func.min(approvals.c.expires_at, type_=Timestamp).label("next_lapse"))
            .where(_UNANSWERED).group_by(*(approvals.c[each.name] for each in _KIND)))
_IN_ORDER = (select(*_KIND, approvals.c.id, approvals.c.requested_at)
             .where(_UNANSWERED, tuple_(approvals.c.requested_at, approvals.c.id) > tuple_(
                 bindparam("after", type_=Timestamp), bindparam("behind", type_=Id)))
             .order_by(approvals.c.requested_at, approvals.c.id).limit(PIECE))
_SOME = select(approvals).where(approvals.c.id.in_(bindparam("ids", expanding=True)))
_OPEN = select(func.count().label("opened")).select_from(approvals).where(
    OPEN, approvals.c.requester_id == bindparam("person")).subquery()
_DENIED = select(answers.c.approval_id).where(
    answers.c.approval_id == approvals.c.id, answers.c.verdict == Verdict.REJECT).exists()  # a cancel rejects as well, and denies nothing
_REJECTED = (select(approvals.c.resolved_at).where(approvals.c.requester_id == bindparam("person"), REJECTED, _DENIED)
             .order_by(approvals.c.resolved_at.desc()).limit(bindparam("most")).subquery())
_OPEN_OF = select(_OPEN.c.opened, _REJECTED.c.resolved_at).select_from(_OPEN.outerjoin(_REJECTED, true())).order_by(
    _REJECTED.c.resolved_at.desc())
_ANSWERS_OF = select(answers).where(answers.c.approval_id.in_(bindparam("approvals", expanding=True))).order_by(answers.c.at)


def _answers(connection: Connection, approval_ids: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for start in range(0, len(approval_ids), CHUNK):
        for row in connection.execute(_ANSWERS_OF, {"approvals": approval_ids[start:start + CHUNK]}).mappings():
            found.setdefault(row["approval_id"], []).append(row)
    return found
