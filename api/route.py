"""An operation: who may call it, what it may answer, and in which order a request is checked."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from api.bodies import read_body, refuse_announced_size
from api.call import Call, note
from api.errors import Refused
from api.paths import is_plain
from api.queries import single_valued
from api.refusals import Attempt, attempt
from api.schemas.refusals import MEANINGS, RefusalDto
from core.domain.people import Caller, Role
from core.errors import Conflict, CoreError, Forbidden, NotFound, RoleTooLow

PREFIX = "/sfp/api/flows"
ANYBODY = (Role.OWNER, Role.MEMBER, Role.APPLICATION)
PEOPLE = (Role.OWNER, Role.MEMBER)
BODY = (400, 413, 415)
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What every operation needs before its endpoint is called."""

    authenticate: Callable[[Sequence[str]], Caller]
    record_refusal: Callable[[Caller, Attempt, CoreError], None]
    body_seconds: float = 10


class Operation(APIRoute):
    """`decides`: its refusals touch a decision, and are written to the audit. `media`: what it answers with."""

    def __init__(self, method: str, path: str, endpoint: Callable[..., Response], *, id: str, summary: str, roles: tuple[Role, ...],
                 answer: Any, status: int = 200, refusals: Sequence[int] = (), decides: bool = False, media: str = JSON):
        self.media = media
        self.roles = roles
        self.decides = decides
        meanings = {**MEANINGS, 403: f"Forbidden - Requires role: {', '.join(roles)}"}
        super().__init__(
            PREFIX + path, endpoint, methods=[method], operation_id=f"FlowsController_{id}", summary=summary, tags=["Flows"],
            response_model=answer, status_code=status,
            responses={code: {"model": RefusalDto, "description": meanings[code]} for code in sorted({*refusals, 401, 403, 503})})

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        if match is not Match.NONE and not is_plain(scope, child["path_params"].values(), self.path):
            return Match.NONE, {}
        return match, child

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            edge: Edge = request.app.state.edge
            if self.body_field is not None:
                refuse_announced_size(request.headers)
            caller = await run_in_threadpool(edge.authenticate, request.headers.getlist("authorization"))
            note(request, subject=caller.subject)
            body = None
            try:
                if caller.role not in self.roles:
                    raise RoleTooLow(self.roles)
                call = await self._understand(request, caller, edge.body_seconds)
                body = call.value
                return await handle(call)
            except (Forbidden, Conflict, NotFound) as refused:
                if self.decides:
                    tried = attempt(str(self.operation_id), request.path_params, body)
                    await run_in_threadpool(edge.record_refusal, caller, tried, refused)
                raise

        return checked

    async def _understand(self, request: Request, caller: Caller, seconds: float) -> Call:
        content, value = await read_body(request, seconds) if self.body_field is not None else (b"", None)
        if len(request.headers.getlist("idempotency-key")) > 1:
            raise Refused(400, ["Idempotency-Key came twice."])
        query = single_valued(request.scope["query_string"], {p.alias for p in self.dependant.query_params})
        return Call(request, caller, query=query, content=content, value=value)
