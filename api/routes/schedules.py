"""What begins by the clock."""

from starlette.responses import Response

from api.call import Call, answer
from api.queries import Word
from api.route import BODY, PEOPLE, Operation
from api.schemas.schedules import ScheduleDto, SchedulesDto, UpdateScheduleDto, schedule, schedule_list
from core.domain.people import Role

OWNER = (Role.OWNER,)


def list_schedules(call: Call, repositoryIdentifier: Word | None = None) -> Response:
    return answer(schedule_list(call.use_cases.find_schedules.list(call.caller, repositoryIdentifier)))


def pause(call: Call, cronName: str) -> Response:
    return answer(schedule(call.use_cases.change_schedule.pause(call.caller, cronName)))


def resume(call: Call, cronName: str) -> Response:
    return answer(schedule(call.use_cases.change_schedule.resume(call.caller, cronName)))


def update(call: Call, cronName: str, body: UpdateScheduleDto) -> Response:
    return answer(schedule(call.use_cases.change_schedule.update(call.caller, cronName, body.workflow_name, body.expression)))


ROUTES = [
    Operation("GET", "/schedules", list_schedules, id="listSchedules", summary="List cron schedules", roles=PEOPLE, answer=SchedulesDto,
              refusals=(400,)),
    Operation("POST", "/schedules/{cronName:path}/pause", pause, id="pauseSchedule", summary="Pause a cron schedule", roles=OWNER,
              answer=ScheduleDto, refusals=(404,)),
    Operation("POST", "/schedules/{cronName:path}/resume", resume, id="resumeSchedule", summary="Resume a paused cron schedule",
              roles=OWNER, answer=ScheduleDto, refusals=(404,)),
    Operation("PATCH", "/schedules/{cronName:path}", update, id="updateSchedule", summary="Update a cron schedule expression", roles=OWNER,
              answer=ScheduleDto, refusals=(*BODY, 404)),
]
