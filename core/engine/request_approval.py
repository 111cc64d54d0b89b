"""Ask for an approval on behalf of a run that somebody else's engine moves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.approvals import LONGEST, SHORTEST, USUAL, Approval, Risk, Status
from core.domain.approvers import widens
from core.domain.audit import event_of
from core.domain.executions import Execution, Mode
from core.domain.executions import Status as RunStatus
from core.domain.groups import emails_in, groups_in
from core.domain.json import Json, canonical
from core.domain.people import Caller, Project, email_key, project_key
from core.domain.teams import teams_in
from core.engine.asking_limits import USUAL_LIMITS, AskingLimits, refuse_too_many
from core.engine.callback_places import refuse_elsewhere
from core.engine.callback_secrets import refuse_unsigned
from core.engine.expire_approvals import expire_locked
from core.engine.find_approvals import ApprovalView, view
from core.engine.open_approval import Question, check_approvers, open_approval
from core.engine.outside_teams import NO_TEAMS, OutsideTeams
from core.engine.repeats import Idempotency, first_answer, still_there
from core.engine.run_flow import initiators
from core.engine.sight import find_execution, see_project, visible_projects
from core.errors import ApproversWidened, EventKeyTaken, Invalid, NotFound, NotYourself, OpenAlready, OwnFlow, RunEnded
from core.flows.registry import Registry
from core.ports.database import Database, NewId, Transaction
from core.ports.runs import Seen

LARGEST_CONTEXT = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """`task_id` names the run: our id, its engine's, or one that is not known yet. `among` is set here, by the flow type."""

    task_id: str
    requested_by: str
    context: Mapping[str, Json]
    callback: Mapping[str, Json] | None = None
    approvers: Sequence[str] = ()
    timeout: timedelta = USUAL
    engine_run_id: str | None = None
    event_key: str | None = None
    idempotency: Idempotency | None = None
    among: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApproval:
    """`limits`: how much one person may ask; applications are not counted."""

    database: Database
    registry: Registry
    new_id: NewId
    limits: AskingLimits = USUAL_LIMITS
    teams: OutsideTeams = NO_TEAMS

    def request(self, caller: Caller, request: ApprovalRequest) -> ApprovalView:
        """Open an approval, and where its run is unknown a placeholder for that; the same request again answers the same record."""
        _check(request, self.teams.kinds)
        if caller.person is not None and email_key(request.requested_by) != email_key(caller.person.email):
            raise NotYourself("requestedBy")
        with self.database.begin() as tx:
            seen = find_execution(tx, caller, request.task_id)
            project = _find_project(tx, caller, request, seen)
            request = self._narrowed(tx, project, request)
            execution = tx.executions.lock(seen.execution.id) if seen else tx.placeholders.find(project.id, request.task_id)
            now = tx.now()
            made, before, owners = execution is None, None, None
            if execution is None:
                execution = self._placeholder(tx, caller, project, request, now)
            elif execution.mode is Mode.FLOW:
                raise OwnFlow(execution.flow)
            elif seen is None and caller.execution is not None:
                raise NotFound("execution")
            else:
                before = _asked_before(tx, execution, request, now)
            if before is None:
                before, owners = self._open(tx, caller, project, execution, request, now, made=made)
            return view(tx, seen or Seen(execution=execution, project=project, role=None, has_children=False), before, now=now,
                        owners=owners)

    def _placeholder(self, tx: Transaction, caller: Caller, project: Project, request: ApprovalRequest, now: datetime) -> Execution:
        if caller.execution is not None:
            raise NotFound("execution")
        if request.engine_run_id is not None and tx.runs.get(request.engine_run_id) is not None:
            raise Invalid(("hatchetRunId is the id of another execution.",))
        named = request.context.get("taskType")
        flow = named if isinstance(named, str) and named else request.task_id
        execution = Execution(
            id=self.new_id(), project_id=project.id, mode=Mode.FOREIGN, flow=flow, task_type=flow, category="other", payload={},
            callback=request.callback, task_id=request.task_id, engine_run_id=request.engine_run_id, triggered_by=caller.name,
            triggered_by_id=caller.person.id if caller.person else None, initiators=initiators(caller), status=RunStatus.SUSPENDED,
            created_at=now, started_at=now)
        tx.executions.add(execution, due_at=None)
        tx.audit.append(event_of(execution, "start", caller.name, flow=flow, taskId=request.task_id, foreign=True))
        return execution

    def _open(self, tx: Transaction, caller: Caller, project: Project, execution: Execution, request: ApprovalRequest,
              now: datetime, *, made: bool) -> tuple[Approval, tuple[str, ...] | None]:
        """Open it, and return the owners as well where they are the ones to answer. `made`: its run is new, too."""
        refuse_unsigned(tx, project.id, request.callback, None)
        refuse_elsewhere(tx, project, request.callback)
        approval_id = self.new_id()
        first = first_answer(tx, caller.subject, "approvals", request.idempotency, approval_id)
        if first != approval_id:
            return still_there(tx.approval_search.get(first)), None

        newest = None if made else tx.approvals.lock(execution.id)
        if newest is not None and expire_locked(tx, execution, newest, now=now) is None and newest.status is Status.PENDING:
            raise OpenAlready(request.task_id)
        if execution.outcome is not None:
            raise RunEnded(execution.status)
        if request.event_key and tx.approvals.of_event_key(request.event_key) is not None:
            raise EventKeyTaken(request.event_key)
        requester = caller.person or tx.people.find(request.requested_by)
        refuse_too_many(tx, caller, self.limits)
        named, flow = request.context.get("username"), self.registry.find(str(request.context.get("taskType")))
        approval, voters = open_approval(tx, approval_id, project, execution, Question(
            gate=request.event_key or "", text=_question(execution, request.context), requested_by=request.requested_by,
            requester_id=requester.id if requester else None,
            creators=initiators(caller), subjects=[named] if isinstance(named, str) else [], approvers=request.approvers,
            required=flow.required if flow else 1, risk=flow.risk if flow else Risk.NORMAL,
            timeout=request.timeout, payload=request.context, secrets={}, context=request.context, callback=request.callback,
            event_key=request.event_key, among=request.among), now=now)
        if newest is not None or execution.status is not RunStatus.SUSPENDED:
            tx.executions.save(replace(execution, status=RunStatus.SUSPENDED, started_at=execution.started_at or now))
        return approval, voters.owners()

    def _narrowed(self, tx: Transaction, project: Project, request: ApprovalRequest) -> ApprovalRequest:
        """Return a request with who may answer: as asked for, within those that the flow type names.

        One who is named for being in a group has to be in it when they answer, too.
        """
        flow = self.registry.find(str(request.context.get("taskType")))
        if flow is None or not flow.approvers:
            return request
        if not request.approvers:
            return replace(request, approvers=flow.approvers)
        groups, emails = groups_in(flow.approvers), emails_in(request.approvers)
        members = tx.people.members(project.id, emails=emails, groups=groups) if groups and emails else {}
        if widens(request.approvers, flow.approvers, members.values()):
            raise ApproversWidened
        return replace(request, among=flow.approvers if groups or teams_in(flow.approvers) else ())


def _check(request: ApprovalRequest, kinds: Collection[str]) -> None:
    check_approvers(request.approvers, kinds)
    problems = []
    if not SHORTEST <= request.timeout <= LONGEST:
        problems.append("timeoutHours must be between 1/60 and 168.")
    if len(canonical(request.context)) > LARGEST_CONTEXT:
        problems.append(f"context must be at most {LARGEST_CONTEXT // 1024} KiB.")
    if problems:
        raise Invalid(tuple(problems))


def _find_project(tx: Transaction, caller: Caller, request: ApprovalRequest, seen: Seen | None) -> Project:
    named = (request.callback or {}).get("repositoryIdentifier")
    project: Project | None
    if seen is not None:
        project = seen.project
    elif isinstance(named, str):
        project = see_project(tx, caller, named)
    else:
        only = visible_projects(tx, caller)
        project = tx.projects.get(next(iter(only))) if only is not None and len(only) == 1 else None
    if project is None:
        raise Invalid(("callback.repositoryIdentifier must name a project that you may use.",))
    if isinstance(named, str) and project_key(named) != project_key(project.identifier):
        raise Invalid((f"callback.repositoryIdentifier is another project than that of {request.task_id}.",))
    return project


def _asked_before(tx: Transaction, execution: Execution, request: ApprovalRequest, now: datetime) -> Approval | None:
    """Return the approval that this very request opened; one without an event key counts only while it is open."""
    before = tx.approvals.lock(execution.id, gate=request.event_key or "")
    if before is None or request.event_key is None and before.at(now).status is not Status.PENDING:
        return None
    asked = (before.requested_by, before.context, before.callback, list(before.approvers), before.expires_at - before.requested_at)
    same = (request.requested_by, request.context, request.callback, list(request.approvers), request.timeout)
    return before if asked == same else None


def _question(execution: Execution, context: Mapping[str, Json]) -> str:
    """Say in a line what is asked, from the contract's context."""
    said = [str(context[key]) for key in ("accessLevel",) if context.get(key)]
    said += [f"on {context['targetOrg']}"] if context.get("targetOrg") else []
    said += [f"for {context['durationMinutes']} minutes"] if context.get("durationMinutes") else []
    return " ".join(said) or execution.task_type
