"""Composition: from an installation to flows, use cases and an engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from api.auth import Authentication
from api.health import Health
from api.metrics import MetricsPage
from api.oidc import OidcIssuer
from api.pages.pages import Pages
from api.refusals import RefusedDecisions
from api.route import Edge
from api.routes.deliveries import Reception
from api.settings import Settings
from api.tokens import TokenIssuer
from api.use_cases import UseCases
from api.watch import Watch, Watcher
from api.wiring.callbacks import CALLERS, callback_problem, deliver_callback
from api.wiring.configuration import checked_config
from api.wiring.conversation import handle_of, incoming, outside_teams, reception_of
from api.wiring.homes import homes
from api.wiring.installation import Installation, schema_problem, storage_problem
from api.wiring.mail import mail_couriers
from api.wiring.oidc import issuer_of_pages, outside_issuer
from api.wiring.outgoing import announcing, cards_now, outgoing, outgoing_chores
from api.wiring.pages import pages_of
from api.wiring.providers import actions, dispatchers
from api.wiring.starting import new_id, starting
from bot.homes import Home
from bot.mirror import mirrors
from bot.wordbook import ONLY_ENGLISH, Wordbook
from core.domain.audit import Event
from core.engine.advance_flow import AdvanceFlow
from core.engine.asking_limits import AskingLimits
from core.engine.callback_places import CallbackPlaces
from core.engine.cancel_flow import CancelFlow
from core.engine.change_schedule import ChangeSchedule
from core.engine.configure_flow import ConfigureFlow
from core.engine.decide_approval import DecideApproval
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.engine.dispatch_watch import WatchPipelines
from core.engine.end_access import EndAccess
from core.engine.expire_approvals import ExpireApprovals
from core.engine.find_access import FindAccess
from core.engine.find_approvals import FindApprovals
from core.engine.find_audit import FindAudit
from core.engine.find_executions import FindExecutions
from core.engine.find_people import FindPeople
from core.engine.find_projects import FindProjects
from core.engine.find_schedules import FindSchedules
from core.engine.find_startable import FindStartable
from core.engine.fire_schedules import FireSchedules
from core.engine.follow_pipelines import FollowPipelines
from core.engine.link_account import LinkAccount
from core.engine.load_schedules import LoadSchedules
from core.engine.own_account import OwnAccount
from core.engine.own_tokens import OwnTokens
from core.engine.read_logs import ReadLogs
from core.engine.register_flow import RegisterFlow
from core.engine.relay import Relay
from core.engine.repeats import ForgetRepeats
from core.engine.report_execution import ReportExecution
from core.engine.request_approval import RequestApproval
from core.engine.rerun_flow import RerunFlow
from core.engine.run_flow import RunFlow
from core.engine.settle_elsewhere import SettleElsewhere
from core.engine.stretch import Workshop
from core.engine.track_lock import TrackLock
from core.flows.registry import Registry
from core.ports.engine import FlowEngine
from core.ports.keys import Vault
from integrations.database.changes import changes_of
from integrations.database.database import SqlDatabase
from integrations.embedded.engine import EmbeddedFlowEngine
from integrations.prometheus.metrics import Metrics

NO_HOMES: Mapping[str, Home] = {}
COURIERS = 4  # pipelines and other receivers that are talked to at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What serves: the operations, and the engine behind them."""

    installation: Installation
    use_cases: UseCases
    edge: Edge
    health: Health
    metrics: MetricsPage
    watch: Watch
    engine: FlowEngine
    outside: OidcIssuer | None
    pages: Pages
    reception: Reception


def wire(installation: Installation, at_home: Mapping[str, Home] | None = None) -> Service:
    """Put the service together, with the schedules of the configuration file. Nothing runs yet.

    `at_home`: other homes than those that the settings name.
    """
    settings, database, vault = installation.settings, installation.database, installation.vault
    configuration = checked_config(settings, database, vault)
    registry = configuration.registry
    with starting():
        LoadSchedules(database=database, registry=registry, vault=vault).load(configuration.schedules)
    at_home = homes(settings) if at_home is None else at_home
    teams = outside_teams(at_home)
    workshop = Workshop(database=database, registry=registry, vault=vault, new_id=new_id, lease=settings.lease_time,
                        teams=teams)
    metrics = Metrics(database)
    watch = Watch([metrics, *traces(settings)])
    outside = outside_issuer(settings, metrics.issuer_asked)
    pages = pages_of(settings, database, issuer_of_pages(settings, outside, metrics.issuer_asked))
    cards = cards_now(settings, registry, configuration.words)
    relay = Relay(
        database=database, gate=DispatchGate(database=database, registry=registry, vault=vault, teams=teams),
        pipelines=DispatchFlow(database=database, registry=registry, vault=vault, dispatchers=dispatchers(settings)),
        conversations=outgoing(settings, database, cards, at_home), callbacks=deliver_callback(settings, database, vault))
    use_cases = bind_use_cases(settings, database, registry, vault, installation.issuer, at_home,
                               configuration.words)
    follow = FollowPipelines(database=database, registry=registry, watched=actions(settings), report=use_cases.report_execution)
    engine = EmbeddedFlowEngine(
        AdvanceFlow(workshop), changes_of(database), slots=settings.slots, worked=watch.stretch, deliver=relay.deliver,
        couriers=[*[relay.carry] * (COURIERS + len(at_home)), *[relay.call_back] * CALLERS,
                  *incoming(database, use_cases.handle, at_home, metrics.delivery_lost, follow),
                  *mail_couriers(settings, database, cards, metrics.mail)],
        chores=(ExpireApprovals(database=database).sweep, SettleElsewhere(database=database).sweep,
                WatchPipelines(database=database, registry=registry).sweep, TrackLock(database=database).sweep,
                ForgetRepeats(database=database).sweep, pages.sign_in.sweep, *outgoing_chores(database, at_home),
                FireSchedules(database=database, registry=registry, vault=vault, new_id=new_id).sweep))
    database.announcing = announcing(settings, at_home)
    database.nudge, database.post, database.tell = engine.wake, engine.post, both(watch.event, pages.notifier.tell)
    authentication = Authentication(database=database, issuer=installation.issuer, outside=outside)
    return Service(
        installation=installation, metrics=metrics_page(settings, metrics), watch=watch,
        use_cases=use_cases, reception=reception_of(database, at_home), engine=engine, outside=outside, pages=pages,
        edge=Edge(authenticate=authentication.caller, record_refusal=RefusedDecisions(database=database).record),
        health=Health(database=database, schema_problem=lambda: schema_problem(database),
                      storage_problem=lambda: storage_problem(database), clock_behind=lambda: database.clock.behind))


def bind_use_cases(settings: Settings, database: SqlDatabase, registry: Registry, vault: Vault, issuer: TokenIssuer,
                   at_home: Mapping[str, Home] = NO_HOMES, words: Wordbook = ONLY_ENGLISH) -> UseCases:
    limits, teams = AskingLimits(open=settings.open_requests_limit), outside_teams(at_home)
    run_flow = RunFlow(database=database, registry=registry, vault=vault, new_id=new_id, limits=limits)
    return UseCases(
        registry=registry, callback_problem=partial(callback_problem, settings), callback_homes=mirrors(at_home.values()),
        callback_places=CallbackPlaces(database=database),
        run_flow=run_flow, handle=handle_of(settings, database, registry, run_flow, at_home, words, teams),
        rerun_flow=RerunFlow(database=database, registry=registry, vault=vault, new_id=new_id, limits=limits),
        cancel_flow=CancelFlow(database=database), find_executions=FindExecutions(database=database), read_logs=ReadLogs(database=database),
        find_people=FindPeople(database=database), configure_flow=ConfigureFlow(database=database, registry=registry),
        request_approval=RequestApproval(database=database, registry=registry, new_id=new_id, limits=limits, teams=teams),
        decide_approval=DecideApproval(database=database, teams=teams), find_approvals=FindApprovals(database=database),
        find_schedules=FindSchedules(database=database), change_schedule=ChangeSchedule(database=database),
        register_flow=RegisterFlow(database=database, registry=registry, vault=vault, new_id=new_id),
        report_execution=ReportExecution(database=database, registry=registry, vault=vault), track_lock=TrackLock(database=database),
        find_projects=FindProjects(database=database), find_startable=FindStartable(database=database, registry=registry),
        find_access=FindAccess(database=database), end_access=EndAccess(database=database), find_audit=FindAudit(database=database),
        link_account=LinkAccount(database=database),
        own_account=OwnAccount(database=database), own_tokens=OwnTokens(database=database, new_id=new_id, writer=issuer))


def both(first: Callable[[Event], None], then: Callable[[Event], None]) -> Callable[[Event], None]:
    """Tell two of each event."""
    def tell(event: Event) -> None:
        first(event)
        then(event)

    return tell


def traces(settings: Settings) -> list[Watcher]:
    """Return what sends traces if an address is set; only then are its libraries loaded."""
    if settings.otlp_endpoint is None:
        return []
    from integrations.opentelemetry.traces import Traces

    return [Traces(settings.otlp_endpoint, version("placet"))]


def metrics_page(settings: Settings, metrics: Metrics) -> MetricsPage:
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    return MetricsPage(render=metrics.render, token=token, on_loopback=settings.metrics == "loopback")
