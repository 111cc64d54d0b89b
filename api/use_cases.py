"""What can be done, as the endpoints call it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.handle import Handle
from core.engine.callback_places import CallbackPlaces
from core.engine.cancel_flow import CancelFlow
from core.engine.change_schedule import ChangeSchedule
from core.engine.configure_flow import ConfigureFlow
from core.engine.decide_approval import DecideApproval
from core.engine.end_access import EndAccess
from core.engine.find_access import FindAccess
from core.engine.find_approvals import FindApprovals
from core.engine.find_audit import FindAudit
from core.engine.find_executions import FindExecutions
from core.engine.find_people import FindPeople
from core.engine.find_projects import FindProjects
from core.engine.find_schedules import FindSchedules
from core.engine.find_startable import FindStartable
from core.engine.link_account import LinkAccount
from core.engine.own_account import OwnAccount
from core.engine.own_tokens import OwnTokens
from core.engine.read_logs import ReadLogs
from core.engine.register_flow import RegisterFlow
from core.engine.report_execution import ReportExecution
from core.engine.request_approval import RequestApproval
from core.engine.rerun_flow import RerunFlow
from core.engine.run_flow import RunFlow
from core.engine.track_lock import TrackLock
from core.flows.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """`callback_problem` says why nothing may be sent to an address; None if it may.

    `callback_homes`: the platforms that callbacks may name.
    """

    callback_problem: Callable[[str], str | None]
    callback_homes: frozenset[str]
    callback_places: CallbackPlaces
    registry: Registry
    run_flow: RunFlow
    handle: Handle
    rerun_flow: RerunFlow
    cancel_flow: CancelFlow
    configure_flow: ConfigureFlow
    find_executions: FindExecutions
    find_people: FindPeople
    read_logs: ReadLogs
    request_approval: RequestApproval
    decide_approval: DecideApproval
    find_approvals: FindApprovals
    find_schedules: FindSchedules
    change_schedule: ChangeSchedule
    register_flow: RegisterFlow
    report_execution: ReportExecution
    track_lock: TrackLock
    find_projects: FindProjects
    find_startable: FindStartable
    find_access: FindAccess
    end_access: EndAccess
    find_audit: FindAudit
    link_account: LinkAccount
    own_account: OwnAccount
    own_tokens: OwnTokens
