"""A small company that uses Placet: its people, its projects, its runs, and a clock that can be moved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import uuid_utils
from sqlalchemy import text

from bot.announce import SpreadAnnouncement, ToConversations, remember_to_remind
from bot.conversations import TalkOutside
from bot.homes import Home
from bot.mirror import ShowStates, ToMirrors, mirrors
from bot.remind import RemindPeople
from bot.say import SayThings
from bot.send_mails import SendMails
from bot.show_card import CardsNow, ShowCards
from bot.write_to_people import ToPeople
from core.domain.approvals import Verdict
from core.domain.executions import Execution
from core.domain.flow_types import FlowType
from core.domain.json import Json
from core.domain.messages import Place
from core.domain.people import Caller, Person, Project, Role
from core.engine.advance_flow import AdvanceFlow
from core.engine.asking_limits import AskingLimits
from core.engine.cancel_flow import CancelFlow
from core.engine.decide_approval import AnswerRequest, DecideApproval
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.engine.dispatch_watch import WatchPipelines
from core.engine.expire_approvals import ExpireApprovals
from core.engine.find_approvals import ApprovalView, FindApprovals
from core.engine.find_executions import ExecutionView, FindExecutions
from core.engine.grant_access import GrantAccess
from core.engine.outside_teams import OutsideTeams
from core.engine.read_logs import ReadLogs
from core.engine.relay import LEASE, Relay
from core.engine.request_approval import ApprovalRequest, RequestApproval
from core.engine.rerun_flow import RerunFlow
from core.engine.run_flow import RunFlow, RunOrder
from core.engine.settle_elsewhere import SettleElsewhere
from core.engine.stretch import Workshop
from core.flows.context import EffectFunction
from core.flows.registry import Registry, build_registry
from core.flows.request_elevated_privileges import request_elevated_privileges
from core.ports.database import Database
from core.ports.mail import Postman
from integrations.database.clock import PostgresClock, SqliteClock
from integrations.database.database import SqlDatabase
from tests.doubles.scripted_home import PLACE
from tests.fakes.access import FakeAccess
from tests.fakes.pipelines import FakePipelines
from tests.fakes.teams import FakeTeams
from tests.fakes.vault import FakeVault

PROJECT = "acme/app"
PAGE = "https://placet.example.com"
BOUNDLESS = AskingLimits(open=10_000, denials=10_000)


def new_id() -> str:
    return str(uuid_utils.uuid7())


@dataclass
class MovableClock:
    """Time as the database shows it, moved by hand."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class World:
    """`url`: a migrated database. `flows` and `effects` come on top of the built-in ones."""

    def __init__(self, url: str, *, flows: Iterable[FlowType] = (), effects: Mapping[str, EffectFunction] | None = None,
                 lease: timedelta = timedelta(seconds=30), pool_size: int = 8):
        self.url = url
        self.clock = MovableClock()
        self.postgres_clock = PostgresClock()
        postgres = url.startswith("postgresql")
        self.nudged: list[str] = []
        clock = self.postgres_clock if postgres else SqliteClock(system=self.clock.now)
        self.database = SqlDatabase(url, clock=clock, nudge=self.nudged.append, pool_size=pool_size)
        self.vault = FakeVault()
        self.access = FakeAccess(self.clock.now)
        self.pipelines = FakePipelines()
        self.homes: dict[str, Home] = {}
        self.by_mail = False
        self.teams = FakeTeams()
        self.outside_teams = OutsideTeams(providers={"github": self.teams})
        grant_access = GrantAccess(database=self.database, provider=self.access)
        self.registry = build_registry(
            [request_elevated_privileges, *flows],
            {"access.grant": grant_access.grant, "access.revoke": grant_access.revoke, **(effects or {})})
        self.lease = lease
        self.limits = AskingLimits(denials=10_000)
        self.people: dict[str, Person] = {}
        self.deploy(self.registry)

    def deploy(self, registry: Registry) -> None:
        """Let the worker run other code."""
        self.registry = registry
        self.advance = AdvanceFlow(Workshop(database=self.database, registry=registry, vault=self.vault, new_id=new_id, lease=self.lease,
                                            teams=self.outside_teams))

    def later(self, **duration: float) -> None:
        """Move the database's clock."""
        self.clock.ahead += timedelta(**duration)
        self.postgres_clock.ahead += timedelta(**duration)

    def now(self) -> datetime:
        with self.database.begin() as tx:
            return tx.now()

    # -- people -------------------------------------------------------------------------------------------------------------------

    def project(self, identifier: str = PROJECT) -> Project:
        with self.database.begin() as tx:
            found = tx.projects.find(identifier)
            if found is None:
                found = Project(id=new_id(), identifier=identifier)
                tx.project_register.add(found)
        return found

    def person(self, email: str, role: Role | None = Role.MEMBER, project: str = PROJECT) -> Caller:
        """Give somebody a role in a project and return them as a caller whose token caps nothing."""
        place = self.project(project)
        with self.database.begin() as tx:
            person = tx.people.find(email)
            if person is None:
                person = Person(id=new_id(), email=email, name=email.partition("@")[0].title())
                tx.people_register.add(person)
            tx.project_register.admit(place.id, person.id, role)
        self.people[email] = person
        return Caller(subject=email, role=Role.OWNER, person=person)

    def company(self) -> "World":
        """The usual cast: ann asks, bob and cat own the project, dan is a member, eve is elsewhere."""
        for name, role in (("ann", Role.MEMBER), ("bob", Role.OWNER), ("cat", Role.OWNER), ("dan", Role.MEMBER)):
            self.person(f"{name}@acme.org", role)
        self.person("eve@other.org", Role.OWNER, "other/app")
        return self

    def caller(self, who: str, role: Role = Role.OWNER) -> Caller:
        """A person by the part of their e-mail before the @, or an application by `app:<name>`."""
        if who.startswith("app:"):
            return Caller(subject=who[4:], role=Role.APPLICATION)
        email = next(e for e in self.people if e == who or e.partition("@")[0] == who)
        return Caller(subject=email, role=role, person=self.people[email])

    def disable(self, who: str, disabled: bool = True) -> None:
        with self.database.begin() as tx:
            tx.people_register.disable(self._person(who).id, disabled)

    def admit(self, who: str, role: Role | None, project: str = PROJECT) -> None:
        with self.database.begin() as tx:
            place = tx.projects.find(project)
            assert place is not None
            tx.project_register.admit(place.id, self._person(who).id, role)

    def group(self, name: str, *who: str, project: str = PROJECT) -> None:
        """Let a project have a group of exactly these people."""
        place = self.project(project)
        with self.database.begin() as tx:
            tx.groups.remove(place.id, name)
            tx.groups.add(place.id, name)
            for each in who:
                tx.groups.admit(place.id, name, self._person(each).id)

    def _person(self, who: str) -> Person:
        person = self.caller(who).person
        assert person is not None
        return person

    # -- runs ---------------------------------------------------------------------------------------------------------------------

    def run(self, who: str = "ann", flow: str = "request-elevated-privileges", project: str = PROJECT, **parameters: Json) -> Execution:
        return RunFlow(database=self.database, registry=self.registry, vault=self.vault, new_id=new_id, limits=self.limits).run(
            self.caller(who), RunOrder(payload={"id": flow, "repositoryIdentifier": project, **parameters}))

    def asks_for_access(self, who: str = "ann", **parameters: Json) -> Execution:
        """Somebody asks for themselves; the run is brought to its gate."""
        given: dict[str, Any] = {"username": f"{who}@acme.org", "targetOrg": "payments-prod", "accessLevel": "Admin",
                                 "durationMinutes": 60}
        run = self.run(who, **given | parameters)
        self.work()
        return run

    def answers(self, who: str, run: Execution | str, verdict: Verdict = Verdict.APPROVE, **more: Any) -> ApprovalView:
        caller = self.caller(who)
        target = run if isinstance(run, str) else run.id
        return DecideApproval(database=self.database, teams=self.outside_teams).decide(caller, target, AnswerRequest(**{
            "verdict": verdict, "claimed_email": caller.subject, "name": who.title(), "surface": "rest"} | more))

    def approves(self, who: str, run: Execution | str, **more: Any) -> ApprovalView:
        return self.answers(who, run, Verdict.APPROVE, **more)

    def rejects(self, who: str, run: Execution | str, **more: Any) -> ApprovalView:
        return self.answers(who, run, Verdict.REJECT, **more)

    def cancels(self, who: str, run: Execution | str) -> int:
        return CancelFlow(database=self.database).cancel(self.caller(who), run if isinstance(run, str) else run.id).children

    def reruns(self, who: str, run: Execution, **overrides: Json) -> Execution:
        return RerunFlow(database=self.database, registry=self.registry, vault=self.vault, new_id=new_id, limits=self.limits).rerun(
            self.caller(who), run.id, overrides)

    def requests(self, who: str, task_id: str = "job-1", **more: Any) -> ApprovalView:
        """Somebody else's engine asks."""
        given: dict[str, Any] = {"task_id": task_id, "requested_by": self.caller(who).subject, "context": {"taskType": "deploy"},
                                 "callback": {"type": "none", "repositoryIdentifier": PROJECT}}
        ask = RequestApproval(database=self.database, registry=self.registry, new_id=new_id, limits=self.limits,
                              teams=self.outside_teams)
        return ask.request(self.caller(who), ApprovalRequest(**given | more))

    # -- the engine ---------------------------------------------------------------------------------------------------------------

    def work(self, most: int = 100) -> int:
        """Run stretches until nothing is due; return how many that were."""
        for done in range(most):
            claim = self.advance.claim()
            if claim is None:
                return done
            self.advance.run(claim)
        raise AssertionError(f"still due after {most} stretches")

    def deliver(self) -> int:
        """Deliver what is in the outbox; return how much that was."""
        relay = self.relay()
        return relay.deliver() + relay.carry()

    def relay(self, database: Database | None = None, lease: timedelta = LEASE) -> Relay:
        """What delivers the outbox, to pipelines of the provider `fake` and to the homes there are too."""
        given: Any = {"database": database or self.database, "registry": self.registry, "vault": self.vault}
        return Relay(database=given["database"], gate=DispatchGate(**given, teams=self.outside_teams), lease=lease,
                     pipelines=DispatchFlow(**given, dispatchers={"fake": self.pipelines}),
                     conversations=self.conversations(given["database"], lease))

    def conversations(self, database: Database, lease: timedelta = LEASE) -> TalkOutside:
        now = self.cards()
        mails = [ToPeople(new_id=new_id).spread] if self.by_mail else []
        return TalkOutside(
            announcements=SpreadAnnouncement(database=database, spreaders=[
                ToConversations(providers=self.homes).spread, remember_to_remind,
                ToMirrors(providers=mirrors(self.homes.values())).spread, *mails]),
            cards=ShowCards(database=database, homes=self.homes, now=now, lease=lease),
            sayings=SayThings(database=database, homes=self.homes, now=now), states=ShowStates(database=database, homes=self.homes))

    def cards(self, page: str | None = PAGE) -> CardsNow:
        return CardsNow(registry=self.registry, page=lambda run: f"{page}/requests/{run}" if page else None)

    def mails(self, postman: Postman, page: str | None = PAGE, **more: Any) -> SendMails:
        """Let people be told by mail; return what sends it."""
        self.database.announcing, self.by_mail = replace(self.database.announcing, everybody=True), True
        given: dict[str, Any] = {"database": self.database, "cards": self.cards(page), "postman": postman, "new_id": new_id, "page": page}
        return SendMails(**given | more)

    def at_home(self, *homes: Home) -> None:
        """Let requests be shown where they are discussed on these platforms, on which the project is at home."""
        self.homes |= {home.provider: home for home in homes}
        self.bind(*self.homes)
        self.database.announcing = replace(
            self.database.announcing, providers=frozenset(self.homes), mirrors=mirrors(self.homes.values()))

    def bind(self, *providers: str, project: str = PROJECT, place: str = PLACE) -> None:
        at_home = self.project(project)
        with self.database.begin() as tx:
            for provider in providers:
                tx.places.bind(Place(provider=provider, place=place, project_id=at_home.id), tx.now())

    def sweep(self) -> int:
        watch = WatchPipelines(database=self.database, registry=self.registry)
        reminded = RemindPeople(database=self.database, providers=self.homes).sweep()
        return reminded + ExpireApprovals(database=self.database).sweep() + watch.sweep() + SettleElsewhere(
            database=self.database).sweep()

    # -- what is there ------------------------------------------------------------------------------------------------------------

    def see(self, run: Execution | str, who: str = "bob") -> ExecutionView:
        return FindExecutions(database=self.database).get(self.caller(who), run if isinstance(run, str) else run.id)

    def approval(self, run: Execution | str, who: str = "bob") -> ApprovalView:
        view = FindApprovals(database=self.database).get(self.caller(who), run if isinstance(run, str) else run.id)
        assert isinstance(view, ApprovalView)
        return view

    def log(self, run: Execution) -> list[str]:
        return [line.message for line in ReadLogs(database=self.database).read(self.caller("bob"), run.id).lines]

    def audit(self, run: Execution | str | None = None) -> list[str]:
        """The kinds of a run's audit rows, in order."""
        return [kind for kind, execution_id in self.rows("SELECT kind, execution_id FROM audit ORDER BY project_id, seq")
                if run is None or execution_id == (run if isinstance(run, str) else run.id)]

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.database.reader.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def wakes(self, run: Execution | str) -> int:
        return int(self.rows("SELECT wake FROM executions WHERE id = :id", id=run if isinstance(run, str) else run.id)[0][0])

    def close(self) -> None:
        self.database.close()
