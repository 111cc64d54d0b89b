"""What platforms deliver: verified, kept, acknowledged, and read by others."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.bodies import read_bytes, refuse_announced_size
from api.errors import Refused, nothing_here
from bot.homes import Door, Greeting
from core.engine.accept_delivery import AcceptDelivery

BODY_SECONDS = 10
LONGEST_ID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """`doors`: by provider, who tells whether a delivery is its platform's."""

    doors: Mapping[str, Door]
    accept: AcceptDelivery


async def deliver(request: Request) -> Response:
    """Acknowledge a delivery only once it is committed; 503 where it cannot be."""
    reception: Reception = request.app.state.reception
    door = reception.doors.get(request.path_params["provider"])
    if door is None:
        return nothing_here()
    refuse_announced_size(request.headers)
    body = await read_bytes(request, BODY_SECONDS)
    headers = {name: value for name, value in request.headers.items() if len(request.headers.getlist(name)) == 1}
    admitted = door.admit(headers, body)
    if admitted is None:
        raise Refused(401, ["unauthorized"])
    if isinstance(admitted, Greeting):
        return PlainTextResponse(admitted.text)
    if not 0 < len(admitted.delivery_id) <= LONGEST_ID:
        raise Refused(400, ["The delivery bears no id."])
    await run_in_threadpool(reception.accept.accept, replace(admitted, body=admitted.body.replace("\x00", "\ufffd")))
    return Response(status_code=202)


ROUTES = [Route("/webhooks/{provider}", deliver, methods=["POST"])]
