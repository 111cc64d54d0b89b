"""The main job, as a program does it with a client that was generated: access is asked for, not given by oneself, given, and taken back.

Run by `test_client.py` in the client's own environment: the address of the service, and the tokens of who asks and of who answers.
"""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from placet_client import AuthenticatedClient
from placet_client.api.flows import (
    flows_controller_approve_request,
    flows_controller_cancel_flow,
    flows_controller_get_flow,
    flows_controller_get_flow_logs,
    flows_controller_get_flow_logs_stream,
    flows_controller_list_flow_runs,
    flows_controller_list_pending_approvals,
    flows_controller_list_task_types,
    flows_controller_run_task,
)
from placet_client.models import (
    ApproveRequestDto,
    CancelledDto,
    ExecutionDto,
    FlowLogsDto,
    FlowRunsListResponseDto,
    LogUpdateDto,
    PendingApprovalResponseDto,
    PendingApprovalsDto,
    RefusalDto,
    TaskRunDto,
    TaskRunDtoPayload,
    TaskRunResponseDto,
    TaskTypesListResponseDto,
)

FLOW = "request-elevated-privileges"
Kind = TypeVar("Kind")


def main(url: str, asks: str, answers: str) -> None:
    requester, approver = (AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True) for token in (asks, answers))

    types = parsed(TaskTypesListResponseDto, flows_controller_list_task_types.sync(client=requester))
    print("asks for", *(parameter.name for each in types.task_types if each.id == FLOW for parameter in each.parameters))

    payload = TaskRunDtoPayload.from_dict({
        "id": FLOW, "repositoryIdentifier": "acme/app", "username": "requester@example.com", "targetOrg": "production",
        "accessLevel": "admin", "durationMinutes": 30})
    run = parsed(TaskRunResponseDto, flows_controller_run_task.sync(client=requester, body=TaskRunDto(payload=payload))).id

    def shown() -> ExecutionDto:
        return parsed(ExecutionDto, flows_controller_get_flow.sync(run, client=requester))

    until(lambda: shown().status == "Suspended")
    pending = parsed(PendingApprovalsDto, flows_controller_list_pending_approvals.sync(client=approver))
    [asked] = [each for each in pending.approvals if each.id == run]
    print(asked.status, "by", asked.requested_by, "for", asked.approvers, asked.question, shown().success)

    own = ApproveRequestDto(approver="Requester", approver_email="requester@example.com", digest=asked.digest)
    refused = parsed(RefusalDto, flows_controller_approve_request.sync(run, client=requester, body=own))
    print(refused.status_code, refused.error, refused.message)

    other = ApproveRequestDto(approver="Approver", approver_email="approver@example.com", digest=asked.digest)
    approved = parsed(PendingApprovalResponseDto, flows_controller_approve_request.sync(run, client=approver, body=other))
    print(approved.status, "by", approved.resolved_by)

    until(lambda: "granted admin on production" in logs(requester, run).logs)
    print([line.message.partition(" until ")[0] for line in logs(requester, run).lines[2:]])
    listed = parsed(FlowRunsListResponseDto, flows_controller_list_flow_runs.sync(client=requester, repository_identifier="acme/app"))
    print(listed.total_count, [(each.task_type, each.status.value, each.triggered_by) for each in listed.runs])

    print(parsed(CancelledDto, flows_controller_cancel_flow.sync(run, client=requester)).status)
    until(lambda: parsed(LogUpdateDto, flows_controller_get_flow_logs_stream.sync(run, client=requester)).completed)
    print(shown().status, shown().success)


def logs(client: AuthenticatedClient, run: str) -> FlowLogsDto:
    return parsed(FlowLogsDto, flows_controller_get_flow_logs.sync(run, client=client))


def parsed(kind: type[Kind], answer: object) -> Kind:
    assert isinstance(answer, kind), answer
    return answer


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
