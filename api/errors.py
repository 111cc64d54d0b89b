"""The one shape of a refusal, and the status code of each kind."""

import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Unauthorized
from api.shapes import first_of, sentences
from bot.replies import reply
from core.errors import Conflict, CoreError, DeniedTooOften, Forbidden, Invalid, NotFound, StateForbids, TooManyOpen, TooOften, Unavailable

RETRY_AFTER = "5"
log = logging.getLogger("placet.api")


class Refused(Exception):
    """A request that is refused before the core sees it."""

    def __init__(self, status: int, message: str | list[str], *, close: bool = False):
        super().__init__(message)
        self.status = status
        self.message = message
        self.close = close


def refusal(status: int, message: str | list[str], headers: Mapping[str, str] | None = None) -> Response:
    body = {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
    return Response(json.dumps(body), status, headers, media_type="application/json")


def status_of(error: CoreError) -> int:
    match error:
        case Invalid() | StateForbids():
            return 400
        case Forbidden():
            return 403
        case NotFound():
            return 404
        case Conflict():
            return 409
        case TooManyOpen() | DeniedTooOften() | TooOften():
            return 429
        case Unavailable():
            return 503
    raise TypeError(f"{type(error).__name__} has no status")


async def core_error(request: Request, error: CoreError) -> Response:
    match error:
        case Invalid(problems):
            return refusal(400, first_of(problems))
        case Unavailable(what):
            log.warning("unavailable", extra={"what": what, "reason": first_line(error.__cause__)})
            return refusal(503, reply(error), {"Retry-After": RETRY_AFTER})
        case TooOften(_, seconds):
            return refusal(429, reply(error), {"Retry-After": str(seconds)})
    return refusal(status_of(error), reply(error))


def first_line(cause: BaseException | None) -> str:
    """Name a failure without the statement and the values that SQLAlchemy adds to it."""
    told = getattr(cause, "orig", None) or cause
    return f"{type(told).__name__}: {str(told).partition(chr(10))[0][:200]}" if told else ""


async def unauthorized(request: Request, error: Unauthorized) -> Response:
    log.warning("unauthorized", extra={"reason": str(error)})
    return refusal(401, "unauthorized", {"WWW-Authenticate": "Bearer"})


async def refused(request: Request, error: Refused) -> Response:
    return refusal(error.status, error.message, {"Connection": "close"} if error.close else None)


async def wrong_shape(request: Request, error: RequestValidationError) -> Response:
    return refusal(400, sentences(error.errors()))


def nothing_here() -> Response:
    return refusal(404, "There is nothing at this address. /docs lists what there is.")


async def http_error(request: Request, error: HTTPException) -> Response:
    """Say the framework's own refusals, unknown path and wrong method, in our shape."""
    match error.status_code:
        case 404:
            return nothing_here()
        case 405:
            allowed = (error.headers or {}).get("Allow", "")
            return refusal(405, f"This address takes {allowed}." if allowed else "This address takes another method.", error.headers)
    return refusal(error.status_code, HTTPStatus(error.status_code).phrase, error.headers)


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    CoreError: core_error, Unauthorized: unauthorized, Refused: refused, RequestValidationError: wrong_shape, HTTPException: http_error}
