"""One of everything that the operations are about, in one company, and a request to each that does what it is for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from core.domain.identities import GITHUB, Identity
from core.domain.people import Role
from core.domain.schedules import Entry
from core.engine.load_schedules import LoadSchedules
from core.engine.run_flow import RunFlow, RunOrder
from tests.api.edge import REQUEST, Edge
from tests.rest.talk import approval, ask, email, run
from tests.world import PROJECT, new_id

ELSEWHERE = "org/proj/repo"
CHANNEL, THREAD = "C024BE91L", "1482960137.003543"
SCHEDULE, WORKFLOW = "nightly", "chatty"
APPROVERS = ("bob@acme.org", "dan@acme.org")


@dataclass
class Stage:
    """Everything here belongs to the company of `Edge`: Bob owns it, Dan is a member, Eve is elsewhere."""

    edge: Edge
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        world = self.edge.world
        for who, role in (("bob", Role.OWNER), ("dan", Role.MEMBER)):
            world.person(f"{who}@acme.org", role, ELSEWHERE)
        person = world.caller("dan").person
        assert person is not None
        with world.database.begin() as tx:
            tx.identities.link(Identity(provider=GITHUB, external_id="583231", person_id=person.id, login="octodan", linked_at=tx.now()))
        LoadSchedules(database=world.database, registry=world.registry, vault=world.vault).load(
            [Entry(name=SCHEDULE, flow=WORKFLOW, project=PROJECT, expression="0 4 * * *", input={})])
        self.ended = run(self.edge, "chatty", "app:ci", lines=3)
        self.parent = run(self.edge, "team", "app:ci")
        self.waiting = run(self.edge, "two-gates", "app:ci", workItemRef={"type": "github-issue", "key": "7"})
        self.discussed({"type": "slack", "channel": CHANNEL, "threadTs": THREAD})
        self.discussed({"type": "azure-devops", "repositoryIdentifier": ELSEWHERE, "workItemId": 42}, ELSEWHERE)
        self.foreign = self.registered()
        self.request = self.asked()
        self.ref = str(approval(self.edge, self.request)["ref"])

    def known(self) -> list[str]:
        """What runs and requests are called here."""
        return [self.ended, self.parent, self.waiting, self.foreign, self.request, self.ref, "hatchet-1", "no-such"]

    def new(self, what: str) -> str:
        return f"{what}-{next(self.numbers)}"

    def discussed(self, callback: Any, project: str = PROJECT) -> str:
        """Start a run as a surface would that is set up here."""
        world = self.edge.world
        order = RunOrder(payload={"id": "two-gates", "repositoryIdentifier": project}, callback=callback)
        started = RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id).run(
            world.caller("app:ci"), order)
        world.work()
        return started.id

    def asked(self) -> str:
        """Open a request that a member may answer, too."""
        return str(ask(self.edge, task=self.new("job"), approvers=list(APPROVERS))["id"])

    def alive(self) -> str:
        return run(self.edge, "two-gates", "app:ci")

    def registered(self) -> str:
        """Register a run of another engine."""
        made = self.edge.post("/internal/register-scheduled", "app:ci", self.scheduled())
        assert made.status_code == 201, made.text
        return str(made.json()["executionId"])

    def scheduled(self) -> dict[str, Any]:
        return {"hatchetRunId": self.new("hatchet"), "taskType": "nightly", "flowPath": "nightly-workflow", "repositoryIdentifier": PROJECT,
                "schedulePath": "every-night"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is in a request's path, in its query and in its body."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


def _of(target: str, body: Mapping[str, Any] | None = None) -> Wish:
    return Wish(path={"id": target}, body=body)


def _setting(flow: str, **more: str) -> Wish:
    return Wish(path={"taskTypeId": flow}, body={"repositoryIdentifier": PROJECT, **more})


def _answer(stage: Stage, who: str, what: str) -> Wish:
    return _of(stage.asked(), {what: who, f"{what}Email": email(stage.edge, who)})


WISHES: Mapping[str, Callable[[Stage, str], Wish]] = {
    "registerChildFlow": lambda stage, who: Wish(body={
        "parentTaskExecutionId": stage.parent, "taskType": "build", "flowPath": "build-workflow", "repositoryIdentifier": PROJECT}),
    "registerScheduledFlow": lambda stage, who: Wish(body=stage.scheduled()),
    "updateExecutionMetadata": lambda stage, who: _of(stage.waiting, {"result": {"seen": True}}),
    "trackLockRun": lambda stage, who: Wish(body={
        "repository": PROJECT, "resource": stage.new("resource"), "ticketId": stage.new("ticket"), "hatchetRunId": stage.foreign}),
    "listFlowRuns": lambda stage, who: Wish(query={"repositoryIdentifier": PROJECT}),
    "runTask": lambda stage, who: Wish(body={"payload": {"id": "chatty", "repositoryIdentifier": PROJECT}}),
    "listTaskTypes": lambda stage, who: Wish(),
    "getFlowTypesStatus": lambda stage, who: Wish(query={"repositoryIdentifier": PROJECT}),
    "getTaskType": lambda stage, who: Wish(path={"taskTypeId": "chatty"}),
    "disableFlowType": lambda stage, who: _setting("broken"),
    "enableFlowType": lambda stage, who: _setting("broken"),
    "setFlowOverride": lambda stage, who: _setting("broken", overrideFlowTypeId="two-gates"),
    "removeFlowOverride": lambda stage, who: _setting("two-teams"),
    "updateExecutionStatus": lambda stage, who: _of(stage.registered(), {"status": "running"}),
    "createApproval": lambda stage, who: Wish(body={
        **REQUEST, "taskId": stage.new("job"), "requestedBy": "ci-bot" if who.startswith("app:") else email(stage.edge, who)}),
    "listPendingApprovals": lambda stage, who: Wish(),
    "getApprovalByGitHubIssue": lambda stage, who: Wish(path={"repositoryIdentifier": PROJECT, "issueNumber": "7"}),
    "getApprovalBySlackThread": lambda stage, who: Wish(path={"channel": CHANNEL, "threadTs": THREAD}),
    "getApprovalByAzureDevOps": lambda stage, who: Wish(query={"repositoryIdentifier": ELSEWHERE, "workItemId": "42"}),
    "getEmailByGitHubUsername": lambda stage, who: Wish(path={"username": "octodan"}),
    "getApproval": lambda stage, who: _of(stage.request),
    "approveRequest": lambda stage, who: _answer(stage, who, "approver"),
    "rejectRequest": lambda stage, who: _answer(stage, who, "rejector"),
    "listSchedules": lambda stage, who: Wish(query={"repositoryIdentifier": PROJECT}),
    "pauseSchedule": lambda stage, who: Wish(path={"cronName": SCHEDULE}),
    "resumeSchedule": lambda stage, who: Wish(path={"cronName": SCHEDULE}),
    "updateSchedule": lambda stage, who: Wish(path={"cronName": SCHEDULE}, body={"workflowName": WORKFLOW, "expression": "0 5 * * *"}),
    "getChildFlows": lambda stage, who: _of(stage.parent),
    "cancelChildFlows": lambda stage, who: _of(stage.foreign),
    "rerunExecution": lambda stage, who: _of(stage.ended, {}),
    "getFlow": lambda stage, who: _of(stage.parent),
    "getFlowLogs": lambda stage, who: _of(stage.ended),
    "getFlowLogsStream": lambda stage, who: _of(stage.ended),
    "downloadFlowLogs": lambda stage, who: _of(stage.ended),
    "cancelFlow": lambda stage, who: _of(stage.alive()),
}
