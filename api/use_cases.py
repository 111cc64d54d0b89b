"""What can be done, as the endpoints call it."""

from dataclasses import dataclass

from core.engine.cancel_flow import CancelFlow
from core.engine.decide_approval import DecideApproval
from core.engine.find_approvals import FindApprovals
from core.engine.find_executions import FindExecutions
from core.engine.read_logs import ReadLogs
from core.engine.request_approval import RequestApproval
from core.engine.rerun_flow import RerunFlow
from core.engine.run_flow import RunFlow
from core.flows.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    registry: Registry
    run_flow: RunFlow
    rerun_flow: RerunFlow
    cancel_flow: CancelFlow
    find_executions: FindExecutions
    read_logs: ReadLogs
    request_approval: RequestApproval
    decide_approval: DecideApproval
    find_approvals: FindApprovals
