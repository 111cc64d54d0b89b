"""What runs of other engines, and pipelines, tell of themselves."""

from starlette.responses import Response

from api.call import Call, answer
from api.route import BODY, Operation
from api.schemas.internal import (
    ExecutionMetadataDto,
    ExecutionStatusResponseDto,
    RegisterChildFlowDto,
    RegisterChildFlowResponseDto,
    RegisterScheduledFlowDto,
    RegisterScheduledFlowResponseDto,
    TrackedLockDto,
    TrackLockRunDto,
    UpdateExecutionMetadataDto,
    UpdateExecutionStatusDto,
    metadata,
    reported,
    tracked,
)
from core.domain.people import Role

APPLICATION = (Role.APPLICATION,)


def register_child(call: Call, body: RegisterChildFlowDto) -> Response:
    run = call.use_cases.register_flow.register_child(call.caller, body.parent_task_execution_id, body.registration())
    call.note(execution_id=run.id)
    return answer(RegisterChildFlowResponseDto(executionId=run.id), 201)


def register_scheduled(call: Call, body: RegisterScheduledFlowDto) -> Response:
    run = call.use_cases.register_flow.register_scheduled(call.caller, body.schedule_path, body.category, body.registration())
    call.note(execution_id=run.id)
    return answer(RegisterScheduledFlowResponseDto(executionId=run.id), 201)


def update_metadata(call: Call, id: str, body: UpdateExecutionMetadataDto) -> Response:
    run = call.use_cases.report_execution.merge_result(call.caller, id, body.result)
    call.note(execution_id=run.id)
    return answer(metadata(run))


def track_lock_run(call: Call, body: TrackLockRunDto | None = None) -> Response:
    lock = body.lock_run() if body else None
    if lock is not None:
        call.use_cases.track_lock.track(call.caller, lock)
    return answer(tracked(lock), 201)


def update_status(call: Call, id: str, body: UpdateExecutionStatusDto) -> Response:
    done = call.use_cases.report_execution.report(call.caller, id, body.report())
    call.note(execution_id=done.execution.id)
    return answer(reported(done))


ROUTES = [
    Operation("POST", "/internal/register-child", register_child, id="registerChildFlow",
              summary="Register a child flow execution (internal use)", roles=APPLICATION, answer=RegisterChildFlowResponseDto, status=201,
              refusals=(*BODY, 409), decides=True),
    Operation("POST", "/internal/register-scheduled", register_scheduled, id="registerScheduledFlow",
              summary="Register a scheduled flow execution (internal use)", roles=APPLICATION, answer=RegisterScheduledFlowResponseDto,
              status=201, refusals=(*BODY, 409), decides=True),
    Operation("PATCH", "/internal/{id}/metadata", update_metadata, id="updateExecutionMetadata",
              summary="Update execution metadata (internal use)", roles=APPLICATION, answer=ExecutionMetadataDto, refusals=(*BODY, 404),
              decides=True),
    Operation("POST", "/internal/track-lock-run", track_lock_run, id="trackLockRun",
              summary="Track a lock-to-workflow-run association (internal use)", roles=APPLICATION, answer=TrackedLockDto, status=201,
              refusals=(*BODY, 404, 409), decides=True),
    Operation("POST", "/executions/{id}/status", update_status, id="updateExecutionStatus",
              summary="Update task execution status (for CI/CD pipelines)", roles=APPLICATION, answer=ExecutionStatusResponseDto,
              refusals=(*BODY, 404, 409), decides=True),
]
